"""Trains the cutout network from a folder of material and writes it as the package ships it.

    python -m training --data DIR [--minutes 95] [--init WEIGHTS] [--out out/training]

What was begun in --out is taken up again. See training/README.md.
"""

import argparse
import hashlib
import json
import multiprocessing
from pathlib import Path

import cv2
import numpy as np
import torch

from training import export, pack
from training.material import load
from training.network import CutoutNetwork, parameters
from training.samples import plain_example
from training.train import SIDES, Plan, train
from training.twins import refuse_twins

CALIBRATED_ON = 64  # pictures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with MANIFEST.csv, foregrounds/, backgrounds/")
    parser.add_argument("--out", type=Path, default=Path("out/training"), help="shards, checkpoints, the network")
    parser.add_argument("--minutes", type=float, default=95, help="wall time of the whole cycle")
    parser.add_argument("--pictures", type=int, default=30_000, help="to compose")
    parser.add_argument("--threads", type=int, default=1, help="of PyTorch; more pay only on an idle machine")
    parser.add_argument("--rate", type=float, default=2e-3, help="the highest learning rate")
    parser.add_argument("--sides", type=_sides, default=SIDES, help="e.g. 0.55:192,0.9:256,1:320, by share of the time")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--init", type=Path, help="weights to begin with: a checkpoint (.pt)")
    options = parser.parse_args()
    refuse_twins(options.data)
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    composed, held = options.out / "composed", options.out / "held-out"
    list(pack.write(held, load(options.data, validation=True), options.seed, range(2)))
    composer = multiprocessing.Process(target=_compose, args=(options.data, composed, options.seed, options.pictures))
    composer.start()
    while composer.is_alive() and not list(composed.glob("*.npz")):
        composer.join(5)
    network = CutoutNetwork()
    print(f"{parameters(network) / 1e6:.2f} million parameters", flush=True)
    if options.init:
        network.load_state_dict(weights_of(options.init))
    plan = Plan(options.minutes, rate=options.rate, sides=options.sides, seed=options.seed)
    try:
        train(network, composed, held, options.out, plan)
    finally:
        composer.terminate()
    shipped(options.out / "best.pt", composed, options.out)


def _sides(words: str) -> tuple[tuple[float, int], ...]:
    pairs = (entry.split(":") for entry in words.split(","))
    return tuple((float(until), int(side)) for until, side in pairs)


def weights_of(path: Path) -> dict[str, torch.Tensor]:
    """The averaged weights of a checkpoint."""
    kept = torch.load(path, weights_only=True)
    found = kept.get("averaged", kept)
    assert isinstance(found, dict)
    return {name: value.float() if value.is_floating_point() else value for name, value in found.items()}


def shipped(checkpoint: Path, composed: Path, out: Path) -> None:
    """Writes the network as ONNX, in single precision and eight bits, and says what each weighs."""
    single = export.write(weights_of(checkpoint), out / "cutout.onnx")
    shard = pack.Shard(sorted(composed.glob("*.npz"))[0])
    photos = []
    for number in range(CALIBRATED_ON):
        rgb, hint, _ = plain_example(*shard[number], pack.SIDE, number % 2 == 0)
        photos.append(np.ascontiguousarray(np.dstack([rgb, hint]).transpose(2, 0, 1)[None].astype(np.float32) / 255))
    eight = export.write_int8(single, out / "cutout-int8.onnx", photos)
    for path in (single, eight):
        content = path.read_bytes()
        print(json.dumps({path.name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}}))


def _compose(data: Path, folder: Path, seed: int, pictures: int) -> None:
    cv2.setNumThreads(1)
    for _ in pack.write(folder, load(data), seed, range(-(-pictures // pack.PER_SHARD))):
        pass


if __name__ == "__main__":
    main()

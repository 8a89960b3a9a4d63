"""The training loop: AdamW, one cycle over the time that is given, averaged weights, resumable."""

import copy
import json
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from training.losses import alpha_loss, hard_iou, soft_iou_loss
from training.network import CutoutNetwork
from training.pack import SIDE, Shard
from training.samples import example, plain_example

WEIGHT_DECAY = 0.02
AVERAGED_OVER = 400  # steps, of the averaged weights
SIDES = ((0.55, 192), (0.9, 256), (1.0, SIDE))  # up to which share of the time, the side of the pictures


@dataclass(frozen=True)
class Plan:
    """`minutes` of wall time for the whole cycle, of which `done` (0..1) are behind us."""

    minutes: float
    batch: int = 16
    rate: float = 2e-3
    sides: tuple[tuple[float, int], ...] = SIDES
    workers: int = 1
    seed: int = 1


class Composed(IterableDataset[tuple[Tensor, Tensor, Tensor, Tensor]]):
    """Batches without end from the shards of a folder, also from those that appear later."""

    def __init__(self, folder: Path, plan: Plan, side: int) -> None:
        self._folder, self._plan, self._side = folder, plan, side

    def __iter__(self) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
        cv2.setNumThreads(1)
        worker = get_worker_info()
        number = worker.id if worker else 0
        rng = np.random.default_rng([self._plan.seed, self._side, number, time.time_ns() % 2**32])
        while True:
            # A few shards at a time, mixed: newer ones are as likely as older ones.
            paths = sorted(self._folder.glob("*.npz"))
            shards = [Shard(paths[i]) for i in rng.permutation(len(paths))[:12]]
            order = rng.permutation([(s, i) for s, shard in enumerate(shards) for i in range(len(shard))])
            size = self._plan.batch
            for start in range(0, len(order) - size + 1, size):
                made = [example(rng, *shards[s][i], self._side) for s, i in order[start : start + size]]
                yield _tensors(made)


def _tensors(made: list[Any]) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Pictures with hints (n, 4, side, side) and truths (n, 1, side, side), uint8; who was hinted (n)."""
    pictures = np.stack([np.dstack([entry[0], entry[1]]) for entry in made])
    truths = np.stack([entry[2] for entry in made])[:, None]
    hinted = np.array([entry[3] if len(entry) > 3 else False for entry in made])
    channels_last = torch.from_numpy(pictures).permute(0, 3, 1, 2)
    return channels_last, torch.from_numpy(truths), torch.from_numpy(hinted), torch.zeros(1)


def train(network: CutoutNetwork, packed: Path, validation: Path, out: Path, plan: Plan, done: float = 0.0) -> None:
    """Trains until the plan's time is over; leaves out/last.pt (to resume) and out/best.pt (averaged weights)."""
    out.mkdir(parents=True, exist_ok=True)
    network = network.to(memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(_groups(network), lr=plan.rate, betas=(0.9, 0.99))
    averaged = {name: value.clone() for name, value in network.state_dict().items()}
    step, best, started, shown = 0, 0.0, time.monotonic(), _Shown()
    before = done
    last = out / "last.pt"
    if last.exists():
        kept = torch.load(last, weights_only=True)
        network.load_state_dict(kept["network"])
        optimiser.load_state_dict(kept["optimiser"])
        averaged, step, before, best = kept["averaged"], kept["step"], kept["progress"], kept["best"]
    kind = quickest_kind(network)
    print(f"computes in {kind}", flush=True)
    progress = before
    saved = checked = time.monotonic()
    while progress < 1:
        until, side = next((entry for entry in plan.sides if progress < entry[0]), plan.sides[-1])
        # A worker that is forked once PyTorch has computed something may wait for ever.
        loader = DataLoader(
            Composed(packed, plan, side),
            batch_size=None,
            num_workers=plan.workers,
            prefetch_factor=8,
            multiprocessing_context="spawn",
        )
        for pictures, truths, hinted, _ in loader:
            progress = before + (time.monotonic() - started) / 60 / plan.minutes
            for group in optimiser.param_groups:
                group["lr"] = plan.rate * cycle(progress)
            loss, iou = _step(network, optimiser, pictures, truths, kind)
            step += 1
            _average(averaged, network, min(1 - 1 / AVERAGED_OVER, (1 + step) / (10 + step)))
            shown.add(loss, iou, hinted)
            if step % 50 == 0:
                shown.tell(step, progress, len(pictures))
            now = time.monotonic()
            if now - checked > 600 or progress >= 1:
                checked = now
                best = _checked(averaged, validation, out, best, progress)
            if now - saved > 60 or progress >= 1:
                saved = now
                kept = {"network": network.state_dict(), "optimiser": optimiser.state_dict(), "averaged": averaged}
                torch.save({**kept, "step": step, "progress": progress, "best": best}, last.with_suffix(".part"))
                last.with_suffix(".part").rename(last)
            if progress >= until:
                break


def quickest_kind(network: CutoutNetwork, side: int = 128, batch: int = 4) -> torch.dtype:
    """bfloat16 where the processor has units for it; where it has none, single precision is ten times quicker."""
    x = torch.rand(batch, 4, side, side).contiguous(memory_format=torch.channels_last)
    trial = copy.deepcopy(network).train()
    took = {}
    for kind in (torch.float32, torch.bfloat16):
        for _ in range(2):  # the first prepares
            began = time.process_time()
            with torch.autocast("cpu", torch.bfloat16, enabled=kind is torch.bfloat16):
                logits, trust, coarse = trial(x)
            (logits.float().mean() + trust.float().mean() + coarse.float().mean()).backward()
            took[kind] = time.process_time() - began
    return min(took, key=lambda kind: took[kind])


def cycle(progress: float) -> float:
    """Up within 4 % of the time, then down along a cosine to a hundredth."""
    if progress < 0.04:
        return 0.1 + 0.9 * progress / 0.04
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, (progress - 0.04) / 0.96)))


def _groups(network: CutoutNetwork) -> list[dict[str, Any]]:
    """No decay on biases and norms."""
    weights = [weight for weight in network.parameters() if weight.ndim > 1]
    others = [weight for weight in network.parameters() if weight.ndim <= 1]
    return [{"params": weights, "weight_decay": WEIGHT_DECAY}, {"params": others, "weight_decay": 0.0}]


def _step(
    network: CutoutNetwork,
    optimiser: torch.optim.Optimizer,
    pictures: Tensor,
    truths: Tensor,
    kind: torch.dtype = torch.float32,
) -> tuple[float, Tensor]:
    network.train()
    x = pictures.float().div_(255).contiguous(memory_format=torch.channels_last)
    full = truths.float().div_(255)
    truth = F.avg_pool2d(full, 2)
    with torch.autocast("cpu", torch.bfloat16, enabled=kind is torch.bfloat16):
        logits, trust, coarse = network(x)
    logits, trust, coarse = logits.float(), trust.float(), coarse.float()
    small = F.avg_pool2d(truth, 4)
    aside = F.binary_cross_entropy_with_logits(coarse, small) + soft_iou_loss(torch.sigmoid(coarse), small).mean()
    iou = hard_iou(logits.detach(), truth)
    trusted = F.binary_cross_entropy_with_logits(trust[:, 0], iou)
    loss = alpha_loss(logits, truth).mean() + 0.3 * aside + 0.2 * trusted
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), 5.0)
    optimiser.step()
    return float(loss.detach()), iou


@torch.no_grad()
def _average(averaged: dict[str, Tensor], network: CutoutNetwork, keep: float) -> None:
    for name, value in network.state_dict().items():
        if value.dtype.is_floating_point:
            averaged[name].lerp_(value, 1 - keep)
        else:
            averaged[name].copy_(value)


def _checked(averaged: dict[str, Tensor], validation: Path, out: Path, best: float, progress: float) -> float:
    """Scores the averaged weights on held-out categories and keeps them where they are the best so far."""
    figures = validate(averaged, validation)
    score = (figures["free"] + figures["boxed"]) / 2
    print(json.dumps({"progress": round(progress, 3), **figures}), flush=True)
    if score > best:
        torch.save(averaged, out / "best.pt")
    return max(best, score)


@torch.no_grad()
def validate(weights: dict[str, Tensor], folder: Path, most: int = 400) -> dict[str, float]:
    """Mean IoU on held-out categories and grounds, without and with a box, and what the trust is worth."""
    network = CutoutNetwork()
    network.load_state_dict(weights)
    network.eval().to(memory_format=torch.channels_last)
    figures: dict[str, float] = {}
    shards = [Shard(path) for path in sorted(folder.glob("*.npz"))]
    entries = [shard[number] for shard in shards for number in range(len(shard))][:most]
    for name, boxed in (("free", False), ("boxed", True)):
        ious, trusts = [], []
        for start in range(0, len(entries), 16):
            x, truth, _, _ = _tensors([plain_example(*entry, SIDE, boxed) for entry in entries[start : start + 16]])
            logits, trust, _ = network(x.float().div_(255).contiguous(memory_format=torch.channels_last))
            ious.append(hard_iou(logits, F.avg_pool2d(truth.float().div_(255), 2)))
            trusts.append(torch.sigmoid(trust[:, 0].float()))
        iou, expected = torch.cat(ious), torch.cat(trusts)
        figures[name] = round(float(iou.mean()), 4)
        figures[f"{name}_median"] = round(float(iou.median()), 4)
        figures[f"{name}_trust_error"] = round(float((iou - expected).abs().mean()), 4)
    return figures


class _Shown:
    """Running means for the log."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._loss, self._iou, self._hinted = [], [], []  # type: list[float], list[Tensor], list[Tensor]

    def add(self, loss: float, iou: Tensor, hinted: Tensor) -> None:
        self._loss.append(loss)
        self._iou.append(iou)
        self._hinted.append(hinted)

    def tell(self, step: int, progress: float, batch: int) -> None:
        iou, hinted = torch.cat(self._iou), torch.cat(self._hinted)
        speed = len(self._loss) * batch / (time.monotonic() - self._since)
        words = f"step {step} {progress:.3f} loss {np.mean(self._loss):.4f} iou {iou[~hinted].mean():.3f}"
        print(f"{words} hinted {iou[hinted].mean():.3f} {speed:.1f}/s", flush=True)
        self.__init__()  # type: ignore[misc]

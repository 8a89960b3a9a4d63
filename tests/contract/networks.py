"""Small networks with the inputs and outputs of the large ones, made by hand, and a shelf that holds them."""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from packshot.models.weights.card import WeightsCard
from packshot.models.weights.shelf import Shelf
from packshot.settings import Weights

FLOAT, INT64, BOOL = TensorProto.FLOAT, TensorProto.INT64, TensorProto.BOOL

VOCABULARY = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n.\n?\nmug\nta\n##ble\n##s\nred\na\ncup\nof\ntea\n"


def network(
    path: Path,
    nodes: Sequence[tuple[str, Sequence[str], Sequence[str], dict[str, Any]]],
    inputs: dict[str, tuple[int, Sequence[int | str]]],
    outputs: dict[str, Sequence[int | str]],
    constants: dict[str, NDArray[Any]],
) -> Path:
    graph = helper.make_graph(
        [helper.make_node(kind, list(taken), list(given), **more) for kind, taken, given, more in nodes],
        "small",
        [helper.make_tensor_value_info(name, kind, list(shape)) for name, (kind, shape) in inputs.items()],
        [helper.make_tensor_value_info(name, FLOAT, list(shape)) for name, shape in outputs.items()],
        [numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.checker.check_model(model)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())
    return path


def darkness(path: Path, side: int, *, logits: bool = False, gain: float = -6.0, bias: float = 0.0) -> Path:
    """Takes for product what is darker than the middle of its normalised range: sure of black and of white."""
    return network(
        path,
        [
            ("Conv", ["picture", "weight", "bias"], ["map" if logits else "sum"], {}),
            *([] if logits else [("Sigmoid", ["sum"], ["map"], {})]),
        ],
        {"picture": (FLOAT, (1, 3, side, side))},
        {"map": (1, 1, side, side)},
        {"weight": np.full((1, 3, 1, 1), gain / 3, np.float32), "bias": np.asarray([bias], np.float32)},
    )


def enlarger(path: Path, factor: int = 4, *, looks: int = 1, side: int | None = None) -> Path:
    """Each pixel becomes factor x factor, of the mean of `looks` x `looks` pixels around it."""
    kernel = np.zeros((3, 3, looks, looks), np.float32)
    kernel[range(3), range(3)] = 1 / looks**2
    sides: tuple[int | str, ...] = ("h", "w") if side is None else (side, side)
    return network(
        path,
        [
            ("Conv", ["picture", "kernel"], ["seen"], {"pads": [looks // 2] * 4}),
            (
                "Resize",
                ["seen", "", "scales"],
                ["large"],
                {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"},
            ),
        ],
        {"picture": (FLOAT, (1, 3, *sides))},
        {"large": (1, 3, "H", "W")},
        {"kernel": kernel, "scales": np.asarray([1, 1, factor, factor], np.float32)},
    )


def fixed_answer(path: Path, answer: NDArray[np.float32], side: int, name: str = "output") -> Path:
    """The same numbers, whatever the picture shows."""
    return network(
        path,
        [
            ("ReduceMean", ["picture"], ["mean"], {"keepdims": 0}),
            ("Mul", ["mean", "nought"], ["nothing"], {}),
            ("Add", ["nothing", "answer"], [name], {}),
        ],
        {"picture": (FLOAT, (1, 3, side, side))},
        {name: answer.shape},
        {"nought": np.asarray(0, np.float32), "answer": answer},
    )


def yolox_answer(
    found: dict[tuple[int, int], tuple[int, float]], side: int = 64, kinds: int = 80
) -> NDArray[np.float32]:
    """In the grid of 8 pixels: at (column, row) a box of 16 x 16 pixels of that kind and score."""
    count = sum((side // stride) ** 2 for stride in (8, 16, 32))
    told = np.zeros((1, count, 5 + kinds), np.float32)
    for (column, row), (kind, score) in found.items():
        told[0, row * (side // 8) + column, :5] = (0.5, 0.5, np.log(2), np.log(2), 1)
        told[0, row * (side // 8) + column, 5 + kind] = score
    return told


def grounded(path: Path, wanted: int = 6, picture: str = "img", boxes: str = "boxes") -> Path:
    """Two candidates; the first fires where the phrase has the piece of that number, the second never."""
    return network(
        path,
        [
            ("ReduceMean", [picture], ["mean"], {"keepdims": 0}),
            ("Mul", ["mean", "nought"], ["nothing"], {}),
            ("Cast", ["attention_mask"], ["mask"], {"to": FLOAT}),
            ("Equal", ["input_ids", "wanted"], ["same"], {}),
            ("Cast", ["same"], ["fires"], {"to": FLOAT}),
            ("Mul", ["fires", "mask"], ["masked"], {}),
            ("Unsqueeze", ["masked", "one"], ["row"], {}),
            ("Mul", ["row", "gains"], ["high"], {}),
            ("Add", ["high", "low"], ["raised"], {}),
            ("Add", ["raised", "nothing"], ["logits"], {}),
            ("Add", ["places", "nothing"], [boxes], {}),
        ],
        {
            picture: (FLOAT, (1, 3, 60, 80)),
            "input_ids": (INT64, (1, "n")),
            "attention_mask": (BOOL, (1, "n")),
        },
        {"logits": (1, 2, "n"), boxes: (1, 2, 4)},
        {
            "nought": np.asarray(0, np.float32),
            "wanted": np.asarray(wanted, np.int64),
            "one": np.asarray([1], np.int64),
            "gains": np.asarray([[[8], [0]]], np.float32),
            "low": np.asarray(-4, np.float32),
            "places": np.asarray([[[0.5, 0.5, 0.5, 0.25], [0.1, 0.1, 0.1, 0.1]]], np.float32),
        },
    )


def orienting(path: Path, azimuth: int, polar: int, rotation: int, sure: float = 2.0, turns: int = 180) -> Path:
    answer = np.zeros((1, 360 + 180 + turns + 2), np.float32)
    answer[0, [azimuth, 360 + polar + 90, 540 + rotation + turns // 2]] = 5
    answer[0, -2] = sure
    return fixed_answer(path, answer, 224)


def _encoder(path: Path) -> Path:
    scaled = {"kernel_shape": [16, 16], "strides": [16, 16]}
    return network(
        path,
        [
            ("AveragePool", ["image"], ["image_embed"], scaled),
            ("AveragePool", ["image"], ["high_res_feats_0"], {"kernel_shape": [4, 4], "strides": [4, 4]}),
            ("AveragePool", ["image"], ["high_res_feats_1"], {"kernel_shape": [8, 8], "strides": [8, 8]}),
        ],
        {"image": (FLOAT, (1, 3, 1024, 1024))},
        {
            "image_embed": (1, 3, 64, 64),
            "high_res_feats_0": (1, 3, 256, 256),
            "high_res_feats_1": (1, 3, 128, 128),
        },
        {},
    )


_FELT = {
    "image_embed": (FLOAT, (1, 3, 64, 64)),
    "high_res_feats_0": (FLOAT, (1, 3, 256, 256)),
    "high_res_feats_1": (FLOAT, (1, 3, 128, 128)),
}
_FELT_NOTHING: list[tuple[str, Sequence[str], Sequence[str], dict[str, Any]]] = [
    ("ReduceMean", ["image_embed"], ["mean_0"], {"keepdims": 0}),
    ("ReduceMean", ["high_res_feats_0"], ["mean_1"], {"keepdims": 0}),
    ("ReduceMean", ["high_res_feats_1"], ["mean_2"], {"keepdims": 0}),
    ("Sum", ["mean_0", "mean_1", "mean_2"], ["mean"], {}),
    ("Mul", ["mean", "nought"], ["nothing"], {}),
]
_GRID = np.stack(np.meshgrid(np.arange(256), np.arange(256)), axis=-1).astype(np.float32) * 4 + 2


def sam(folder: Path, promise: float = 0.9) -> dict[str, Path]:
    """Cuts out a disc of 150 of 1024 pixels around the middle of the points it is shown, and promises as much."""
    decoder = network(
        folder / "decoder.onnx",
        [
            *_FELT_NOTHING,
            ("ReduceMean", ["point_coords"], ["middle"], {"axes": [1], "keepdims": 1}),
            ("Sub", ["grid", "middle"], ["away"], {}),
            ("ReduceSumSquare", ["away"], ["squares"], {"axes": [2], "keepdims": 0}),
            ("Mul", ["squares", "shrink"], ["small"], {}),
            ("Sub", ["ten", "small"], ["disc"], {}),
            ("Add", ["disc", "nothing"], ["flat"], {}),
            ("Reshape", ["flat", "shape"], ["best"], {}),
            ("Neg", ["best"], ["worst"], {}),
            ("Concat", ["worst", "best"], ["masks"], {"axis": 1}),
            ("ReduceMean", ["point_labels"], ["label"], {"keepdims": 0}),
            ("Mul", ["label", "nought"], ["no_label"], {}),
            ("Add", ["promises", "no_label"], ["iou_predictions"], {}),
        ],
        {**_FELT, "point_coords": (FLOAT, (1, "n", 2)), "point_labels": (FLOAT, (1, "n"))},
        {"masks": (1, 2, 256, 256), "iou_predictions": (1, 2)},
        {
            "nought": np.asarray(0, np.float32),
            "grid": _GRID,
            "shrink": np.asarray(10 / 150**2, np.float32),
            "ten": np.asarray(10, np.float32),
            "shape": np.asarray([1, 1, 256, 256], np.int64),
            "promises": np.asarray([[0.1, promise]], np.float32),
        },
    )
    return {"encoder": _encoder(folder / "encoder.onnx"), "decoder": decoder}


PIECES = {
    "<s>": 0.0,
    "<pad>": 0.0,
    "</s>": 0.0,
    "<unk>": 0.0,
    "▁left": -3.0,
    "▁right": -3.0,
    "▁": -4.0,
    "▁mug": -5.0,
    "s": -6.0,
}


def evf(folder: Path) -> dict[str, Path]:
    """Cuts out the left half where the phrase says left, and else the right half."""
    vocabulary = folder / "tokenizer.json"
    folder.mkdir(parents=True, exist_ok=True)
    model = {"type": "Unigram", "unk_id": 3, "vocab": [list(each) for each in PIECES.items()]}
    vocabulary.write_text(json.dumps({"model": model}), encoding="utf-8")
    language = network(
        folder / "language.onnx",
        [
            ("ReduceMean", ["image_beit"], ["mean"], {"keepdims": 0}),
            ("Mul", ["mean", "nought"], ["nothing"], {}),
            ("Equal", ["input_ids", "left"], ["same"], {}),
            ("Cast", ["same"], ["number"], {"to": FLOAT}),
            ("ReduceMax", ["number"], ["any"], {"keepdims": 0}),
            ("Add", ["any", "nothing"], ["flat"], {}),
            ("Reshape", ["flat", "shape"], ["text_embed"], {}),
        ],
        {"input_ids": (INT64, (1, "n")), "image_beit": (FLOAT, (1, 3, 224, 224))},
        {"text_embed": (1, 1, 1)},
        {
            "nought": np.asarray(0, np.float32),
            "left": np.asarray(4, np.int64),
            "shape": np.asarray([1, 1, 1], np.int64),
        },
    )
    half = np.where(_GRID[..., 0] < 512, 1, -1).astype(np.float32)[None, None]
    decoder = network(
        folder / "decoder.onnx",
        [
            *_FELT_NOTHING,
            ("Mul", ["text_embed", "twenty"], ["wide"], {}),
            ("Sub", ["wide", "ten"], ["sign"], {}),
            ("Mul", ["half", "sign"], ["sided"], {}),
            ("Add", ["sided", "nothing"], ["masks"], {}),
            ("Add", ["promises", "nothing"], ["iou_predictions"], {}),
        ],
        {**_FELT, "text_embed": (FLOAT, (1, 1, 1))},
        {"masks": (1, 1, 256, 256), "iou_predictions": (1, 1)},
        {
            "nought": np.asarray(0, np.float32),
            "twenty": np.asarray(20, np.float32),
            "ten": np.asarray(10, np.float32),
            "half": half,
            "promises": np.asarray([[0.9]], np.float32),
        },
    )
    encoder = _encoder(folder / "encoder.onnx")
    return {"encoder": encoder, "language": language, "decoder": decoder, "vocabulary": vocabulary}


def vocabulary(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(VOCABULARY, encoding="utf-8")
    return path


def placed(folder: Path, name: str, layout: str, kind: str, files: dict[str, Path], **more: Any) -> Shelf:
    """A shelf in `folder` that holds these weights too, pinned; files lie in folder/NAME."""
    shelf = Shelf(Weights(folder=folder))
    said = [
        {
            "role": role,
            "file": path.name,
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for role, path in files.items()
    ]
    card = {"name": name, "kind": kind, "layout": layout, "summary": "Small.", "licence": "MIT", "commercial": True}
    shelf.keep(WeightsCard.of({**card, "files": said, **more}))
    return shelf


def every_layout(folder: Path) -> Shelf:
    """One of each, named small-LAYOUT."""
    at = {layout: folder / f"small-{layout}" for layout in ("u2net", "isnet", "birefnet", "sam2", "evf-sam2")}
    placed(folder, "small-u2net", "u2net", "cutout", {"network": darkness(at["u2net"] / "n.onnx", 320)})
    placed(folder, "small-isnet", "isnet", "cutout", {"network": darkness(at["isnet"] / "n.onnx", 1024, gain=-16)})
    birefnet = darkness(at["birefnet"] / "n.onnx", 1024, logits=True)
    placed(folder, "small-birefnet", "birefnet", "cutout", {"network": birefnet})
    placed(folder, "small-sam2", "sam2", "cutout", sam(at["sam2"]))
    placed(folder, "small-evf-sam2", "evf-sam2", "cutout", evf(at["evf-sam2"]))
    large = enlarger(folder / "small-real-esrgan" / "n.onnx", looks=9)
    placed(
        folder,
        "small-real-esrgan",
        "real-esrgan",
        "upscaler",
        {"network": large},
        generative=True,
        changes_product=True,
        options={"factor": 4, "tile": 96},
    )
    told = yolox_answer({(2, 2): (41, 0.9), (5, 5): (39, 0.6)})
    placed(
        folder,
        "small-yolox",
        "yolox",
        "detector",
        {"network": fixed_answer(folder / "small-yolox" / "n.onnx", told, 64)},
    )
    reading = folder / "small-grounding-dino"
    files = {"network": grounded(reading / "n.onnx"), "vocabulary": vocabulary(reading / "vocab.txt")}
    placed(folder, "small-grounding-dino", "grounding-dino", "detector", files)
    orient = orienting(folder / "small-orient-anything" / "n.onnx", 30, 20, 10)
    return placed(folder, "small-orient-anything", "orient-anything", "orientation", {"network": orient})

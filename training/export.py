"""Writes the network as ONNX: batch norms folded, weights kept in half precision, and a variant in int8.

Written node by node: the file then holds just what OpenCV 4 and 5 and onnxruntime all read.
"""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import Tensor, nn

from training.network import CHANNELS, CutoutNetwork
from training.pack import SIDE


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def constant(self, values: np.ndarray, *, half: bool = False) -> str:
        """An initialiser; in half precision it is cast back to single where it is used."""
        name = f"w{len(self.weights)}"
        kept = values.astype(np.float16 if half else values.dtype)
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(kept), name))
        if half:
            return self.node("Cast", [name], to=TensorProto.FLOAT)
        return name

    def node(self, kind: str, inputs: list[str], **attributes: object) -> str:
        name = f"{kind.lower()}{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [name], name=name, **attributes))
        return name

    def conv(self, x: str, layer: nn.Conv2d, norm: nn.BatchNorm2d | None = None, *, relu: bool = False) -> str:
        weight, bias = _folded(layer, norm)
        pad, dilation = int(layer.padding[0]), int(layer.dilation[0])
        y = self.node(
            "Conv",
            [x, self.constant(weight, half=True), self.constant(bias)],
            kernel_shape=list(layer.kernel_size),
            strides=list(layer.stride),
            pads=[pad] * 4,
            dilations=[dilation] * 2,
        )
        return self.node("Relu", [y]) if relu else y

    def block(self, x: str, block: nn.Module) -> str:
        """Convolution, batch norm, ReLU."""
        assert isinstance(block, nn.Sequential)
        layer, norm = block[0], block[1]
        assert isinstance(layer, nn.Conv2d)
        assert isinstance(norm, nn.BatchNorm2d)
        return self.conv(x, layer, norm, relu=len(block) > 2)

    def larger(self, x: str, times: int) -> str:
        scales = self.constant(np.array([1, 1, times, times], np.float32))
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        return self.node("Resize", [x, "", scales], **how)

    def pooled(self, x: str, size: int) -> str:
        return self.node("AveragePool", [x], kernel_shape=[size, size], strides=[size, size])

    def plus(self, *terms: str) -> str:
        total = terms[0]
        for term in terms[1:]:
            total = self.node("Add", [total, term])
        return total


def _folded(layer: nn.Conv2d, norm: nn.BatchNorm2d | None) -> tuple[np.ndarray, np.ndarray]:
    weight = layer.weight.detach().double()
    bias = layer.bias.detach().double() if layer.bias is not None else torch.zeros(weight.shape[0], dtype=torch.double)
    if norm is not None:
        assert norm.running_var is not None
        assert norm.running_mean is not None
        scale = norm.weight.detach().double() / torch.sqrt(norm.running_var.double() + norm.eps)
        weight = weight * scale[:, None, None, None]
        bias = (bias - norm.running_mean.double()) * scale + norm.bias.detach().double()
    return weight.float().numpy(), bias.float().numpy()


def graph(network: CutoutNetwork) -> onnx.ModelProto:
    """`photo` (1, 4, 320, 320), RGB and hint map 0..1, to `alpha` (1, 1, 160, 160) 0..1 and `trust` (1, 1) 0..1."""
    network.eval()
    g = _Graph()
    levels = [g.block("photo", network.stem)]
    for stage in network.down:
        parts = list(stage.children())
        x = g.block(levels[-1], parts[0])
        for part in parts[1:]:
            y = g.block(g.block(x, part.first), part.second)  # type: ignore[arg-type]
            x = g.node("Relu", [g.plus(x, y)])
        levels.append(x)
    deep = _context(g, network, levels[-1])
    y = middle = deep
    for place in reversed(range(len(CHANNELS) - 1)):
        lateral = network.lateral[place]
        assert isinstance(lateral, nn.Conv2d)
        y = g.block(g.plus(g.larger(g.conv(y, lateral), 2), levels[place]), network.up[place])
        if place == 2:
            middle = y
    alpha = g.node("Sigmoid", [g.conv(y, network.alpha)])
    trust = _trust(g, network, deep, middle, alpha)
    g.nodes.append(helper.make_node("Identity", [alpha], ["alpha"]))
    g.nodes.append(helper.make_node("Identity", [trust], ["trust"]))

    def value(name: str, shape: Iterable[int]) -> onnx.ValueInfoProto:
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape))

    made = helper.make_graph(
        g.nodes,
        "packshot-cutout",
        [value("photo", (1, 4, SIDE, SIDE))],
        [value("alpha", (1, 1, SIDE // 2, SIDE // 2)), value("trust", (1, 1))],
        g.weights,
    )
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    return model


def _context(g: _Graph, network: CutoutNetwork, x: str) -> str:
    context = network.context
    half = SIDE // 64
    quarters = g.pooled(x, half)
    whole_layer, quarters_layer = context.whole[0], context.quarters[0]
    assert isinstance(whole_layer, nn.Conv2d)
    assert isinstance(quarters_layer, nn.Conv2d)
    whole = g.conv(g.pooled(quarters, 2), whole_layer, relu=True)
    spread = g.larger(g.conv(quarters, quarters_layer, relu=True), half)
    return g.block(g.plus(x, spread, g.larger(whole, 2 * half)), context.joined)


def _trust(g: _Graph, network: CutoutNetwork, deep: str, middle: str, alpha: str) -> str:
    def mean(x: str) -> str:
        return g.node("GlobalAveragePool", [x])

    def number(value: float) -> str:
        return g.constant(np.full((1, 1, 1, 1), value, np.float32))

    squared = g.node("Mul", [alpha, alpha])
    area, square = mean(alpha), mean(squared)
    doubt = g.node("Mul", [g.node("Sub", [area, square]), number(4)])
    relative = g.node("Div", [doubt, g.plus(area, number(0.01))])
    known = g.node("Concat", [mean(deep), mean(middle), area, doubt, relative, square], axis=1)
    first, last = network.trust[0], network.trust[2]
    hidden = g.node("Relu", [_linear(g, known, first)])
    logit = _linear(g, hidden, last)
    return g.node("Flatten", [g.node("Sigmoid", [logit])], axis=1)


def _linear(g: _Graph, x: str, layer: nn.Module) -> str:
    """As a convolution of size 1: one kind of layer less to be read."""
    assert isinstance(layer, nn.Linear)
    weight = layer.weight.detach().numpy()[:, :, None, None]
    inputs = [x, g.constant(weight, half=True), g.constant(layer.bias.detach().numpy())]
    return g.node("Conv", inputs, kernel_shape=[1, 1])


def write(weights: dict[str, Tensor], path: Path) -> Path:
    network = CutoutNetwork()
    network.load_state_dict(weights)
    path.write_bytes(graph(network).SerializeToString())
    return path


def write_int8(single: Path, path: Path, photos: list[np.ndarray]) -> Path:
    """Eight bits with QDQ nodes, weights per channel; the ranges are those seen on `photos` (1, 4, side, side)."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self._left = iter(photos)

        def get_next(self) -> dict[str, np.ndarray] | None:
            photo = next(self._left, None)
            return None if photo is None else {"photo": photo}

    model = onnx.load(single)
    trust = [node.name for node in model.graph.node if _feeds_trust(node)]
    plain = path.with_suffix(".f32")
    onnx.save(_without_casts(model), plain)
    quantize_static(
        plain,
        path,
        Reader(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QInt8,
        op_types_to_quantize=["Conv"],
        nodes_to_exclude=trust,
    )
    plain.unlink()
    return path


def _feeds_trust(node: onnx.NodeProto) -> bool:
    return node.op_type == "Conv" and not any(attribute.name == "pads" for attribute in node.attribute)


def _without_casts(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same with weights in single precision."""
    weights = {weight.name: weight for weight in model.graph.initializer}
    renamed: dict[str, str] = {}
    kept = []
    for node in model.graph.node:
        if node.op_type == "Cast":
            source = weights[node.input[0]]
            source.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(source).astype(np.float32), source.name))
            renamed[node.output[0]] = source.name
        else:
            for place, name in enumerate(node.input):
                node.input[place] = renamed.get(name, name)
            kept.append(node)
    del model.graph.node[:]
    model.graph.node.extend(kept)
    return model

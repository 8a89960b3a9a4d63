"""A network of the layers and the size of U2-Net (Qin et al., "U2-Net", Pattern Recognition 2020), with random weights.

Its answers mean nothing; the time and the memory it takes are those of the real one: 44 million parameters, about 58
billion multiplications on 320 x 320 pixels. Batch normalisation is folded into the convolutions, as exporters do.
"""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 320


class _Graph:
    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []
        self.multiplications = 0
        self._rng = np.random.default_rng(7)
        self._count = 0
        self._constant("twice", np.array([1, 1, 2, 2], np.float32))

    def _constant(self, name: str, values: np.ndarray) -> str:
        self.weights.append(numpy_helper.from_array(values, name))
        return name

    def _node(self, kind: str, inputs: list[str], **attributes: object) -> str:
        self._count += 1
        name = f"{kind.lower()}{self._count}"
        self.nodes.append(helper.make_node(kind, inputs, [name], **attributes))
        return name

    def conv(self, x: str, into: int, out: int, side: int, *, dilation: int = 1, relu: bool = True) -> str:
        """3x3, and ReLU; He's initial weights, so that values neither grow nor vanish."""
        spread = np.sqrt(2 / (9 * into))
        kernel = (self._rng.standard_normal((out, into, 3, 3), dtype=np.float32) * spread).astype(np.float32)
        weight = self._constant(f"w{self._count}", kernel)
        bias = self._constant(f"b{self._count}", np.zeros(out, np.float32))
        self.multiplications += 9 * into * out * side * side
        around = [dilation] * 4
        y = self._node("Conv", [x, weight, bias], kernel_shape=[3, 3], pads=around, dilations=[dilation] * 2)
        return self._node("Relu", [y]) if relu else y

    def halved(self, x: str) -> str:
        return self._node("MaxPool", [x], kernel_shape=[2, 2], strides=[2, 2], ceil_mode=1)

    def doubled(self, x: str) -> str:
        how = {"mode": "linear", "coordinate_transformation_mode": "half_pixel"}
        return self._node("Resize", [x, "", "twice"], **how)

    def joined(self, first: str, second: str) -> str:
        return self._node("Concat", [first, second], axis=1)

    def plus(self, first: str, second: str) -> str:
        return self._node("Add", [first, second])

    def sigmoid(self, x: str) -> str:
        return self._node("Sigmoid", [x])

    def block(self, x: str, depth: int, into: int, middle: int, out: int, side: int) -> str:
        """A residual U-block of `depth` levels: down by pooling, up by doubling, and its input added in the end."""
        start = self.conv(x, into, out, side)
        levels = [self.conv(start, out, middle, side)]
        for _ in range(depth - 2):
            side //= 2
            levels.append(self.conv(self.halved(levels[-1]), middle, middle, side))
        y = self.conv(levels[-1], middle, middle, side, dilation=2)
        for number, level in enumerate(reversed(levels)):
            last = number == len(levels) - 1
            y = self.conv(self.joined(y, level), 2 * middle, out if last else middle, side)
            if not last:
                y, side = self.doubled(y), side * 2
        return self.plus(y, start)

    def flat_block(self, x: str, into: int, middle: int, out: int, side: int) -> str:
        """The same without pooling: wider and wider dilations instead."""
        start = self.conv(x, into, out, side)
        first = self.conv(start, out, middle, side)
        second = self.conv(first, middle, middle, side, dilation=2)
        third = self.conv(second, middle, middle, side, dilation=4)
        y = self.conv(third, middle, middle, side, dilation=8)
        y = self.conv(self.joined(y, third), 2 * middle, middle, side, dilation=4)
        y = self.conv(self.joined(y, second), 2 * middle, middle, side, dilation=2)
        return self.plus(self.conv(self.joined(y, first), 2 * middle, out, side), start)


def write(path: Path) -> Path:
    """The network as an ONNX file: `photo` (1, 3, 320, 320) to `mask` (1, 1, 320, 320)."""
    graph = _Graph()
    # depth, input channels, inner channels, output channels; the last two levels have no pooling inside
    down = [(7, 3, 32, 64), (6, 64, 32, 128), (5, 128, 64, 256), (4, 256, 128, 512)]
    x, side, skips = "photo", SIDE, []
    for level in down:
        x = graph.block(x, *level, side)
        skips.append((x, level[3], side))
        x, side = graph.halved(x), side // 2
    x = graph.flat_block(x, 512, 256, 512, side)
    skips.append((x, 512, side))
    x, side = graph.halved(x), side // 2
    x = graph.flat_block(x, 512, 256, 512, side)
    sides = [(x, 512, side)]
    up = [(0, 1024, 256, 512), (4, 1024, 128, 256), (5, 512, 64, 128), (6, 256, 32, 64), (7, 128, 16, 64)]
    for (depth, *channels), (skip, _, side) in zip(up, reversed(skips), strict=True):
        x = graph.joined(graph.doubled(x), skip)
        x = graph.block(x, depth, *channels, side) if depth else graph.flat_block(x, *channels, side)
        sides.append((x, channels[2], side))
    masks = []
    for y, channels, at in sides:
        mask = graph.conv(y, channels, 1, at, relu=False)
        for _ in range((SIDE // at).bit_length() - 1):
            mask = graph.doubled(mask)
        masks.append(mask)
    fused = masks[0]
    for mask in masks[1:]:
        fused = graph.joined(fused, mask)
    result = graph.sigmoid(graph.conv(fused, len(masks), 1, SIDE, relu=False))
    graph.nodes.append(helper.make_node("Identity", [result], ["mask"]))
    value = {
        name: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, c, SIDE, SIDE])
        for name, c in (("photo", 3), ("mask", 1))
    }
    made = helper.make_graph(graph.nodes, "as-large-as-u2net", [value["photo"]], [value["mask"]], graph.weights)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    parameters = sum(int(np.prod(weight.dims)) for weight in graph.weights)
    print(f"network: {parameters / 1e6:.1f} million parameters, {graph.multiplications / 1e9:.1f} GMAC")
    path.write_bytes(model.SerializeToString())
    return path

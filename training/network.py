"""The cutout network: a small U-Net of plain convolutions with residual blocks and a look at the whole picture.

In: (n, 4, side, side), RGB 0..1 and a hint map 0..1, side a multiple of 32. Out: logits of alpha at half the side, and
one logit per picture: how well the network thinks it did (the IoU it expects). Plain convolutions, because they run
well everywhere: on a processor with matrix units, in OpenCV and in int8.
"""

from typing import cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

CHANNELS = (16, 32, 64, 96, 120)  # at 1/2, 1/4, 1/8, 1/16, 1/32
BLOCKS = (1, 2, 2, 1)


def _conv(into: int, out: int, stride: int = 1, size: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(into, out, size, stride, size // 2, bias=False), nn.BatchNorm2d(out), nn.ReLU(inplace=True)
    )


class _Residual(nn.Module):
    def __init__(self, channels: int, dilation: int = 1) -> None:
        super().__init__()
        self.first = _conv(channels, channels)
        self.second = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, dilation, dilation, bias=False), nn.BatchNorm2d(channels)
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.second(self.first(x)))


class _Context(nn.Module):
    """What the whole picture and its quarters hold, added to every place."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.whole = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.ReLU(inplace=True))
        self.quarters = nn.Sequential(nn.Conv2d(channels, channels, 1), nn.ReLU(inplace=True))
        self.joined = _conv(channels, channels, size=1)

    def forward(self, x: Tensor) -> Tensor:
        side = x.shape[-1]
        quarters = F.avg_pool2d(x, side // 2)
        whole = self.whole(F.avg_pool2d(quarters, 2))
        spread = F.interpolate(self.quarters(quarters), size=(side, side), mode="bilinear", align_corners=False)
        return cast(Tensor, self.joined(x + spread + whole))


class CutoutNetwork(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = _conv(4, CHANNELS[0], 2)
        self.down = nn.ModuleList()
        for into, out, blocks in zip(CHANNELS, CHANNELS[1:], BLOCKS, strict=False):
            self.down.append(nn.Sequential(_conv(into, out, 2), *(_Residual(out) for _ in range(blocks))))
        self.context = _Context(CHANNELS[-1])
        self.lateral = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in zip(CHANNELS[1:], CHANNELS, strict=False))
        self.up = nn.ModuleList(_conv(c, c) for c in CHANNELS[:-1])
        self.coarse = nn.Conv2d(CHANNELS[2], 1, 1)  # a second place to learn from, at 1/8
        self.alpha = nn.Conv2d(CHANNELS[0], 1, 3, 1, 1)
        self.trust = nn.Sequential(nn.Linear(CHANNELS[-1] + CHANNELS[2] + 4, 48), nn.ReLU(), nn.Linear(48, 1))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logits of alpha at 1/2, the logit of the expected IoU (n, 1), logits of alpha at 1/8."""
        levels = [self.stem(x)]
        for stage in self.down:
            levels.append(stage(levels[-1]))
        deep = y = self.context(levels[-1])
        middle = y
        for place in reversed(range(len(CHANNELS) - 1)):
            size = levels[place].shape[-2:]
            y = F.interpolate(self.lateral[place](y), size=size, mode="bilinear", align_corners=False)
            y = self.up[place](y + levels[place])
            if place == 2:
                middle = y
        logits = self.alpha(y)
        return logits, self._trust(deep.detach(), middle.detach(), logits.detach()), self.coarse(middle)

    def _trust(self, deep: Tensor, middle: Tensor, logits: Tensor) -> Tensor:
        alpha = torch.sigmoid(logits)
        doubt = 4 * alpha * (1 - alpha)
        area = _mean(alpha)
        known = [
            _mean(deep),
            _mean(middle),
            area,
            _mean(doubt),
            _mean(doubt) / (area + 0.01),
            _mean(torch.square(alpha)),
        ]
        return cast(Tensor, self.trust(torch.cat(known, dim=1)))


def _mean(x: Tensor) -> Tensor:
    return x.mean(dim=(2, 3))


def parameters(network: nn.Module) -> int:
    return sum(weight.numel() for weight in network.parameters())

"""What the network is told about its alpha: region, edge and structure."""

import torch
import torch.nn.functional as F
from torch import Tensor


def alpha_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Cross entropy (more near the edge), soft IoU, gradient and structure (SSIM, Wang et al. 2004), one per picture.

    Both are (n, 1, h, w); `truth` is 0..1.
    """
    alpha = torch.sigmoid(logits)
    around = F.avg_pool2d(truth, 7, 1, 3)
    weight = 1 + 8 * around * (1 - around)  # 3 at an edge
    entropy = F.binary_cross_entropy_with_logits(logits, truth, reduction="none")
    region = (entropy * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3))
    return region + soft_iou_loss(alpha, truth) + 0.5 * _gradient(alpha, truth) + 0.3 * _structure(alpha, truth)


def soft_iou_loss(alpha: Tensor, truth: Tensor) -> Tensor:
    """1 - IoU of soft masks; the constant lets an empty truth have a slope."""
    both = (alpha * truth).sum((1, 2, 3))
    either = (alpha + truth - alpha * truth).sum((1, 2, 3))
    slack = 1e-3 * alpha[0].numel()
    return 1 - (both + slack) / (either + slack)


def _gradient(alpha: Tensor, truth: Tensor) -> Tensor:
    across = (alpha.diff(dim=3) - truth.diff(dim=3)).abs().mean((1, 2, 3))
    down = (alpha.diff(dim=2) - truth.diff(dim=2)).abs().mean((1, 2, 3))
    return 10 * (across + down)


def _structure(alpha: Tensor, truth: Tensor) -> Tensor:
    def mean(x: Tensor) -> Tensor:
        return F.avg_pool2d(x, 7, 3)

    a, t = mean(alpha), mean(truth)
    var_a, var_t = mean(alpha * alpha) - a * a, mean(truth * truth) - t * t
    both = mean(alpha * truth) - a * t
    ssim = (2 * a * t + 1e-4) * (2 * both + 9e-4) / ((a * a + t * t + 1e-4) * (var_a + var_t + 9e-4))
    return 1 - ssim.mean((1, 2, 3))


def hard_iou(logits: Tensor, truth: Tensor) -> Tensor:
    """IoU of what is over one half, per picture; 1 where both are empty."""
    found, wanted = logits > 0, truth > 0.5
    both = (found & wanted).sum((1, 2, 3)).float()
    either = (found | wanted).sum((1, 2, 3)).float()
    return torch.where(either > 0, both / either.clamp(min=1), torch.ones_like(both))

"""The embedded cutout model: which path answers, and how sure it is."""

from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from packshot.image import Alpha, Box, Image, Plane, Rgb, box_of
from packshot.models.embedded import backdrop, general, joining, judge, plain
from packshot.models.embedded.colours import Lab, shrunk, to_lab
from packshot.models.embedded.confidence import Evidence, confidence
from packshot.models.embedded.contact import peeled
from packshot.models.embedded.regions import Mask, block, dilated, product_parts, regions, without_crumbs
from packshot.models.network import looking
from packshot.ports import NO_HINTS, Hints, Matte, ModelCard

_CARD = ModelCard(
    name="embedded",
    version="1",
    licence="MIT",
    summary="Backdrop model, salience and graph cut, checked by the network. Strong on plain and graded backdrops.",
)
_SMALL = 0.02  # of the picture
_SCRAP = 0.15  # odd pixels beside or inside the product, as a share of it
_SETTLED = 0.9  # confidence from which the network has nothing to add; it takes longer than all the rest
_LINES = 0.1  # edges beside the product, from which on the network is asked
# Overlap with what the network sees, and its trust in itself, for its answer to be taken.
_ELSEWHERE, _OVERRULED_FROM = 0.6, 0.4
# The same where an even ground shows nothing beside what was found: then colour has hardly missed the product. From it
# on, the network's word also counts for pieces that colour does not see there.
_OVERRULED_ALONE_FROM, _ALONE = 0.8, 0.005
_MENDED_FROM = 0.5  # trust from which the network's word counts about pieces of what both see
_AGREED = 0.85  # overlap of what was found with the network's first look, from which a second one changes nothing
_CUT_ALIKE = 0.6  # overlap with the network's answer from which its answer cut anew is the better one
# Confidence below which an answer would be invented, before a ground that is not even. The network's doubts take it to
# a fifth, and alone are no reason to abstain.
_LEAST = 0.008
_FAINTEST = 0.055  # contrast of the outline below which it would be before any ground
_EVEN = 0.95  # share of the frame that one smooth surface explains


@dataclass(frozen=True, eq=False)
class Proposal:
    """A mask over the whole picture, and how its outline sits there."""

    alpha: Alpha  # of the picture's size
    mask: Mask  # of the size of the shrunk picture
    lab: Lab  # the shrunk picture

    @cached_property
    def outline(self) -> judge.Outline:
        return judge.outline(self.lab, self.mask)

    @cached_property
    def around(self) -> judge.Surroundings:
        return judge.surroundings(self.lab, self.mask)

    @property
    def may_be_a_scrap(self) -> bool:
        """Small, or much that is not ground was left behind beside it: perhaps the shine, not the glass."""
        return self.outline.area < _SMALL or self.around.leftover > _SCRAP

    def is_a_scrap_of(self, other: "Proposal") -> bool:
        """Whether the other holds the thing of which this is the shine, the handle or the seam it stands on."""
        if self.around.leftover > _SCRAP:
            return True
        return other.outline.area > 4 * self.outline.area and bool((dilated(other.mask, block(7)) & self.mask).any())


class EmbeddedCutout:
    """Tells product from ground by colour, light and edges; asks the network, where they leave doubts, what it sees.

    Without `network` the first alone.
    """

    def __init__(self, *, network: bool = True) -> None:
        self._asks_network = network

    @property
    def card(self) -> ModelCard:
        return _CARD

    def cutout(self, image: Image, hints: Hints = NO_HINTS) -> Matte:
        rgb = image.rgb
        if hints.mask is not None:
            return Matte(hints.mask, 1.0, ("the mask was given",))
        if min(rgb.shape[:2]) < 8:
            return _nothing(rgb, "the picture is too small to tell anything apart")
        small = shrunk(rgb, backdrop.SIDE)
        lab = to_lab(small)
        box = hints.box or (box_of(hints.rough, 127) if hints.rough is not None else None)
        if box is not None:
            return _matte(_boxed(rgb, box, lab, hints.rough), Evidence(hinted=True), rgb)
        seen = backdrop.learn(small, lab)
        found, evidence = look(rgb, lab, seen)
        network = _Network(rgb, found)
        if self._asks_network and not _is_settled(found, evidence):
            found, evidence = _with_network(network, evidence, small, lab, seen)
        matte = _matte(found, evidence, rgb)
        if self._asks_network and seen is not None and seen.is_plain:
            matte = replace(matte, alpha=peeled(rgb, matte.alpha, seen, network.glimpse))
        return matte if hints.point is None else _pointed(matte, rgb, hints.point, lab)


def _is_settled(found: Proposal | None, evidence: Evidence) -> bool:
    """Whether the answer is clear enough that nobody else need be asked.

    Edges beside it leave a doubt that no measure of colour has: they may be a glass, a white sole, a bottle's window.
    """
    if found is None or confidence(found.outline, found.around, evidence)[0] < _SETTLED:
        return False
    return found.around.lines < _LINES


@dataclass(frozen=True, eq=False)
class _Network:
    """What the network sees in a picture. It looks when it is first asked; twice, unless it sees what was found."""

    rgb: Rgb
    found: Proposal | None  # by colour and light

    @cached_property
    def sight(self) -> looking.Sight:
        return looking.whole(self.rgb, enough=self._seconds)

    @cached_property
    def alpha(self) -> Alpha:
        return self.sight.spread((self.rgb.shape[1], self.rgb.shape[0]))

    def _seconds(self, first: looking.Sight) -> bool:
        """Whether it sees what was found; a second look changes nothing then (docs/decisions/060)."""
        return self.found is not None and judge.overlap(self.found.mask, _seen(first, self.found.lab)[0]) >= _AGREED

    def glimpse(self) -> Alpha:
        """Enough to tell whether it sees product in a place: from a single look, where it has not looked yet."""
        if "sight" in vars(self):
            return self.alpha
        return looking.whole(self.rgb, enough=lambda _: True).spread((self.rgb.shape[1], self.rgb.shape[0]))


def _seen(sight: looking.Sight, lab: Lab) -> tuple[Mask, Plane]:
    """What the network takes for the product on the shrunk picture, and its alpha 0..1 without the rest."""
    plane = np.asarray(cv2.resize(sight.alpha, (lab.shape[1], lab.shape[0])), np.float32)
    found = (plane > 0.5).astype(np.uint8)
    mask = product_parts(found)
    if (mask < found).any():
        plane[dilated(found - mask) > 0] = 0
    return mask, plane


def _with_network(
    network: _Network, evidence: Evidence, small: Rgb, lab: Lab, behind: backdrop.Backdrop | None
) -> tuple[Proposal | None, Evidence]:
    """The network knows things, colour and light know edges.

    Where both see the same thing, what was found stays but for pieces that the network is sure of. Only where it is
    sure of something else is its answer taken, cut anew along the edges. Whatever one of them does not see is trusted
    less. The limits come from composites held out from training (docs/decisions/060).
    """
    found, sight = network.found, network.sight
    believed, plane = _seen(sight, lab)
    seconded = judge.overlap(found.mask, believed) if found is not None and believed.any() else 0.0
    evidence = replace(evidence, seconded=seconded, trust=sight.trust)
    if found is not None and seconded >= _ELSEWHERE and sight.trust >= _MENDED_FROM:
        return _mended(found, evidence, believed, plane, small)
    least = _OVERRULED_ALONE_FROM if found is not None and _is_alone(found, behind) else _OVERRULED_FROM
    if not believed.any() or seconded >= _ELSEWHERE or sight.trust < least:
        return found, evidence
    seen = _proposal(network.alpha, lab)
    box = None if seen is None else box_of(seen.alpha, 127)
    if seen is None or box is None:
        return found, evidence
    cut = _boxed(network.rgb, box, lab, seen.alpha)
    better = cut if cut is not None and judge.overlap(cut.mask, seen.mask) > _CUT_ALIKE else _hardened(seen)
    same = judge.overlap(better.mask, seen.mask)
    return better, replace(evidence, seconded=same, agreement=min(evidence.agreement, seconded), stability=1.0)


def _is_alone(found: Proposal, behind: backdrop.Backdrop | None) -> bool:
    """Whether an even ground shows nothing beside it. A product that the frame cuts off is no fault of the ground."""
    return found.around.odd < _ALONE and behind is not None and behind.explained_beside(found.mask) >= _EVEN


def _hardened(seen: Proposal) -> Proposal:
    """What the network sees has no outline: half of it would be a product that shines through."""
    return replace(seen, alpha=np.where(seen.alpha > 127, np.uint8(255), np.uint8(0)))


def _mended(found: Proposal, evidence: Evidence, believed: Mask, plane: Plane, small: Rgb) -> tuple[Proposal, Evidence]:
    """What was found and the network saw too, with the pieces that only one of them saw decided anew."""
    height, width = found.alpha.shape
    even = evidence.explained >= _EVEN and evidence.trust >= _OVERRULED_ALONE_FROM
    mask, zone = joining.mended(small, found.mask, plane, even=even)
    if not zone.any():
        return found, replace(evidence, disputed=joining.disputed(found.mask, plane))
    wide = cv2.resize(zone, (width, height), interpolation=cv2.INTER_NEAREST)
    alpha = np.where(wide > 0, _spread(mask, Box(0, 0, width, height), (width, height)), found.alpha)
    better = _proposal(alpha.astype(np.uint8), found.lab)
    if better is None:
        return found, evidence
    same = judge.overlap(found.mask, better.mask)
    seconded = judge.overlap(better.mask, believed)
    evidence = replace(evidence, seconded=seconded, agreement=min(evidence.agreement, same))
    return better, replace(evidence, disputed=joining.disputed(better.mask, plane))


def look(rgb: Rgb, lab: Lab, seen: backdrop.Backdrop | None) -> tuple[Proposal | None, Evidence]:
    """The specialist where the backdrop is plain; else whichever path draws the clearer outline."""
    special = None if seen is None else _proposal(_plain(rgb, seen), lab)
    fit = Evidence() if seen is None else Evidence(explained=seen.explained)
    asked = None
    if special is not None and special.may_be_a_scrap:
        found, stability = asked = _general(rgb, lab)
        if found is not None and special.is_a_scrap_of(found):
            return found, replace(fit, stability=stability)
    if seen is not None and seen.is_plain and special is not None and special.outline.contrast > 0.25:
        return special, fit
    found, stability = asked or _general(rgb, lab)
    if found is None:
        return special, fit
    agreement = 0.0 if special is None else judge.overlap(special.mask, found.mask)
    fit = replace(fit, agreement=agreement, stability=stability)
    if special is not None and special.outline.contrast > found.outline.contrast + 0.1:
        return special, fit
    return found, fit


def _plain(rgb: Rgb, seen: backdrop.Backdrop) -> Alpha:
    """The specialist's answer; where the product is small in the picture, a closer look."""
    height, width = rgb.shape[:2]
    whole = Box(0, 0, width, height)
    parts = plain.parted(seen)
    box = box_of(_spread(without_crumbs(parts.mask, 0.03), whole, (width, height)), 127)
    if box is not None and max(box.width, box.height) <= 0.5 * max(width, height) and seen.small.shape != rgb.shape:
        view = box.grown(int(0.25 * max(box.width, box.height)) + 4, (width, height))
        nearby = shrunk(rgb[view.top : view.bottom, view.left : view.right], backdrop.SIDE)
        closer = backdrop.learn(nearby, to_lab(nearby))
        if closer is not None:
            return _spread(plain.product_mask(closer), view, (width, height))
    return _spread(plain.tidied(seen, parts), whole, (width, height))


def _general(rgb: Rgb, lab: Lab) -> tuple[Proposal | None, float]:
    """What stands out, then twice inside its own box: the ground around it is then known better.

    Also how much of it stayed the same on the way, 0..1.
    """
    height, width = rgb.shape[:2]
    alpha = _spread(general.salient(rgb), Box(0, 0, width, height), (width, height))
    first = _proposal(alpha, lab)
    for _ in range(2):
        box = box_of(alpha, 127)
        if box is None:
            return None, 0.0
        mask, view = general.boxed(rgb, box)
        if not mask.any():
            break
        alpha = _spread(mask, view, (width, height))
    last = _proposal(alpha, lab)
    return last, judge.overlap(first.mask, last.mask) if first is not None and last is not None else 0.0


def _boxed(rgb: Rgb, box: Box, lab: Lab, rough: Alpha | None) -> Proposal | None:
    mask, view = general.boxed(rgb, box, rough)
    return _proposal(_spread(mask, view, (rgb.shape[1], rgb.shape[0])), lab)


def _pointed(matte: Matte, rgb: Rgb, point: tuple[int, int], lab: Lab) -> Matte:
    """The region under the point: of the unaided answer if it is there, else of the best box around the point."""
    x, y = point
    if matte.alpha[y, x] > 127:
        labels, _ = regions((matte.alpha > 127).astype(np.uint8))
        alpha = np.where(labels == labels[y, x], matte.alpha, 0).astype(np.uint8)
        return Matte(alpha, matte.confidence, matte.reasons)
    height, width = rgb.shape[:2]
    proposals = []
    for share in (0.15, 0.25, 0.4):
        reach = int(share * max(width, height))
        around = Box(max(0, x - reach), max(0, y - reach), min(width, x + reach), min(height, y + reach))
        proposal = _boxed(rgb, around, lab, None)
        if proposal is not None and proposal.alpha[y, x] > 127:
            proposals.append(proposal)
    best = max(proposals, key=lambda proposal: proposal.outline.contrast, default=None)
    return _matte(best, Evidence(hinted=True), rgb)


def _proposal(alpha: Alpha, lab: Lab) -> Proposal | None:
    size = lab.shape[1], lab.shape[0]
    found = (cv2.resize(alpha, size, interpolation=cv2.INTER_AREA) > 127).astype(np.uint8)
    mask = product_parts(found)
    if not mask.any():
        return None
    if (mask < found).any():
        others = cv2.resize(dilated(found - mask), (alpha.shape[1], alpha.shape[0]), interpolation=cv2.INTER_NEAREST)
        alpha = np.where(others > 0, 0, alpha).astype(np.uint8)
    return Proposal(alpha, mask, lab)


def _matte(proposal: Proposal | None, evidence: Evidence, rgb: Rgb) -> Matte:
    if proposal is None:
        return _nothing(rgb, "nothing stands out from the background")
    if not 0.001 < proposal.outline.area < 0.985:
        return _nothing(rgb, "what stands out is too small or fills the whole picture")
    sure, reasons = confidence(proposal.outline, proposal.around, evidence)
    invented = sure < _LEAST and evidence.explained < _EVEN
    if invented or proposal.outline.contrast < _FAINTEST:
        return _nothing(rgb, "nothing stands out clearly from the background")
    return Matte(proposal.alpha, sure, reasons)


def _nothing(rgb: Rgb, reason: str) -> Matte:
    return Matte(np.zeros(rgb.shape[:2], np.uint8), 0.0, (reason,))


def _spread(mask: Mask, view: Box, size: tuple[int, int]) -> Alpha:
    """A small mask of `view` as alpha of the whole picture of `size`; grey where a small pixel straddles the edge."""
    alpha = np.zeros((size[1], size[0]), np.uint8)
    part = cv2.resize(mask * np.uint8(255), (view.width, view.height), interpolation=cv2.INTER_LINEAR)
    alpha[view.top : view.bottom, view.left : view.right] = part
    return alpha

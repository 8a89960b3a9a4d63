"""Which set of the studio suits: the words in which somebody asks for a place, or the product that is to stand there.

Plain tables, read from top to bottom; the first line that fits decides, and says why.
"""

import re
from typing import NamedTuple

from packshot.ops.describing import ProductDescription
from packshot.studio.sets import named

USUAL = "sweep"
_SURE = 0.4  # confidence of a guess below which it counts for nothing

# By words, their plurals included: places before materials, materials before light and mood, so that a sunny kitchen
# is a kitchen.
_WORDS: tuple[tuple[str, str], ...] = (
    ("kitchen countertop counter tile bakery cafe restaurant breakfast cooking", "kitchen"),
    ("bathroom spa basin washstand vanity sink", "marble"),
    ("desk office study workspace workplace library windowsill", "desk"),
    ("shelf shelves bookcase shop store wardrobe", "shelf"),
    ("bedroom bed linen fabric cloth textile picnic tablecloth", "linen"),
    ("beach sea ocean lake pool water pond river", "water"),
    ("marble", "marble"),
    ("terrazzo", "terrazzo"),
    ("stone slate concrete rock cliff granite", "stone"),
    ("flatlay overhead", "flat-lay"),
    ("arch niche alcove", "arch"),
    ("podium pedestal stage", "podium"),
    ("plinth block cube", "plinths"),
    ("wooden wood oak walnut table", "desk"),
    ("sun sunny sunlight sunlit summer garden outdoor outdoors outside terrace balcony patio", "sunlight"),
    ("leaf leaves palm blinds", "sunlight"),
    ("corner colourful colorful bold pop", "corner"),
    ("gradient neon futuristic", "gradient"),
    ("wall hook", "wall"),
    ("studio white minimal clean plain seamless sweep", "sweep"),
)  # fmt: skip
# A word for a mood, and the looks that have it.
_MOODS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("dark black night moody dramatic", ("night", "nero", "slate", "ink", "graphite", "evening", "indigo", "plum")),
    ("evening sunset dusk dawn", ("evening", "dusk", "dawn", "terracotta", "clay")),
    ("white bright light airy clean minimal", ("white", "chalk", "carrara", "limestone", "overcast", "oak", "metro")),
    ("green", ("sage", "verde", "olive", "mint", "moss", "zellige", "lagoon")),
    ("pink rose", ("blush", "rosa", "rose", "coral", "dawn")),
    ("blue", ("lagoon", "cobalt", "sky", "indigo")),
    ("terracotta red brown warm rustic", ("terracotta", "walnut", "clay", "warm", "dune", "sand")),
)  # fmt: skip
_KINDS = {"flat-lay": "flat-lay", "flat": "flat-lay", "hanging": "wall"}
# By what a product is like.
_SUITS: tuple[tuple[str, str, str], ...] = (
    ("material", "textile", "linen"),
    ("material", "metal", "stone"),
    ("material", "glossy", "marble"),
    ("shape", "tall", "podium"),
    ("shape", "wide", "desk"),
)


class Suited(NamedTuple):
    """A set, one of its looks or None for its usual one, and what decided."""

    set: str
    look: str | None
    because: str


def by_words(words: str) -> Suited | None:
    """The set that a place in words asks for; None where it speaks of none of them.

    The first sentence is the place; what follows speaks of light and camera, and is asked where that says nothing.
    """
    first, _, rest = words.partition(".")
    return _among(_said(first)) or _among(_said(rest))


def by_kind(description: ProductDescription) -> Suited | None:
    """The set that a product needs that does not stand: it hangs on a wall, or lies and is looked down upon."""
    kind = description.kind
    if kind.confidence < _SURE or kind.word not in _KINDS:
        return None
    return Suited(_KINDS[kind.word], None, f"kind: {kind.word}")


def by_product(description: ProductDescription) -> Suited:
    """The set that suits a product, whatever somebody wished."""
    needed = by_kind(description)
    if needed is not None:
        return needed
    material = description.material
    said = {
        "material": (material.word,) if material.confidence >= _SURE else (),
        "shape": description.shape,
    }
    for what, word, chosen in _SUITS:
        if word in said[what]:
            return Suited(chosen, None, f"{what}: {word}")
    return Suited(USUAL, None, "nothing about it asks for more")


def _said(words: str) -> list[str]:
    return re.findall(r"[a-z]+", words.lower().replace("flat-lay", "flatlay").replace("flat lay", "flatlay"))


def _among(said: list[str]) -> Suited | None:
    known = {*said, *(word.removesuffix("s") for word in said)}
    for words, chosen in _WORDS:
        met = next((word for word in words.split() if word in known), None)
        if met is not None:
            return Suited(chosen, _look(chosen, known), f"the word {met}")
    return None


def _look(chosen: str, known: set[str]) -> str | None:
    """The look whose own name is said, or that has the mood that is."""
    looks = named(chosen).looks
    for look in looks:
        if look in known:
            return look
    for words, moods in _MOODS:
        if known & set(words.split()):
            return next((look for look in moods if look in looks), None)
    return None

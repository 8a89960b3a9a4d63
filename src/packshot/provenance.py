"""What a picture is, in the words of the press: from what was done to it, one code of IPTC's Digital Source Type.

    source says          | moved, scaled | light, edge, plain ground | gradient, set, picture below | generative step
    nothing              | nothing       | algorithmicallyEnhanced   | composite                     | edited with AI
    a photograph, a scan | the same      | algorithmicallyEnhanced   | composite                     | edited with AI
    drawn, computed      | the same      | the same                  | composite                     | edited with AI
    anything of AI       | the same      | the same                  | the same                      | the same or more

"Edited with AI" is `compositeWithTrainedAlgorithmicMedia`. A picture beneath that is of AI itself makes it
`compositeSynthetic`. What an AI made stays marked, whatever is done to it. docs/decisions/053 has the sources.
"""

from collections.abc import Collection
from typing import Any, Final, Literal, TypeAlias

VOCABULARY: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"

Code: TypeAlias = Literal[
    "digitalCapture",
    "computationalCapture",
    "negativeFilm",
    "positiveFilm",
    "print",
    "screenCapture",
    "humanEdits",
    "minorHumanEdits",
    "algorithmicallyEnhanced",
    "digitalCreation",
    "digitalArt",
    "softwareImage",
    "dataDrivenMedia",
    "algorithmicMedia",
    "virtualRecording",
    "composite",
    "compositeCapture",
    "compositeSynthetic",
    "compositeWithTrainedAlgorithmicMedia",
    "trainedAlgorithmicMedia",
]

MEANINGS: Final[dict[str, str]] = {
    "digitalCapture": "taken with a digital camera",
    "computationalCapture": "taken with a camera that merged several exposures",
    "negativeFilm": "scanned from a negative",
    "positiveFilm": "scanned from a slide",
    "print": "scanned from a print",
    "screenCapture": "captured from a screen",
    "humanEdits": "edited by people, without generative tools",
    "minorHumanEdits": "edited a little by people (retired: humanEdits)",
    "algorithmicallyEnhanced": "altered by algorithm, its main content unchanged",
    "digitalCreation": "made by people with digital tools",
    "digitalArt": "made by people with digital tools (retired: digitalCreation)",
    "softwareImage": "made by software (retired)",
    "dataDrivenMedia": "drawn from data",
    "algorithmicMedia": "made by an algorithm that was trained on nothing",
    "virtualRecording": "recorded from a virtual event",
    "composite": "put together from several elements",
    "compositeCapture": "put together from several photographs",
    "compositeSynthetic": "put together from several elements, at least one of generative AI",
    "compositeWithTrainedAlgorithmicMedia": "edited with generative AI",
    "trainedAlgorithmicMedia": "made with generative AI",
}

CAPTURES: Final = frozenset({"digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print"})
OF_AI: Final = frozenset({"compositeSynthetic", "compositeWithTrainedAlgorithmicMedia", "trainedAlgorithmicMedia"})
# An enhancement says less than these do, or is already in them.
_STAY: Final = frozenset(MEANINGS) - CAPTURES - {"screenCapture", "humanEdits", "minorHumanEdits"}

# Google Merchant Center wants this one code on everything of AI, whatever finer word there is.
DEMANDED: Final[dict[str, dict[str, str]]] = {"google-merchant": dict.fromkeys(OF_AI, "trainedAlgorithmicMedia")}

Ground: TypeAlias = Literal["none", "plain", "gradient", "set", "picture"]


def code_of(said: str) -> str:
    """The code in a URI of the vocabulary, spelt as IPTC spells it; "" where `said` is no such thing."""
    word = said.strip().rstrip("/").rpartition("/")[2].rpartition(":")[2].lower()
    return _SPELT.get(word, "")


_SPELT: Final = {code.lower(): code for code in MEANINGS}


def uri(code: str) -> str:
    return VOCABULARY + code


def digital_source_type(
    edits: Collection[str], ground: Ground = "none", source: str = "", *, beneath: str = "", profile: str = ""
) -> str:
    """The one code that XMP has room for, or "" where nothing is known.

    `edits` are the edit classes of the steps that ran, `ground` what was laid beneath the product, `source` the code of
    the file that came in, `beneath` that of the picture laid beneath; `profile` a marketplace with a wish of its own.
    """
    code = _code(set(edits), ground, source, beneath)
    return DEMANDED.get(profile, {}).get(code, code)


def _code(edits: set[str], ground: Ground, source: str, beneath: str) -> str:
    if source == "trainedAlgorithmicMedia" and ground != "picture":
        return source
    if edits & {"generative-background", "generative-product"}:
        return "compositeWithTrainedAlgorithmicMedia"
    if ground == "picture" and {source, beneath} & OF_AI:
        return "compositeSynthetic"
    if source in OF_AI:
        return source
    if ground == "picture":
        return "compositeCapture" if source in CAPTURES and beneath in CAPTURES else "composite"
    if ground in ("gradient", "set"):
        return "composite"
    if edits <= {"geometric"} or source in _STAY:
        return source
    return "algorithmicallyEnhanced"


# C2PA 2.4's names of actions. `c2pa.enhanced` is for what changes no editorial content; an action that may do so needs
# a digitalSourceType of its own.
_ACTIONS: Final = {
    "crop": "c2pa.cropped",
    "straighten": "c2pa.orientation",
    "place": "c2pa.resized",
    "upscale": "c2pa.resized.proportional",
    "tone": "c2pa.adjustedColor",
    "denoise": "c2pa.enhanced",
    "sharpen": "c2pa.enhanced",
    "shadow": "c2pa.drawing",
    "stand": "c2pa.placed",
    "blend-in": "c2pa.adjustedColor",
    "scene": "c2pa.drawing",
    "paint": "c2pa.drawing",
}
# A set of the virtual studio comes from formulas: nothing was trained.
_DRAWN: Final = {"scene": "algorithmicMedia", "paint": "algorithmicMedia"}
_BARE: Final = frozenset({"c2pa.enhanced", "c2pa.resized.proportional"})


def action_of(op: str, edit: str) -> dict[str, Any]:
    """One step as C2PA's actions assertion has it."""
    generative = edit.startswith("generative")
    name = "c2pa.edited" if generative else _ACTIONS.get(op, "c2pa.edited")
    action = {"action": name, "description": op}
    if name not in _BARE:
        code = "compositeWithTrainedAlgorithmicMedia" if generative else _DRAWN.get(op, "algorithmicallyEnhanced")
        action["digitalSourceType"] = uri(code)
    return action

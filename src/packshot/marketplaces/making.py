"""The recipe that meets a profile, from what the profile says of it."""

from collections.abc import Callable
from functools import partial
from typing import Any

from packshot.marketplaces.profile import Making, Profile, profiles
from packshot.recipe import Recipe


def recipe_for(profile: Profile) -> Recipe:
    """Cut out, evened, sharpened, placed and laid on the background as the profile wants it.

    Where the profile forbids interpolated pixels (`enlarge: 1`), what is too small stays small.
    """
    making = profile.recipe
    return Recipe.of(
        {
            "name": profile.name,
            "summary": f"As {profile.title} wants its main picture: {_in_words(making)}.",
            "steps": [
                "cutout",
                "tone",
                "denoise",
                {"upscale": {"until": making.until, "limit": float(making.enlarge)}},
                "sharpen",
                {"place": _place(making)},
                {"background": {"colour": making.background}},
            ],
            "output": _output(making),
        }
    )


def encoding_for(profile: Profile) -> Recipe:
    """The picture as it is, only written anew; for a file whose pixels are right."""
    steps: list[Any] = [] if profile.recipe.format != "jpeg" else [{"background": {"colour": _colour(profile.recipe)}}]
    return Recipe.of(
        {
            "name": profile.name,
            "summary": f"The picture as it is, written as {profile.title} wants its files.",
            "steps": steps,
            "output": _output(profile.recipe),
        }
    )


def recipes() -> dict[str, Callable[[], str]]:
    """How to write the text of each profile's recipe, by the profile's name."""
    return {name: partial(_text_of, name) for name in profiles()}


def _text_of(name: str) -> str:
    return recipe_for(Profile.named(name)).to_yaml()


def _place(making: Making) -> dict[str, Any]:
    place: dict[str, Any] = {"fill": making.fill, "enlarge": float(making.enlarge)}
    if making.canvas == "native":
        return place | {
            "canvas": "native",
            "aspect": making.aspect,
            "largest": making.largest,
            "smallest": making.smallest,
        }
    return place | {"canvas": list(making.canvas)}


def _output(making: Making) -> dict[str, Any]:
    return {"format": making.format, "quality": making.quality, "max_kilobytes": making.max_kilobytes}


def _colour(making: Making) -> str:
    return "#ffffff" if making.background == "transparent" else making.background


def _in_words(making: Making) -> str:
    ground = {"#ffffff": "on pure white", "transparent": "on nothing"}.get(making.background, f"on {making.background}")
    if making.canvas == "native":
        size = f"as large as photographed, up to {making.largest} pixels"
    else:
        size = f"{making.canvas[0]} x {making.canvas[1]} pixels"
    return f"{ground}, {size}, filled to {making.fill:.0%}"

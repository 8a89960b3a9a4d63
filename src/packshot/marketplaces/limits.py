"""What a rule may limit, as values that a profile writes down and that say themselves in words."""

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

Format: TypeAlias = Literal["jpeg", "png", "webp", "gif", "bmp", "tiff", "avif", "heic"]
ColourModel: TypeAlias = Literal["rgb", "grey", "cmyk", "other"]
ColourProfile: TypeAlias = Literal["srgb", "none", "other"]


class _Limit(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Range(_Limit):
    """A number between two ends, either of which may be open; both ends are allowed."""

    at_least: float | None = None
    at_most: float | None = None

    @model_validator(mode="after")
    def _has_an_end(self) -> "Range":
        if self.at_least is None and self.at_most is None:
            raise ValueError("give at_least, at_most or both")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(f"at_least {self.at_least:g} is more than at_most {self.at_most:g}")
        return self

    def holds(self, value: float) -> bool:
        return (self.at_least is None or value >= self.at_least) and (self.at_most is None or value <= self.at_most)

    def in_words(self, unit: str = "", times: float = 1) -> str:
        """`at least 500 px`; `times` turns a share into percent."""
        unit = f" {unit}" if unit else ""
        ends = (("at least", self.at_least), ("at most", self.at_most))
        shown = [f"{word} {_number(end * times)}{unit}" for word, end in ends if end is not None]
        if self.at_least is not None and self.at_least == self.at_most:
            return f"{_number(self.at_least * times)}{unit}"
        return " and ".join(shown)


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


class Aspects(_Limit):
    """Shapes that are allowed, as [width, height] each, within a relative tolerance."""

    ratios: Annotated[tuple[tuple[float, float], ...], Field(min_length=1)]
    tolerance: float = Field(default=0.01, ge=0, le=0.2, description="of width over height, relative")

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, value: Any) -> Any:
        if isinstance(value, dict) and isinstance(value.get("ratios"), list):
            pairs = (tuple(pair) if isinstance(pair, list) else pair for pair in value["ratios"])
            return {**value, "ratios": tuple(pairs)}
        return value

    def holds(self, size: tuple[int, int]) -> bool:
        shape = size[0] / size[1]
        return any(abs(shape / (wide / high) - 1) <= self.tolerance for wide, high in self.ratios)

    def in_words(self) -> str:
        return " or ".join(f"{wide:g}:{high:g}" for wide, high in self.ratios)


class Plain(_Limit):
    """A background of one colour, or (where allowed) none at all."""

    colour: str = Field(default="#ffffff", pattern=r"^#[0-9a-f]{6}$", description="'#rrggbb'")
    transparent: bool = Field(default=False, description="whether nothing at all is fine, too")
    tolerance: int = Field(default=0, ge=0, le=64, description="levels a channel may be off")
    share: float = Field(default=1.0, gt=0, le=1, description="of the background's pixels that must be so")

    @property
    def rgb(self) -> tuple[int, int, int]:
        return int(self.colour[1:3], 16), int(self.colour[3:5], 16), int(self.colour[5:7], 16)

    def in_words(self) -> str:
        near = f", {self.tolerance} levels either way" if self.tolerance else ""
        share = f", {self.share:.2%} of it" if self.share < 1 else ""
        return f"{','.join(map(str, self.rgb))}{near}{share}{' or transparent' if self.transparent else ''}"


class Colours(_Limit):
    """Colour models and profiles that are allowed. A file without a profile is taken for sRGB."""

    models: tuple[ColourModel, ...] = ("rgb",)
    profiles: tuple[ColourProfile, ...] = ("srgb", "none", "other")

    @model_validator(mode="before")
    @classmethod
    def _tuples(cls, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: tuple(part) if isinstance(part, list) else part for name, part in value.items()}
        return value

    def in_words(self) -> str:
        spelt = {"rgb": "RGB", "grey": "grey", "cmyk": "CMYK", "other": "any other"}
        models = " or ".join(spelt[model] for model in self.models)
        return models if "other" in self.profiles else f"{models} in sRGB"


def as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value

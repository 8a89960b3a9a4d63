"""What is known about weights before they are here: their card, and whether its licence allows them."""

import re
from functools import cache
from importlib.resources import files
from typing import Any, Literal, Self, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from packshot.errors import InputError, ModelRefused
from packshot.settings import Weights as WeightsSettings

Kind: TypeAlias = Literal["cutout", "upscaler", "detector", "orientation"]

_COMMERCIAL = re.compile(
    r"MIT(-0)?|Apache-2\.0|BSD-[23]-Clause|ISC|0BSD|Unlicense|CC0-1\.0|CC-BY(-SA)?-4\.0|MPL-2\.0|Zlib"
    r"|[AL]?GPL-[23]\.[01]-(only|or-later)"
)
_NOT_COMMERCIAL = re.compile(r"CC-BY-NC.*|.*[Nn]on-?[Cc]ommercial.*")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class WeightsFile(BaseModel):
    """One file of some weights. `role` is what it is to the layout; `sha256` is empty until somebody pins it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: str = "network"
    file: str
    url: str = ""
    sha256: str = Field(default="", pattern=r"^([0-9a-f]{64})?$")
    bytes: int = Field(default=0, ge=0)

    @field_validator("file")
    @classmethod
    def _plain(cls, value: str) -> str:
        if not _FILE.fullmatch(value):
            raise ValueError("a file's name is letters, digits, dots, dashes and underscores")
        return value


class WeightsCard(BaseModel):
    """Who made some weights, under which licence, which files they are, and how to talk to them.

    `commercial` is what the licence says of commercial use: yes, no, or None where nobody knows. `options` are the
    layout's own: size, normalisation, thresholds.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    kind: Kind
    layout: str
    version: str = "1"
    summary: str
    files: tuple[WeightsFile, ...] = Field(min_length=1)
    licence: str
    commercial: bool | None = None
    origin: str = ""
    licence_source: str = ""
    generative: bool = False
    changes_product: bool = False
    options: dict[str, Any] = Field(default_factory=dict)
    notes: str = ""

    @field_validator("name")
    @classmethod
    def _speakable(cls, value: str) -> str:
        if not _NAME.fullmatch(value):
            raise ValueError("a name is small letters, digits, dots, dashes and underscores")
        return value

    @classmethod
    def of(cls, value: Any) -> Self:
        """From plain data. Raises InputError naming the field."""
        try:
            return cls.model_validate(value)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the card"
            raise InputError(f"{place}: {first['msg']}", hint="docs/how-to/weights.md shows a whole card") from error

    @property
    def bytes(self) -> int:
        return sum(file.bytes for file in self.files)

    @property
    def digest(self) -> str:
        """`sha256:` of the only file, or of the files' digests one below the other; empty where one is not pinned."""
        from packshot.manifest import digest_of

        digests = [file.sha256 for file in self.files]
        if not all(digests):
            return ""
        return f"sha256:{digests[0]}" if len(digests) == 1 else digest_of("\n".join(digests).encode())

    def pinned(self, digests: dict[str, tuple[str, int]]) -> Self:
        """The same card with the (sha256, bytes) of files by their names."""
        pinned = [
            file.model_copy(update=dict(zip(("sha256", "bytes"), digests[file.file], strict=True)))
            if file.file in digests
            else file
            for file in self.files
        ]
        return self.model_copy(update={"files": tuple(pinned)})


def allows_commerce(licence: str) -> bool | None:
    """What an SPDX expression says of commercial use; None where it says nothing that we know."""
    words = [word for word in re.split(r"[\s()]+", licence) if word and word not in ("AND", "OR", "WITH")]
    if any(_NOT_COMMERCIAL.fullmatch(word) for word in words):
        return False
    return True if words and all(_COMMERCIAL.fullmatch(word) for word in words) else None


def check_licence(card: WeightsCard, settings: WeightsSettings) -> None:
    """Raises ModelRefused where the licence forbids commercial use or nobody knows, and no setting allows that."""
    said = allows_commerce(card.licence)
    allowed = False if said is False else card.commercial
    if allowed or settings.any_licence:
        return
    why = "forbids commercial use" if allowed is False else "does not say that commercial use is allowed"
    others = [
        each.name
        for each in shipped().values()
        if each.kind == card.kind and each.commercial and each.name != card.name
    ]
    instead = f"take {' or '.join(others[:3])}; or, " if others else ""
    raise ModelRefused(
        f"the licence of {card.name}, {card.licence}, {why}",
        hint=f"{instead}where you may use it, set PACKSHOT_WEIGHTS__ANY_LICENCE=true",
    )


@cache
def shipped() -> dict[str, WeightsCard]:
    """The cards that come with the package, by name."""
    text = files(__package__).joinpath("registry.yaml").read_text(encoding="utf-8")
    # Whoever opens a model reads this: libyaml takes a ninth of the time, where it is there.
    listed = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    return {name: WeightsCard.of({"name": name, **said}) for name, said in listed.items()}

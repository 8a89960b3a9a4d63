"""The receipt of a rendition: what went in, what was done with which parameters and models, what came out."""

import hashlib
import json
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA = "packshot-manifest/1"

Verdict = Literal["sure", "doubtful", "not-asked"]


def digest_of(data: bytes) -> str:
    """`sha256:` and 64 hex digits."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def canonical_json(value: Any) -> str:
    """One text for one value: keys sorted, no spaces, as RFC 8785 has it for the values we use."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StepRecord(_Entry):
    """One step as it ran: every parameter, the facts it noted, the models it opened, how long it took."""

    op: str
    parameters: dict[str, Any]
    edit: str
    facts: dict[str, Any] = Field(default_factory=dict)
    models: list[dict[str, Any]] = Field(default_factory=list)
    pixels: str = Field(default="", description="fingerprint of the picture it gave; says where a replay diverged")
    seconds: float = 0.0


class Source(_Entry):
    """The file that came in."""

    name: str
    digest: str
    bytes: int
    format: str
    size: tuple[int, int] = Field(description="upright width and height in the file, pixels")
    facts: dict[str, Any] = Field(default_factory=dict, description="what the decoder had to do")


class Output(_Entry):
    """The file that went out."""

    name: str
    digest: str
    bytes: int
    format: str
    size: tuple[int, int]
    facts: dict[str, Any] = Field(default_factory=dict, description="quality, number of encodes")


class Manifest(_Entry):
    """Everything needed to say what a rendition is, and to make it again."""

    schema_: str = Field(default=SCHEMA, alias="schema")
    packshot: str = Field(description="version that made it")
    source: Source
    recipe: dict[str, Any]
    recipe_digest: str
    seed: int
    hints: dict[str, Any] = Field(default_factory=dict)
    steps: list[StepRecord]
    confidence: float | None = Field(description="of the cutout, 0..1; null where nothing was cut out")
    reasons: list[str] = Field(default_factory=list)
    verdict: Verdict
    score: dict[str, Any] = Field(default_factory=dict, description="quality score, 0..100, with its measures")
    certificate: dict[str, Any] | None = Field(default=None, description="product pixels before and after")
    text: dict[str, Any] | None = Field(default=None, description="what the label says before and after")
    marketplace: dict[str, Any] | None = Field(
        default=None, description="how the finished file stands to the rules of the marketplace it was made for"
    )
    provenance: dict[str, Any] = Field(default_factory=dict, description="what the file itself says of its making")
    environment: dict[str, str] = Field(default_factory=dict, description="versions of the libraries that made it")
    output: Output
    seconds: float

    def as_json(self) -> str:
        return self.model_dump_json(by_alias=True, indent=2) + "\n"

"""What a deployment may decide about models that others run: keys, addresses, names, limits. Part of the settings."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

_ADDRESS: Final = re.compile(r"https?://[A-Za-z0-9.\-\[\]:]+(/[^\s?#@]*)?")


class Hosted(BaseModel):
    """How patient and how generous to be with every provider."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    budget: Decimal | None = Field(
        default=None, ge=0, description="most that the paid calls of a job may cost together"
    )
    prices: Path | None = Field(default=None, description="YAML with a price list of your own, before the shipped one")
    attempts: int = Field(default=4, ge=1, le=10, description="tries of one call, the first included")
    seconds: float = Field(default=240.0, gt=0, description="for one call with all its tries and waits")
    max_megabytes: float = Field(default=40.0, gt=0, description="of one answer, 1 MB = 1,000,000 bytes")
    max_answer_tokens: int = Field(default=4096, ge=64, description="most that a language model may write")
    failures: int = Field(default=5, ge=1, description="in a row, after which a provider is left alone for a while")
    rest_seconds: float = Field(default=30.0, gt=0, description="for which it is left alone")


class Provider(BaseModel):
    """What is asked of every provider alike."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: SecretStr | None = Field(default=None, description="the provider's API key")
    base_url: str | None = Field(default=None, description="address to ask instead of the provider's own")
    seconds: float = Field(default=120.0, gt=0, description="for one try")
    at_once: int = Field(default=4, ge=1, description="calls in flight, per process")
    per_minute: float = Field(default=60.0, gt=0, description="calls begun in a minute, per process")

    @field_validator("base_url")
    @classmethod
    def _plain(cls, value: str | None) -> str | None:
        if value is not None and not _ADDRESS.fullmatch(value):
            raise ValueError("an http or https address without a key, a password or a query in it")
        return None if value is None else value.rstrip("/")


class Gemini(Provider):
    """Google's Gemini API."""

    language: str = Field(default="gemini-3.5-flash-lite", description="model that reads, sees and finds")
    image: str = Field(default="gemini-3.1-flash-image", description="model that paints")


class OpenAi(Provider):
    """OpenAI's API, or one that speaks it."""

    language: str = Field(default="gpt-4.1-mini", description="model that reads and sees")
    image: str = Field(default="gpt-image-1", description="model that paints")
    quality: Literal["low", "medium", "high"] = Field(default="medium", description="of what it paints; sets the price")


class Groq(Provider):
    """Groq's API."""

    language: str = Field(default="openai/gpt-oss-120b", description="model that reads; it sees no pictures")


class HuggingFace(Provider):
    """Hugging Face Inference, or an endpoint of your own: a name of a model, or its whole address."""

    text_to_image: str = Field(default="black-forest-labs/FLUX.1-dev", description="model that paints from words")
    image_to_image: str = Field(
        default="black-forest-labs/FLUX.1-Kontext-dev", description="model that paints after a picture"
    )
    inpainting: str = Field(
        default="black-forest-labs/FLUX.1-Fill-dev", description="model that paints around what is kept"
    )

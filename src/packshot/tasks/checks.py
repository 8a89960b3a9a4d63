"""`image.check`: a picture against the rules of a marketplace, as a task."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from packshot.manifest import Manifest
from packshot.marketplaces import Profile
from packshot.services import Services
from packshot.tasks.check import check_bytes
from packshot.tasks.enhance import bytes_of, given_image
from packshot.tasks.pictures import rendition_of
from packshot.tasks.registry import Errand
from packshot.tasks.remembering import Remembering


class CheckImage(BaseModel):
    """Measure a picture against the rules of a marketplace."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    profile: str = Field(max_length=64, description="a marketplace by name, as amazon")
    image: str | None = Field(default=None, max_length=64, description="id of an image that was handed in before")
    rendition: str | None = Field(default=None, max_length=64, description="id of a finished picture")
    url: str | None = Field(default=None, max_length=4000, description="address of a picture")

    @model_validator(mode="after")
    def _one_picture(self) -> Self:
        if sum(each is not None for each in (self.image, self.rendition, self.url)) != 1:
            raise ValueError("one picture is wanted: give image, rendition or url")
        return self


class CheckedImage(BaseModel):
    """The measured values, limits, sources and ways out."""

    report: dict[str, Any]


def check_image(request: CheckImage, services: Services, memory: Remembering, errand: Errand) -> CheckedImage:
    """Raises UnknownName, NotFound, and what reading the picture raises."""
    profile = Profile.named(request.profile)
    receipt: Manifest | None = None
    if request.rendition is not None:
        rendition = rendition_of(memory.sessions, request.rendition, errand.tenant)
        receipt = Manifest.model_validate(rendition.manifest)
        data, name = memory.assets.get(rendition.asset), f"{rendition.id}.{receipt.output.format}"
    else:
        image = given_image(request.image, request.url, memory, errand.tenant)
        data, name = bytes_of(image, services, memory), image.name
    errand.tell(0.1, "measuring")
    report = check_bytes(data, Path(name), profile, services, receipt=receipt, today=datetime.now(UTC).date())
    return CheckedImage(report=report.as_data())

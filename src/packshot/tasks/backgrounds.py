"""`image.background`: another background behind the product of one photograph, as a job."""

from typing import Any, Self

from pydantic import Field, model_validator

from packshot.services import Services
from packshot.tasks.background import NewBackground, background
from packshot.tasks.enhance import EnhancedImage, bytes_of, enhanced, given_image
from packshot.tasks.registry import Errand
from packshot.tasks.remembering import Remembering

_STEPS = 9  # that are told for a usual picture; only the bar hangs on it


class ChangeBackground(NewBackground):
    """Put another background behind the product of one photograph."""

    image: str | None = Field(default=None, max_length=64, description="id of an image that was handed in before")
    url: str | None = Field(default=None, max_length=4000, description="address of a photograph, fetched once")

    @model_validator(mode="after")
    def _one_photograph(self) -> Self:
        if (self.image is None) == (self.url is None):
            raise ValueError("one photograph is wanted: give image or url")
        return self

    @property
    def wish(self) -> NewBackground:
        return NewBackground.model_validate(self.model_dump(exclude={"image", "url"}))


def change_background(
    request: ChangeBackground, services: Services, memory: Remembering, errand: Errand
) -> EnhancedImage:
    """Raises what reading the photograph and the models raise."""
    image = given_image(request.image, request.url, memory, errand.tenant)
    data = bytes_of(image, services, memory)
    told: list[Any] = []
    for result in background(data, request.wish, services, name=image.name):
        told.append(result)
        errand.tell(min(0.99, len(told) / _STEPS), result.step)
    return enhanced(told[-1].picture, image, services, memory, errand.tenant)

"""`place`: a product into scenes, as a job that somebody else does."""

from typing import Any

from pydantic import BaseModel

from packshot.services import Services
from packshot.tasks.placements import made_by
from packshot.tasks.registry import Errand
from packshot.tasks.remembering import Remembering
from packshot.workflows.asked import PlaceProduct


class PlacedProduct(BaseModel):
    """The pictures, what could not be done, and what a language model saw. Pictures and receipts are assets."""

    pictures: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    seen: dict[str, Any]


def place_product(request: PlaceProduct, services: Services, memory: Remembering, errand: Errand) -> PlacedProduct:
    """Raises the first failure where no picture came out."""
    return PlacedProduct.model_validate(made_by(errand.job, request, services, memory, errand.tell))

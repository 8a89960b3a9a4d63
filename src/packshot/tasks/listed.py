"""What is asked of a listing, and what comes of it."""

from typing import Any, Self

from pydantic import BaseModel, Field, model_validator

from packshot.tasks.enhance import Adjusted

MOST = 200  # photographs that are named one by one


class ListPhotographs(Adjusted):
    """Make all photographs of one product into the pictures of one listing, and ask a person where it is not sure."""

    sku: str | None = Field(
        default=None, max_length=191, description="every photograph that the catalogue has of it, as the shop calls it"
    )
    photographs: tuple[str, ...] = Field(
        default=(), max_length=MOST, description="ids of images that were handed in, or addresses, in their order"
    )

    @model_validator(mode="after")
    def _of_one_product(self) -> Self:
        if (self.sku is None) == (not self.photographs):
            raise ValueError("the photographs of one product are wanted: give sku or photographs")
        if any(len(each) > 4000 for each in self.photographs):
            raise ValueError("an address has at most 4000 characters")
        return self


class ListedPicture(BaseModel):
    """One that goes out."""

    image: str
    name: str
    image_type: str
    rendition: str
    asset: str = Field(description="digest of its bytes")
    format: str
    recipe: str
    recipe_digest: str
    score: float = Field(description="quality, 0..100")
    qc_status: str = Field(description="auto_approved, or approved by a person")
    stands_out: list[str] = Field(description="in what it differs from the others of the listing")


class DoubtedPicture(BaseModel):
    """One that a person is asked about. `version` goes with their verdict."""

    image: str
    version: int
    name: str
    rendition: str
    asset: str
    format: str
    score: float
    qc_status: str = Field(description="needs_review, or rework where it is being made again")
    doubts: list[str] = Field(description="why the picture itself is not sure; else its score is too low")


class RejectedPicture(BaseModel):
    """One that a person has kept out."""

    image: str
    name: str
    rendition: str
    reviewer: str
    reasons: list[str]
    notes: str


class FailedPhotograph(BaseModel):
    """One that there is no picture of, and why."""

    number: int = Field(description="its place among the photographs, from 1")
    image: str | None
    name: str
    error: dict[str, Any]


class Listing(BaseModel):
    """The pictures in their order, the main one first; and what is not among them. `asks` is empty at the end."""

    pictures: list[ListedPicture]
    because: str = Field(description="why the first is the main one")
    consistency: float | None = Field(description="how alike they are, 0..100; null for fewer than three")
    asks: list[DoubtedPicture]
    rejected: list[RejectedPicture]
    failures: list[FailedPhotograph]

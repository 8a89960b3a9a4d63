"""What calls cost, from a dated list of prices."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from packshot.errors import SettingsError


class Price(BaseModel):
    """Of one unit of one model. `confidence` is P (the provider's page), S (told by who read it), U (unconfirmed)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: str
    model: str
    unit: str  # "input tokens", "output tokens", "images", "seconds"
    price: Decimal  # of `per` units
    per: Decimal = Decimal(1)
    checked_on: date
    source: str
    confidence: Literal["P", "S", "U"]


class Prices(BaseModel):
    """A price list in one currency. Where a model stands there twice, the first one counts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str
    prices: tuple[Price, ...]

    @classmethod
    def opened(cls, own: Path | None = None) -> "Prices":
        """The shipped list, with a list of one's `own` before it. Raises SettingsError."""
        shipped = _shipped()
        if own is None:
            return shipped
        try:
            first = cls.model_validate(yaml.safe_load(own.read_text(encoding="utf-8")))
        except (OSError, yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
            what = error.errors()[0] if isinstance(error, ValidationError) else None
            told = f"{'.'.join(map(str, what['loc']))}: {what['msg']}" if what else type(error).__name__
            raise SettingsError(
                f"the price list {own} cannot be used: {told}", hint="write it as docs/how-to/hosted-models.md shows"
            ) from error
        others = shipped.prices if shipped.currency == first.currency else ()
        return cls(currency=first.currency, prices=(*first.prices, *others))

    def price(self, provider: str, model: str, units: Mapping[str, float]) -> Decimal | None:
        """Of so many units; None where nothing that the call is billed by has a price here."""
        known: dict[str, Decimal] = {}
        for each in self.prices:
            if (each.provider, each.model) == (provider, model):
                known.setdefault(each.unit, each.price / each.per)
        priced = [known[unit] * Decimal(str(count)) for unit, count in units.items() if unit in known]
        if units and not priced:
            return None
        return sum(priced, Decimal()).quantize(Decimal("0.00000001"))


@cache
def _shipped() -> Prices:
    text = files("packshot.models.hosted").joinpath("prices.yaml").read_text(encoding="utf-8")
    return Prices.model_validate(yaml.safe_load(text))

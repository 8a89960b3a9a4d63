"""What paid models have cost, summed up from the ledger."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, Literal, TypeAlias

from packshot.ports import PaidCall

By: TypeAlias = Literal["provider", "model", "job", "picture", "day"]

KEYS: Final[dict[str, Callable[[PaidCall], str]]] = {
    "provider": lambda call: call.provider,
    "model": lambda call: f"{call.provider} {call.model}",
    "job": lambda call: call.job or "no job",
    "picture": lambda call: call.picture or "no picture",
    "day": lambda call: call.at.date().isoformat(),
}


@dataclass
class Cost:
    """The calls that have one name, in one currency.

    `price` is of all of them; `uncertain` is the part of it whose calls are in flight, or were cut off so that nobody
    knows whether they were billed. `unpriced` are calls for which no price is known.
    """

    name: str
    currency: str
    calls: int = 0
    price: Decimal = Decimal()
    uncertain: Decimal = Decimal()
    unpriced: int = 0
    seconds: float = 0.0
    units: dict[str, float] = field(default_factory=dict)

    def add(self, call: PaidCall) -> None:
        self.calls += 1
        self.seconds += call.seconds
        self.unpriced += call.price is None
        self.price += call.price or 0
        self.uncertain += (call.price or 0) if not call.settled else 0
        for unit, count in call.units.items() if call.settled else ():
            self.units[unit] = self.units.get(unit, 0) + count

    def as_data(self) -> dict[str, Any]:
        """Plain JSON; sums of money as text, so that no cent is lost."""
        return {
            "name": self.name,
            "currency": self.currency,
            "calls": self.calls,
            "price": f"{self.price:f}",
            "uncertain": f"{self.uncertain:f}",
            "unpriced": self.unpriced,
            "seconds": round(self.seconds, 3),
            "units": self.units,
        }


def summed(calls: Iterable[PaidCall], by: By) -> list[Cost]:
    """One sum for each name and currency: the dearest first, days in their order."""
    found: dict[tuple[str, str], Cost] = {}
    for call in calls:
        key = KEYS[by](call), call.currency
        found.setdefault(key, Cost(*key)).add(call)
    if by == "day":
        return [found[key] for key in sorted(found)]
    return sorted(found.values(), key=lambda cost: (-cost.price, cost.name))

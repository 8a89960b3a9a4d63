"""What tests of plugins and of Packshot itself stand on: models that are given, not found, and a ledger in memory."""

import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any, Self

from packshot.errors import BudgetExceeded, UnknownName
from packshot.models.library import ByName
from packshot.ports import PaidCall


class GivenModels(ByName):
    """A `Models` that knows what it is given, by kind: one model for every name, or models by their names.

    GivenModels(cutout=MyCutout())              answers to any name
    GivenModels(painter={"a": one, "b": other}) answers to these two
    """

    def __init__(self, **given: Any) -> None:
        self._given = given

    def charged_to(self, **account: Any) -> Self:
        return self

    def _open(self, kind: str, name: str) -> Any:
        found = self._given.get(kind, {})
        if not isinstance(found, Mapping):
            return found
        if name not in found:
            raise UnknownName.of(kind, name, found)
        return found[name]


class MemoryLedger:
    """A `Ledger` that forgets everything with its process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names = count(1)
        self._entries: dict[str, tuple[PaidCall, bytes | None]] = {}

    def reserve(self, call: PaidCall, budget: Decimal | None) -> str:
        with self._lock:
            if budget is not None and call.price is not None:
                spent = self._sum(call.currency, job=call.job)
                if spent + call.price > budget:
                    raise BudgetExceeded.of(call.provider, call.price, spent, budget, call.currency)
            entry = str(next(self._names))
            self._entries[entry] = replace(call, settled=False), None
        return entry

    def settle(self, entry: str, call: PaidCall, answer: bytes | None) -> None:
        with self._lock:
            self._entries[entry] = replace(call, settled=True), answer

    def release(self, entry: str) -> None:
        with self._lock:
            del self._entries[entry]

    def answer(self, request: str) -> bytes | None:
        with self._lock:
            found = [a for call, a in self._entries.values() if call.request == request and a is not None]
        return found[-1] if found else None

    def spent(
        self, currency: str, *, job: str | None = None, picture: str | None = None, since: datetime | None = None
    ) -> Decimal:
        with self._lock:
            return self._sum(currency, job=job, picture=picture, since=since)

    def calls(self, *, job: str | None = None, since: datetime | None = None) -> Iterator[PaidCall]:
        with self._lock:
            return iter(self._matching(job=job, since=since))

    def _sum(self, currency: str, **wanted: Any) -> Decimal:
        prices = [call.price for call in self._matching(**wanted) if call.currency == currency]
        return sum((price for price in prices if price is not None), Decimal())

    def _matching(
        self, job: str | None = None, picture: str | None = None, since: datetime | None = None
    ) -> list[PaidCall]:
        calls = (call for call, _ in self._entries.values())
        found = [
            call
            for call in calls
            if job in (None, call.job) and picture in (None, call.picture) and (since is None or call.at >= since)
        ]
        return sorted(found, key=lambda call: call.at)

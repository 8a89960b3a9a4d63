"""Where paid calls are made: a stored answer if there is one, else reserved, asked, and settled before it is used."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

from packshot import telemetry
from packshot.errors import BudgetExceeded, ModelError
from packshot.manifest import canonical_json, digest_of
from packshot.models.hosted.failure import Failure
from packshot.models.hosted.line import Line
from packshot.models.hosted.prices import Prices
from packshot.ports import Account, Ledger, PaidCall, Toolbox
from packshot.providers import Provider

T = TypeVar("T")


@dataclass(frozen=True)
class Said:
    """An answer as it is kept, and what it was billed by."""

    data: bytes
    units: Mapping[str, float]


@dataclass(frozen=True)
class Request:
    """One call. `facts` are plain JSON and decide the answer; `most` is what it may be billed by at most."""

    model: str
    facts: Mapping[str, Any]
    most: Mapping[str, float]
    send: Callable[[], Said]


class Desk:
    """Asks one provider on somebody's account. All models of the provider share it."""

    def __init__(self, line: Line, prices: Prices, ledger: Callable[[], Ledger], address: str | None = None) -> None:
        self.line = line
        self._prices = prices
        self._ledger = ledger
        self._address = address

    def ask(self, request: Request, read: Callable[[bytes], T], account: Account) -> T:
        """What `read` makes of the answer. Raises BudgetExceeded before a call that would break the budget.

        `read` raises ModelError where the answer is nonsense: that was paid and is not kept. The same request is paid
        once: its answer is taken from the ledger, whoever asked for it.
        """
        digest = self._digest(request)
        kept = self._ledger().answer(digest)
        if kept is not None:
            try:
                return read(kept)
            except ModelError:
                pass  # kept by a version that read it otherwise
        with telemetry.span(f"ask {self.line.provider}", {"packshot.model": request.model}, kind="client"):
            return self.line.call(lambda: self._attempt(request, digest, read, account))

    def _attempt(self, request: Request, digest: str, read: Callable[[bytes], T], account: Account) -> T:
        line, prices = self.line, self._prices
        most = prices.price(line.provider, request.model, request.most)
        if most is None and account.budget is not None:
            raise BudgetExceeded(
                f"no price is known for {request.model} of {line.provider}, so no budget can be kept",
                hint="write it into a price list of your own and set PACKSHOT_HOSTED__PRICES",
            )
        call = PaidCall(
            provider=line.provider,
            model=request.model,
            request=digest,
            at=datetime.now(UTC),
            price=most,
            currency=prices.currency,
            units=request.most,
            job=account.job,
            picture=account.picture,
        )
        ledger = self._ledger()
        entry = ledger.reserve(call, account.budget)
        started = line.clock.now()

        def settle(units: Mapping[str, float], answer: bytes | None) -> None:
            paid = PaidCall(
                **{
                    **vars(call),
                    "units": dict(units),
                    "price": prices.price(line.provider, request.model, units),
                    "seconds": round(line.clock.now() - started, 3),
                    "settled": True,
                }
            )
            ledger.settle(entry, paid, answer)

        try:
            said = line.once(request.send)
        except Failure as failure:
            if not failure.billed:
                ledger.release(entry)
            elif failure.units is not None:
                settle(failure.units, None)
            raise  # else it stays as it is: nobody knows whether it was billed
        try:
            value = read(said.data)
        except ModelError:
            settle(said.units, None)
            raise
        settle(said.units, said.data)
        return value

    def _digest(self, request: Request) -> str:
        asked = [self.line.provider, self._address, request.model, json.loads(json.dumps(request.facts))]
        return digest_of(canonical_json(asked).encode())


def desk(provider: str, settings: Provider, toolbox: Toolbox, line: Line | None = None) -> Desk:
    """The desk of a provider, as the settings say."""
    hosted = toolbox.settings.hosted
    line = line or Line(provider, settings, hosted)
    return Desk(line, Prices.opened(hosted.prices), lambda: toolbox.ledger, settings.base_url)

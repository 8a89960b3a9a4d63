"""Prices, pace and budgets, without a server."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest

from doors import QuickClock
from packshot.errors import BudgetExceeded, ModelUnavailable, RateLimited, SettingsError
from packshot.models.hosted.desk import Desk, Request, Said
from packshot.models.hosted.line import Line
from packshot.models.hosted.pace import Breaker, Pace
from packshot.models.hosted.prices import Price, Prices
from packshot.ports import Account
from packshot.providers import Hosted, Provider
from packshot.testing import MemoryLedger


class StillClock(QuickClock):
    """Only sleeping makes time pass."""

    def now(self) -> float:
        return sum(self.slept)


def test_every_shipped_price_says_when_and_where_it_was_read() -> None:
    prices = Prices.opened()
    assert prices.currency == "USD"
    assert len(prices.prices) >= 15
    for each in prices.prices:
        assert each.price > 0
        assert each.source
        assert each.confidence in "PSU"


def test_every_model_that_is_set_by_default_has_a_price() -> None:
    from packshot.settings import Settings

    chosen, prices = Settings(), Prices.opened()
    named = [
        ("gemini", chosen.gemini.language, "output tokens"),
        ("gemini", chosen.gemini.image, "images"),
        ("openai", chosen.openai.language, "output tokens"),
        ("openai", chosen.openai.image, "output tokens"),
        ("groq", chosen.groq.language, "output tokens"),
        ("huggingface", chosen.huggingface.text_to_image, "images"),
        ("huggingface", chosen.huggingface.image_to_image, "images"),
        ("huggingface", chosen.huggingface.inpainting, "images"),
    ]
    for provider, model, unit in named:
        assert prices.price(provider, model, {unit: 1}) is not None, model


def test_a_price_is_the_sum_over_its_units() -> None:
    units = {"input tokens": 1_000_000, "output tokens": 500_000, "thoughts": 7}
    assert Prices.opened().price("openai", "gpt-4.1-mini", units) == Decimal("1.20")


def test_an_unknown_model_has_no_price() -> None:
    assert Prices.opened().price("openai", "gpt-99", {"input tokens": 1}) is None


def test_a_list_of_ones_own_comes_first(tmp_path: Path) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text(
        "currency: USD\nprices:\n  - {provider: openai, model: gpt-4.1-mini, unit: input tokens, price: 1, per: 1000,"
        " checked_on: 2026-11-01, source: our contract, confidence: P}\n"
    )
    assert Prices.opened(own).price("openai", "gpt-4.1-mini", {"input tokens": 1000}) == 1
    assert Prices.opened(own).price("groq", "openai/gpt-oss-120b", {"input tokens": 1}) is not None


@pytest.mark.parametrize("text", ["", "currency: USD", "- 1", "currency: USD\nprices: [{provider: x}]", "{"])
def test_a_price_list_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    own = tmp_path / "prices.yaml"
    own.write_text(text)
    with pytest.raises(SettingsError, match=r"the price list .* cannot be used"):
        Prices.opened(own)


def test_a_first_handful_may_go_at_once_and_then_the_pace_holds() -> None:
    clock = StillClock()
    pace = Pace("somebody", at_once=2, per_minute=60, clock=clock)
    begun = []
    for _ in range(5):
        with pace.turn(until=100):
            begun.append(clock.now())
    assert begun == [0, 0, 1, 2, 3]


def test_a_turn_that_would_come_too_late_is_refused_at_once() -> None:
    clock = StillClock()
    pace = Pace("somebody", at_once=1, per_minute=1, clock=clock)
    with pace.turn(until=10):
        pass
    with pytest.raises(RateLimited, match="our own limit"), pace.turn(until=10):
        pass
    assert clock.slept == []


def test_no_more_calls_are_in_flight_than_are_allowed() -> None:
    pace = Pace("somebody", at_once=3, per_minute=1e9, clock=StillClock())
    in_flight, most, lock = 0, 0, threading.Lock()
    gate = threading.Barrier(3)

    def call(_: int) -> None:
        nonlocal in_flight, most
        with pace.turn(until=1e6):
            with lock:
                in_flight += 1
                most = max(most, in_flight)
            with suppress(threading.BrokenBarrierError):
                gate.wait(0.2)
            with lock:
                in_flight -= 1

    with ThreadPoolExecutor(9) as pool:
        list(pool.map(call, range(9)))
    assert most == 3


def test_a_breaker_lets_one_try_after_the_rest_and_closes_when_it_works() -> None:
    clock = StillClock()
    breaker = Breaker("somebody", failures=2, rest=30, clock=clock)
    breaker.fails()
    breaker.check()
    breaker.fails()
    with pytest.raises(ModelUnavailable, match="2 times in a row and is left alone for another 30 s"):
        breaker.check()
    clock.sleep(31)
    breaker.check()
    with pytest.raises(ModelUnavailable):
        breaker.check()  # one is trying already
    breaker.works()
    breaker.check()


PRICES = Prices(
    currency="USD",
    prices=(
        Price.model_validate(
            {
                "provider": "somebody",
                "model": "m",
                "unit": "images",
                "price": "0.10",
                "checked_on": "2026-11-28",
                "source": "test",
                "confidence": "U",
            }
        ),
    ),
)


def desk_of(ledger: MemoryLedger) -> Desk:
    line = Line("somebody", Provider(at_once=8, per_minute=1e9), Hosted(), QuickClock())
    return Desk(line, PRICES, lambda: ledger)


def request(number: int, gate: threading.Barrier | None = None, price: float = 1) -> Request:
    def send() -> Said:
        if gate is not None:
            with suppress(threading.BrokenBarrierError):
                gate.wait(0.3)
        return Said(b"%d" % number, {"images": price})

    return Request("m", {"number": number}, {"images": 1}, send)


def test_calls_side_by_side_cannot_spend_more_than_the_budget() -> None:
    ledger, gate = MemoryLedger(), threading.Barrier(8)
    desk, account = desk_of(ledger), Account("job", "", Decimal("0.50"))
    refused = []

    def ask(number: int) -> None:
        try:
            desk.ask(request(number, gate), bytes, account)
        except BudgetExceeded:
            refused.append(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(20)))
    assert ledger.spent("USD", job="job") == Decimal("0.50")
    assert len(refused) == 15


def test_what_was_reserved_and_not_needed_can_be_spent() -> None:
    ledger = MemoryLedger()
    desk, account = desk_of(ledger), Account("job", "", Decimal("0.14"))
    desk.ask(request(1, price=0.4), bytes, account)
    desk.ask(request(2), bytes, account)
    assert ledger.spent("USD", job="job") == Decimal("0.14")


def test_where_no_price_is_known_a_budget_refuses_and_without_one_it_is_written_down() -> None:
    ledger = MemoryLedger()
    desk = desk_of(ledger)
    unknown = Request("unheard", {}, {"images": 1}, lambda: Said(b"x", {"images": 1}))
    with pytest.raises(BudgetExceeded, match="no price is known"):
        desk.ask(unknown, bytes, Account("job", "", Decimal(100)))
    assert desk.ask(unknown, bytes, Account("job")) == b"x"
    assert [call.price for call in ledger.calls()] == [None]


def test_what_another_job_has_paid_for_costs_nothing() -> None:
    ledger = MemoryLedger()
    desk = desk_of(ledger)
    desk.ask(request(1), bytes, Account("one"))
    assert desk.ask(request(1), bytes, Account("two", "", Decimal(0))) == b"1"

"""What every ledger must keep to: the one in memory that tests use, and those that last."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from databases import KINDS
from packshot.database.sessions import Sessions
from packshot.errors import BudgetExceeded
from packshot.ports import Ledger, PaidCall
from packshot.storage.ledger import SqlLedger
from packshot.testing import MemoryLedger

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
CALL = PaidCall("gemini", "some-model", "sha256:" + "0" * 64, NOON, Decimal("0.04"), units={"images": 1}, job="a")


@pytest.fixture(params=["memory", *KINDS])
def ledger(request: pytest.FixtureRequest, database_of: Callable[[str], Sessions]) -> Ledger:
    return MemoryLedger() if request.param == "memory" else SqlLedger(database_of(request.param))


def test_a_call_in_flight_counts_as_spent(ledger: Ledger) -> None:
    ledger.reserve(CALL, None)
    assert ledger.spent("USD", job="a") == Decimal("0.04")


def test_what_it_did_cost_takes_the_place_of_what_was_reserved(ledger: Ledger) -> None:
    entry = ledger.reserve(CALL, None)
    ledger.settle(entry, replace(CALL, price=Decimal("0.031"), seconds=2.5), b"answer")
    (call,) = ledger.calls(job="a")
    assert call == replace(CALL, price=Decimal("0.031"), seconds=2.5, settled=True)
    assert ledger.spent("USD", job="a") == Decimal("0.031")


def test_a_call_that_was_not_billed_leaves_no_trace(ledger: Ledger) -> None:
    ledger.release(ledger.reserve(CALL, None))
    assert ledger.spent("USD") == 0
    assert list(ledger.calls()) == []


def test_the_call_that_would_break_the_budget_is_refused_before_it_is_made(ledger: Ledger) -> None:
    ledger.reserve(CALL, Decimal("0.10"))
    ledger.reserve(CALL, Decimal("0.10"))
    with pytest.raises(BudgetExceeded, match=r"may cost 0\.04 USD, and of the budget of 0\.1 only 0\.02 is left"):
        ledger.reserve(CALL, Decimal("0.10"))
    assert len(list(ledger.calls())) == 2


def test_a_budget_may_be_spent_to_the_last_cent(ledger: Ledger) -> None:
    ledger.reserve(CALL, Decimal("0.08"))
    ledger.reserve(CALL, Decimal("0.08"))
    assert ledger.spent("USD", job="a") == Decimal("0.08")


def test_a_budget_is_that_of_one_job(ledger: Ledger) -> None:
    ledger.reserve(replace(CALL, job="another"), None)
    ledger.reserve(CALL, Decimal("0.05"))
    assert ledger.spent("USD") == Decimal("0.08")
    assert ledger.spent("USD", job="a") == Decimal("0.04")


def test_calls_side_by_side_cannot_overdraw(ledger: Ledger) -> None:
    def reserve(_: int) -> None:
        with suppress(BudgetExceeded):
            ledger.reserve(CALL, Decimal("0.20"))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(reserve, range(40)))
    assert ledger.spent("USD", job="a") == Decimal("0.20")


def test_an_answer_is_found_by_the_digest_of_its_request(ledger: Ledger) -> None:
    assert ledger.answer(CALL.request) is None
    ledger.settle(ledger.reserve(CALL, None), CALL, b"\x89PNG")
    assert ledger.answer(CALL.request) == b"\x89PNG"
    assert ledger.answer("sha256:" + "1" * 64) is None


def test_a_call_that_was_paid_and_not_answered_leaves_the_earlier_answer(ledger: Ledger) -> None:
    ledger.settle(ledger.reserve(CALL, None), CALL, b"good")
    ledger.settle(ledger.reserve(CALL, None), CALL, None)
    assert ledger.answer(CALL.request) == b"good"
    assert ledger.spent("USD") == Decimal("0.08")


def test_calls_come_in_their_order_and_can_be_asked_for_since_a_time(ledger: Ledger) -> None:
    for minutes in (30, 0, 60):
        ledger.reserve(replace(CALL, at=NOON + timedelta(minutes=minutes), picture=f"p{minutes}"), None)
    assert [call.picture for call in ledger.calls()] == ["p0", "p30", "p60"]
    assert [call.picture for call in ledger.calls(since=NOON + timedelta(minutes=30))] == ["p30", "p60"]
    assert ledger.spent("USD", since=NOON + timedelta(minutes=60)) == Decimal("0.04")
    assert ledger.spent("USD", picture="p0") == Decimal("0.04")


def test_sums_of_one_currency_do_not_mix_with_another(ledger: Ledger) -> None:
    ledger.reserve(CALL, None)
    ledger.reserve(replace(CALL, currency="EUR"), None)
    assert ledger.spent("EUR") == Decimal("0.04")


def test_an_unknown_price_is_written_down_and_counts_as_nothing(ledger: Ledger) -> None:
    ledger.reserve(replace(CALL, price=None), None)
    assert ledger.spent("USD") == 0
    assert [call.price for call in ledger.calls()] == [None]

"""What the ledger in a database keeps to beyond what every ledger does."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from packshot.database.sessions import Sessions
from packshot.ports import PaidCall
from packshot.storage import ledger as module
from packshot.storage.ledger import SqlLedger

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
CALL = PaidCall("openai", "some-model", "sha256:" + "0" * 64, NOON, Decimal("0.04"), units={"images": 1}, job="a")


def test_one_tenant_neither_sees_nor_is_charged_for_what_another_pays(sessions: Sessions) -> None:
    one, other = SqlLedger(sessions, "one"), SqlLedger(sessions, "other")
    one.settle(one.reserve(CALL, None), CALL, b"answer")
    assert other.spent("USD") == 0
    assert other.answer(CALL.request) is None
    assert list(other.calls()) == []
    other.reserve(CALL, Decimal("0.04"))


def test_an_answer_of_several_megabytes_comes_back_whole(sessions: Sessions) -> None:
    ledger = SqlLedger(sessions)
    picture = bytes(range(256)) * 24_000
    ledger.settle(ledger.reserve(CALL, None), CALL, picture)
    assert ledger.answer(CALL.request) == picture


def test_what_was_paid_is_written_down_though_it_had_been_struck_out(sessions: Sessions) -> None:
    ledger = SqlLedger(sessions)
    entry = ledger.reserve(CALL, None)
    ledger.release(entry)
    ledger.settle(entry, CALL, b"answer")
    assert ledger.spent("USD", job="a") == Decimal("0.04")


def test_more_calls_than_are_read_at_once_come_all_and_in_order(sessions: Sessions) -> None:
    ledger = SqlLedger(sessions)
    total = module.PAGE + 3
    for number in range(total):
        ledger.reserve(replace(CALL, at=NOON + timedelta(seconds=number // 2), picture=str(number)), None)
    assert [call.picture for call in ledger.calls()] == [str(number) for number in range(total)]

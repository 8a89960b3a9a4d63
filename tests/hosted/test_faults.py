"""Whatever a provider does: the answer, or an error of ours within the limits, and a ledger that tells the truth."""

import logging
import time
from collections.abc import Iterator
from decimal import Decimal

import pytest
from drawn import png
from server import Reply, Server

from doors import DOORS, Door, opened
from packshot.errors import (
    BudgetExceeded,
    ModelError,
    ModelRefused,
    ModelTimedOut,
    ModelUnavailable,
    PackshotError,
    RateLimited,
)
from packshot.ports import Account, PaidCall
from packshot.testing import MemoryLedger


@pytest.fixture(params=DOORS, ids=str)
def door(request: pytest.FixtureRequest) -> Door:
    found: Door = request.param
    return found


PER_PROVIDER = [
    next(door for door in DOORS if door.provider == name) for name in dict.fromkeys(d.provider for d in DOORS)
]

# What goes wrong below the client library is the same for all models of a provider.
per_provider = pytest.mark.parametrize("door", PER_PROVIDER, ids=str, indirect=True)


@pytest.fixture
def server(door: Door) -> Iterator[Server]:
    with Server(door.dialect) as running:
        yield running


HTML = Reply(b"<html><body>Log in to the wireless network</body></html>", headers={"content-type": "text/html"})


def test_a_sound_answer_is_paid_once_and_kept(door: Door, server: Server) -> None:
    found = opened(door, server.address)
    first, second = door.ask(found.model), door.ask(found.model)
    assert len(server.asked) == 1
    (call,) = found.ledger.calls()
    assert call.settled
    assert (call.provider, call.job, call.picture) == (door.provider, "job", "photo")
    assert call.price is not None
    assert call.price > 0
    if door.paints:
        assert first.size == second.size
        assert (first.rgb == second.rgb).all()
    elif door.name != "gemini-cutout":
        assert first == second


@per_provider
def test_another_process_with_the_same_ledger_does_not_pay_again(door: Door, server: Server) -> None:
    before = opened(door, server.address)
    door.ask(before.model)
    door.ask(opened(door, server.address, before.ledger).model)
    assert len(server.asked) == 1
    assert len(list(before.ledger.calls())) == 1


def test_a_429_that_says_how_long_is_waited_for(door: Door, server: Server) -> None:
    server.replies(door.busy(7.0))
    found = opened(door, server.address)
    door.ask(found.model)
    assert found.clock.slept == [7.125]  # and a quarter of a second by chance, of which there is half
    assert [call.settled for call in found.ledger.calls()] == [True]


def test_a_429_that_says_nothing_is_tried_again_after_longer_and_longer(door: Door, server: Server) -> None:
    server.replies(door.busy(None), door.busy(None))
    found = opened(door, server.address)
    door.ask(found.model)
    assert found.clock.slept == [0.75, 1.5]


@per_provider
def test_a_429_for_ever_ends_after_the_last_try(door: Door, server: Server) -> None:
    server.always(door.busy(None))
    found = opened(door, server.address)
    with pytest.raises(RateLimited):
        door.ask(found.model)
    assert len(server.asked) == 3
    assert list(found.ledger.calls()) == []


@per_provider
def test_a_wait_that_is_longer_than_the_limit_is_not_begun(door: Door, server: Server) -> None:
    server.always(door.busy(3600.0))
    found = opened(door, server.address)
    with pytest.raises(RateLimited) as told:
        door.ask(found.model)
    assert told.value.retry_after == 3600
    assert found.clock.slept == []
    assert len(server.asked) == 1


@per_provider
@pytest.mark.parametrize("status", [500, 502, 503, 529])
def test_an_outage_that_passes_is_recovered_from(door: Door, server: Server, status: int) -> None:
    server.replies(Reply.of({"error": {"message": "internal"}}, status))
    found = opened(door, server.address)
    door.ask(found.model)
    assert len(server.asked) == 2
    assert [call.settled for call in found.ledger.calls()] == [True]


@per_provider
def test_an_outage_that_stays_is_told(door: Door, server: Server) -> None:
    server.always(Reply.of({"error": {"message": "internal"}}, 500))
    found = opened(door, server.address)
    with pytest.raises(ModelUnavailable, match="out of order"):
        door.ask(found.model)
    assert len(server.asked) == 3
    assert list(found.ledger.calls()) == []


@per_provider
def test_one_that_hangs_is_given_up_in_time_and_asked_again(door: Door, server: Server) -> None:
    server.replies(Reply(hangs=True))
    found = opened(door, server.address, own={"seconds": 1.5})
    door.ask(found.model)
    assert [call.settled for call in found.ledger.calls()] == [False, True]  # the first may have been billed


@per_provider
@pytest.mark.parametrize("reply", [Reply(hangs=True), Reply(drips=True)], ids=["silent", "dripping"])
def test_one_that_hangs_for_ever_is_told(door: Door, server: Server, reply: Reply) -> None:
    server.always(reply)
    found = opened(door, server.address, own={"seconds": 0.2}, attempts=2)
    started = time.monotonic()
    with pytest.raises(ModelTimedOut, match=r"did not answer in 0\.2 s"):
        door.ask(found.model)
    assert time.monotonic() - started < 10
    assert len(server.asked) == 2


@per_provider
def test_a_cut_connection_is_tried_again(door: Door, server: Server) -> None:
    server.replies(Reply(b'{"candidates": [', cut=True, headers={"content-type": "application/json"}))
    found = opened(door, server.address)
    door.ask(found.model)
    assert [call.settled for call in found.ledger.calls()] == [False, True]


@per_provider
def test_a_connection_that_is_always_cut_is_told(door: Door, server: Server) -> None:
    server.always(Reply(b"half of it", cut=True))
    found = opened(door, server.address)
    with pytest.raises(ModelUnavailable, match="connection was cut"):
        door.ask(found.model)
    assert len(server.asked) == 3


@per_provider
def test_nobody_there_is_told_and_costs_nothing(door: Door) -> None:
    found = opened(door, "http://127.0.0.1:9")
    with pytest.raises(ModelUnavailable, match="cannot be reached"):
        door.ask(found.model)
    assert list(found.ledger.calls()) == []


def test_a_refusal_is_told_and_not_asked_again(door: Door, server: Server) -> None:
    for number, refusal in enumerate(door.refusals, 1):
        server.replies(refusal)
        found = opened(door, server.address)
        with pytest.raises(ModelRefused):
            door.ask(found.model)
        assert len(server.asked) == number
        assert all(call.settled for call in found.ledger.calls())


@pytest.mark.parametrize(
    "reply",
    [
        HTML,
        Reply(b'{"candidates": [{"content": {"par', headers={"content-type": "application/json"}),
        Reply(b"", headers={"content-type": "application/json"}),
        Reply(b"[]", headers={"content-type": "application/json"}),
        Reply(b'{"unheard": "of"}', headers={"content-type": "application/json"}),
        Reply(b"\x89PNG\r\n\x1a\n but not really", headers={"content-type": "image/png"}),
    ],
    ids=["html", "truncated", "empty", "a-list", "other-names", "no-png"],
)
def test_nonsense_is_told_once(door: Door, server: Server, reply: Reply) -> None:
    server.always(reply)
    found = opened(door, server.address)
    with pytest.raises(ModelError):
        door.ask(found.model)
    assert len(server.asked) == 1
    assert found.ledger.answer(next(found.ledger.calls()).request) is None


@per_provider
def test_an_answer_without_end_is_given_up_at_the_limit(door: Door, server: Server) -> None:
    server.always(Reply(endless=True))
    found = opened(door, server.address)
    with pytest.raises(ModelError, match="more than 4 MB"):
        door.ask(found.model)
    assert len(server.asked) == 1


@per_provider
def test_a_small_answer_that_would_unfold_into_a_large_one_is_refused(door: Door, server: Server) -> None:
    server.always(Reply(b"\x1f\x8b\x08\x00", headers={"content-encoding": "gzip"}))
    with pytest.raises(ModelError):
        door.ask(opened(door, server.address).model)
    assert server.asked[0].headers["accept-encoding"] == "identity"


@per_provider
def test_a_key_does_not_travel_to_where_a_redirect_points(door: Door, server: Server) -> None:
    server.replies(Reply(status=307, headers={"location": f"{server.address}/elsewhere"}))
    with pytest.raises(ModelError):
        door.ask(opened(door, server.address).model)
    assert [asked.path for asked in server.asked if "elsewhere" in asked.path] == []


@pytest.mark.parametrize("size", [(30, 20), (1024, 300), (9000, 9000)], ids=["tiny", "other-shape", "a-bomb"])
def test_a_picture_of_the_wrong_size_is_refused(door: Door, server: Server, size: tuple[int, int]) -> None:
    if door.painted is None:
        pytest.skip("it paints nothing")
    server.always(door.painted(png(*size)))
    found = opened(door, server.address)
    with pytest.raises(ModelError, match="nonsense: a picture of"):
        door.ask(found.model)
    assert [call.settled for call in found.ledger.calls()] == [True]  # it was paid for, and is not kept
    assert found.ledger.answer(next(found.ledger.calls()).request) is None


def test_a_call_over_the_budget_is_not_made(door: Door, server: Server) -> None:
    found = opened(door, server.address, account=Account("job", "photo", Decimal("0.000001")))
    with pytest.raises(BudgetExceeded, match="may cost"):
        door.ask(found.model)
    assert server.asked == []
    assert list(found.ledger.calls()) == []


def test_what_a_call_did_cost_is_never_more_than_what_was_reserved(door: Door, server: Server) -> None:
    reserved: list[Decimal] = []

    class Watching(MemoryLedger):
        def reserve(self, call: PaidCall, budget: Decimal | None) -> str:
            reserved.append(call.price or Decimal())
            return super().reserve(call, budget)

    found = opened(door, server.address, Watching())
    door.ask(found.model)
    (call,) = found.ledger.calls()
    assert call.price is not None
    assert call.price <= reserved[0]


@per_provider
def test_a_wrong_key_is_told_without_showing_it(door: Door, server: Server) -> None:
    found = opened(door, server.address, key="wrong-key-7777")
    with pytest.raises(PackshotError) as told:
        door.ask(found.model)
    assert "7777" not in f"{told.value}{told.value.hint}"
    assert len(server.asked) == 1


def test_no_secret_shows_in_logs_errors_addresses_or_the_ledger(
    door: Door, server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.replies(Reply.of({"error": {"message": f"bad key {door.key} given"}}, 400))
    found = opened(door, server.address)
    with pytest.raises(ModelError) as told:
        door.ask(found.model)
    assert "bad key *** given" in str(told.value)
    door.ask(found.model)
    seen = caplog.text + repr(told.value.as_dict()) + repr(list(found.ledger.calls())) + repr(found.model)
    assert door.key not in seen
    assert all(door.key not in asked.path for asked in server.asked)
    cause: BaseException | None = told.value
    while cause is not None:
        assert door.key not in f"{cause} {cause!r}"
        cause = cause.__cause__


@per_provider
def test_a_provider_that_is_down_is_left_alone(door: Door, server: Server) -> None:
    server.always(Reply(status=500))
    found = opened(door, server.address, failures=3)
    for _ in range(2):
        with pytest.raises(ModelUnavailable):
            door.ask(found.model)
    assert len(server.asked) == 3

"""What paid models have cost, summed up."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from packshot.ports import PaidCall
from packshot.tasks.costs import summed

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
CALL = PaidCall(
    "gemini", "flash", "sha256:0", NOON, Decimal("0.03"), units={"images": 1}, seconds=2, job="a", settled=True
)
CALLS = [
    CALL,
    replace(CALL, price=Decimal("0.05"), settled=False),
    replace(CALL, provider="groq", price=Decimal("0.10"), at=NOON.replace(day=27), job="b"),
    replace(CALL, provider="groq", price=None),
    replace(CALL, currency="EUR"),
]


def test_the_dearest_provider_comes_first_and_currencies_do_not_mix() -> None:
    found = [(cost.name, cost.currency, cost.calls, cost.price) for cost in summed(CALLS, "provider")]
    assert found == [
        ("groq", "USD", 2, Decimal("0.10")),
        ("gemini", "USD", 2, Decimal("0.08")),
        ("gemini", "EUR", 1, Decimal("0.03")),
    ]


def test_what_nobody_knows_is_told_apart() -> None:
    groq, gemini, _ = summed(CALLS, "provider")
    assert groq.unpriced == 1
    assert gemini.uncertain == Decimal("0.05")
    assert gemini.units == {"images": 1}  # those of the call that was settled


def test_days_come_in_their_order_and_jobs_by_their_price() -> None:
    assert [cost.name for cost in summed(CALLS[:4], "day")] == ["2026-11-27", "2026-11-28"]
    assert [cost.name for cost in summed(CALLS[:4], "job")] == ["b", "a"]


def test_a_sum_as_data_loses_no_cent() -> None:
    data = summed([replace(CALL, price=Decimal("0.00000001"))] * 3, "model")[0].as_data()
    assert data["price"] == "0.00000003"
    assert data["name"] == "gemini flash"

"""How models come into being, and who pays for them."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest

from packshot import plugins
from packshot.models.library import ModelLibrary
from packshot.ports import NOBODY, Account, Toolbox
from packshot.settings import Settings
from packshot.testing import MemoryLedger


@dataclass(frozen=True)
class Paid:
    toolbox: Toolbox
    account: Account = NOBODY

    def charged_to(self, account: Account) -> "Paid":
        return replace(self, account=account)


class Plain:
    pass


@pytest.fixture
def offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "load", lambda group, name: {"paid": Paid, "plain": Plain}[name])


@pytest.mark.usefixtures("offered")
def test_a_model_that_asks_for_the_toolbox_is_given_it() -> None:
    toolbox = Toolbox(Settings(), MemoryLedger)
    painter: Any = ModelLibrary(toolbox).painter("paid")
    assert painter.toolbox is toolbox


@pytest.mark.usefixtures("offered")
def test_a_model_that_asks_for_nothing_is_opened_once_for_all_accounts() -> None:
    library = ModelLibrary()
    assert library.painter("plain") is library.charged_to(job="a").painter("plain")


@pytest.mark.usefixtures("offered")
def test_a_view_charges_its_own_account_and_keeps_what_was_said_before() -> None:
    library = ModelLibrary(Toolbox(Settings(), MemoryLedger)).charged_to(job="a", budget=Decimal(2))
    one: Any = library.charged_to(picture="p").painter("paid")
    assert one.account == Account("a", "p", Decimal(2))
    other: Any = library.painter("paid")
    assert other.account == Account("a", "", Decimal(2))

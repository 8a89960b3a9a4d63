"""The book of paid calls in a database, shared by every process that pays from it."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial

from sqlalchemy import ColumnElement, Select, and_, delete, func, or_, select
from sqlalchemy.orm import Session

from packshot.database.sessions import Sessions, hold, patiently
from packshot.database.tables import LedgerEntry, PaidAnswer
from packshot.errors import BudgetExceeded
from packshot.ports import PaidCall

PAGE = 500  # entries read at once


class SqlLedger:
    """A `Ledger` (ports.py) of one tenant: answers and sums of another are not seen."""

    def __init__(self, sessions: Sessions, tenant: str = "") -> None:
        self._sessions = sessions
        self._tenant = tenant

    def reserve(self, call: PaidCall, budget: Decimal | None) -> str:
        def reserved(session: Session) -> str:
            if budget is not None and call.price is not None:
                hold(session, f"budget {self._tenant} {call.job}"[:191])
                spent = self._sum(session, call.currency, [LedgerEntry.job == call.job])
                if spent + call.price > budget:
                    raise BudgetExceeded.of(call.provider, call.price, spent, budget, call.currency)
            entry = LedgerEntry(tenant=self._tenant)
            _fill(entry, call, settled=False)
            session.add(entry)
            session.flush()
            return entry.id

        return self._sessions.write(reserved)

    def settle(self, entry: str, call: PaidCall, answer: bytes | None) -> None:
        def settled(session: Session) -> None:
            found = session.get(LedgerEntry, entry)
            if found is None:  # struck out in between; what was paid is written down all the same
                found = LedgerEntry(id=entry, tenant=self._tenant)
                session.add(found)
            _fill(found, call, settled=True)
            session.flush()
            if answer is not None:
                session.execute(delete(PaidAnswer).where(PaidAnswer.entry_id == entry))
                session.add(PaidAnswer(entry_id=entry, answer=answer))

        patiently(lambda: self._sessions.write(settled))  # it was paid for

    def release(self, entry: str) -> None:
        self._sessions.write(lambda session: session.execute(delete(LedgerEntry).where(LedgerEntry.id == entry)))

    def answer(self, request: str) -> bytes | None:
        wanted = (
            select(PaidAnswer.answer)
            .join(LedgerEntry, LedgerEntry.id == PaidAnswer.entry_id)
            .where(LedgerEntry.tenant == self._tenant, LedgerEntry.request == request)
            .order_by(LedgerEntry.id.desc())
            .limit(1)
        )
        return self._sessions.read(lambda session: session.scalar(wanted))

    def spent(
        self, currency: str, *, job: str | None = None, picture: str | None = None, since: datetime | None = None
    ) -> Decimal:
        wanted = _matching(job, picture, since)
        return self._sessions.read(lambda session: self._sum(session, currency, wanted))

    def calls(self, *, job: str | None = None, since: datetime | None = None) -> Iterator[PaidCall]:
        wanted = [LedgerEntry.tenant == self._tenant, *_matching(job, None, since)]
        after: list[ColumnElement[bool]] = []
        while True:
            page = select(LedgerEntry).where(*wanted, *after).order_by(LedgerEntry.at, LedgerEntry.id).limit(PAGE)
            rows = self._sessions.read(partial(_all, page))
            yield from map(_call, rows)
            if len(rows) < PAGE:
                return
            last = rows[-1]
            after = [or_(LedgerEntry.at > last.at, and_(LedgerEntry.at == last.at, LedgerEntry.id > last.id))]

    def _sum(self, session: Session, currency: str, wanted: list[ColumnElement[bool]]) -> Decimal:
        mine = [LedgerEntry.tenant == self._tenant, LedgerEntry.currency == currency, *wanted]
        return session.scalar(select(func.sum(LedgerEntry.price)).where(*mine)) or Decimal()


def _all(page: Select[LedgerEntry], session: Session) -> Sequence[LedgerEntry]:
    return session.scalars(page).all()


def _matching(job: str | None, picture: str | None, since: datetime | None) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = []
    if job is not None:
        wanted.append(LedgerEntry.job == job)
    if picture is not None:
        wanted.append(LedgerEntry.picture == picture)
    if since is not None:
        wanted.append(LedgerEntry.at >= since)
    return wanted


def _fill(entry: LedgerEntry, call: PaidCall, *, settled: bool) -> None:
    for name in ("provider", "model", "request", "at", "price", "currency", "seconds", "job", "picture"):
        setattr(entry, name, getattr(call, name))
    entry.units = dict(call.units)
    entry.settled = settled


def _call(entry: LedgerEntry) -> PaidCall:
    return PaidCall(
        provider=entry.provider,
        model=entry.model,
        request=entry.request,
        at=entry.at,
        price=entry.price,
        currency=entry.currency,
        units=entry.units,
        seconds=entry.seconds,
        job=entry.job,
        picture=entry.picture,
        settled=entry.settled,
    )

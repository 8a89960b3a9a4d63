"""How long it takes to submit and to claim jobs, with few and with many waiting.

    python benchmarks/jobs.py [--url postgresql+psycopg://user:password@host/name] [--many 100000]

Few and many are two databases that are asked in turns, so that whatever else the machine does slows down both.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import Engine, create_engine, insert, make_url
from sqlalchemy.orm import Session

from packshot.database.base import new_id, now
from packshot.database.engine import open_engine
from packshot.database.migrate import upgrade
from packshot.database.sessions import Sessions
from packshot.database.tables import Job
from packshot.jobs.claims import Claims
from packshot.jobs.store import JobStore
from report import save


def fill(sessions: Sessions, count: int, tenant: str = "") -> None:
    """Waiting jobs, many to an INSERT."""
    for begin in range(0, count, 5000):
        rows = [
            {"id": new_id(), "tenant": tenant, "task": "t", "request": {}, "request_digest": "", "created_at": now()}
            for _ in range(begin, min(count, begin + 5000))
        ]

        def added(session: Session, rows: list[dict[str, object]] = rows) -> None:
            session.execute(insert(Job), rows)

        sessions.write(added)


def claim_milliseconds(all_claims: Sequence[Claims], rounds: int = 12, times: int = 10) -> list[float]:
    """The median of a claim of each, measured in turns; handed back at once so that the queue stays as it is."""
    took: list[list[float]] = [[] for _ in all_claims]
    for _ in range(rounds):
        for claims, mine in zip(all_claims, took, strict=True):
            for _ in range(times):
                started = time.perf_counter()
                claim = claims.claim("bench/1/1/1")
                mine.append(time.perf_counter() - started)
                if claim is not None:
                    claims.release(claim)
    return [1000 * statistics.median(mine) for mine in took]


@contextmanager
def empty(url: str | None) -> Iterator[Sessions]:
    """A database of its own, a file or on the server at `url`; gone afterwards."""
    with ExitStack() as stack:
        if url is None:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            engine = open_engine(make_url(f"sqlite+pysqlite:///{Path(folder)}/jobs.db"))
        else:
            server, name = create_engine(url, isolation_level="AUTOCOMMIT"), f"packshot_bench_{uuid4().hex[:12]}"
            stack.callback(server.dispose)
            with server.connect() as connection:
                connection.exec_driver_sql(f"CREATE DATABASE {name}")
            stack.callback(_dropped, server, name)
            engine = open_engine(make_url(url).set(database=name))
        stack.callback(engine.dispose)
        upgrade(engine)
        yield Sessions(engine)


def _dropped(server: Engine, name: str) -> None:
    with server.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="a database server; left out, SQLite files")
    parser.add_argument("--many", type=int, default=100_000)
    asked = parser.parse_args()
    with empty(asked.url) as few, empty(asked.url) as many:
        store = JobStore(few)
        started = time.perf_counter()
        for _ in range(100):
            store.submit("t", {})
        submitted = 100 / (time.perf_counter() - started)
        fill(many, asked.many)
        at_few, at_many = claim_milliseconds([Claims(few), Claims(many)])
        limited = Claims(many, running_limit=1)
        assert limited.claim("bench/1/1/1") is not None
        (at_limit,) = claim_milliseconds([limited], 3)
    kind = few.engine.dialect.name
    print(f"{kind}: submit {submitted:.0f} a second")
    print(f"claim at 100 {at_few:.2f} ms, at {asked.many} {at_many:.2f} ms, ratio {at_many / at_few:.2f}")
    print(f"claim where all wait for a tenant's limit {at_limit:.2f} ms")
    figures = {
        "submitted_a_second": submitted,
        "claim_ms": {"100": at_few, str(asked.many): at_many, "all wait for a limit": at_limit},
        "ratio": at_many / at_few,
    }
    save(f"jobs-{kind}", figures, whole=asked.many >= 100_000)


if __name__ == "__main__":
    main()

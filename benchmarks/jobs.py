"""How long it takes to submit and to claim jobs, with few and with many waiting.

python benchmarks/jobs.py [--url sqlite:///jobs.db] [--many 100000]
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

from sqlalchemy import insert, make_url
from sqlalchemy.orm import Session

from packshot.database.base import new_id, now
from packshot.database.engine import open_engine
from packshot.database.migrate import upgrade
from packshot.database.sessions import Sessions
from packshot.database.tables import Job
from packshot.jobs.claims import Claims
from packshot.jobs.store import JobStore


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


def claim_milliseconds(claims: Claims, times: int = 60) -> float:
    """The median of a claim, each handed back at once so that the queue stays as it is."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        claim = claims.claim("bench/1/1/1")
        took.append(time.perf_counter() - started)
        if claim is not None:
            claims.release(claim)
    return 1000 * statistics.median(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", help="an empty database; left out, a SQLite file")
    parser.add_argument("--many", type=int, default=100_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        engine = open_engine(make_url(asked.url or f"sqlite+pysqlite:///{Path(folder)}/jobs.db"))
        upgrade(engine)
        sessions = Sessions(engine)
        store, claims = JobStore(sessions), Claims(sessions)
        started = time.perf_counter()
        for _ in range(100):
            store.submit("t", {})
        print(f"{engine.dialect.name}: submit     {100 / (time.perf_counter() - started):8.0f} a second")
        few = claim_milliseconds(claims)
        fill(sessions, asked.many)
        many = claim_milliseconds(claims)
        print(f"claim at 100      {few:8.2f} ms")
        print(f"claim at {asked.many:<8} {many:8.2f} ms, ratio {many / few:.2f}")
        limited = Claims(sessions, running_limit=1)
        claim = limited.claim("bench/1/1/1")
        print(f"claim where all wait for a tenant's limit {claim_milliseconds(limited):8.2f} ms")
        assert claim is not None
        engine.dispose()


if __name__ == "__main__":
    main()

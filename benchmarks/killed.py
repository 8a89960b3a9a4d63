"""Nothing is lost: workers and the server are killed at random moments under load, and every job ends once.

    python benchmarks/killed.py [--rounds 50] [--url postgresql://user:password@host/name] [--jobs amqp://...]
    python benchmarks/killed.py --own-postgres

A round submits jobs, one of them paid: two paintings by a hosted model, whose provider is played on this machine.
Meanwhile it kills (SIGKILL) a worker, the whole server, with a broker a whole `packshot worker`, or with a PostgreSQL
of its own that, and starts what is gone again. Afterwards every job that was accepted must be done, its events must
say `done` once and number without a gap, the picture must be byte for byte the one of an undisturbed run, and nothing
may be paid for twice but what was in flight.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL, make_url

from packshot.database.engine import DRIVERS, open_engine
from packshot.database.sessions import Sessions
from paid import Provider
from report import save
from serving import Serving, bottle

VARIANTS = 2


@dataclass
class Tally:
    """What the rounds came to."""

    rounds: int = 0
    jobs: int = 0
    killed_workers: int = 0
    killed_servers: int = 0
    killed_machines: int = 0
    killed_databases: int = 0
    second_attempts: int = 0
    paid_calls: int = 0
    paid_twice: int = 0  # in flight when their worker was killed
    unsettled: int = 0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Scene:
    """Where the rounds happen: the service, its database, the provider, the photographs and what they become."""

    serving: Serving
    sessions: Sessions
    provider: Provider
    images: Sequence[str]
    expected: Sequence[str] = ()
    postgres: Any = None  # an OwnPostgres

    def submitted(self, turn: str, number: int) -> str:
        return self.serving.submit(self.images[number], f"{turn}/{number}")

    def paid(self, turn: str) -> str:
        asked = {"scene": place_of(turn), "painters": ["gemini"], "variants": VARIANTS, "longest": 300}
        return self.serving.submit_task("place", {"product": self.images[0], **asked}, f"{turn}/paid")


def place_of(turn: str) -> str:
    return f"a kitchen of the year {turn}"


def strike(scene: Scene, tally: Tally, dice: random.Random) -> None:
    """Kill something, and start again what does not start by itself."""
    serving = scene.serving
    more = [*(["machine"] if serving.machines else []), *(["database"] if scene.postgres else [])]
    victim = dice.choice(("worker", "server", *more))
    time.sleep(dice.uniform(0, 1.5))
    if victim == "database" and scene.postgres is not None:
        scene.postgres.stop()
        time.sleep(dice.uniform(0, 4))
        scene.postgres.start()
        tally.killed_databases += 1
    elif victim == "machine":
        serving.kill_machine(dice.randrange(len(serving.machines)))
        tally.killed_machines += 1
    elif victim == "server":
        serving.kill()
        serving.start()
        tally.killed_servers += 1
    else:
        until = time.monotonic() + 60
        while not (working := serving.workers()) and time.monotonic() < until:
            time.sleep(0.1)
        if not working:
            tally.faults.append("no worker came in the place of one that was killed")
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(dice.choice(working), signal.SIGKILL)
            tally.killed_workers += 1


def one_round(scene: Scene, turn: str, tally: Tally, dice: random.Random) -> None:
    serving = scene.serving
    at = dice.randrange(len(scene.images))
    paid = scene.paid(turn)
    jobs = []
    for number in range(len(scene.images)):
        jobs.append(scene.submitted(turn, number))
        if number == at:
            strike(scene, tally, dice)
    serving.wait_for([paid, *jobs])
    for number, job in enumerate([*jobs, paid]):
        state, events = serving.job(job), serving.events(job)
        tally.jobs += 1
        tally.second_attempts += state["attempts"] > 1
        ends = [event["event"] for event in events if event["event"] in ("done", "failed", "cancelled")]
        if state["status"] != "done" or ends != ["done"]:
            tally.faults.append(f"round {turn}, job {number}: {state['status']}, {ends}, {state['error']}")
        elif job != paid and state["result"]["asset"] != scene.expected[number]:
            tally.faults.append(f"round {turn}, job {number}: other bytes")
        elif job == paid and [each["by"] for each in state["result"]["pictures"]] != ["gemini"] * VARIANTS:
            tally.faults.append(f"round {turn}, the paid job: {state['result']}")
        if [event["id"] for event in events] != list(range(1, len(events) + 1)):
            tally.faults.append(f"round {turn}, job {number}: events {[event['id'] for event in events]}")
    if len({paid, *jobs}) != len(jobs) + 1:
        tally.faults.append(f"round {turn}: one job for two requests")
    count(scene, turn, paid, tally)


def count(scene: Scene, turn: str, job: str, tally: Tally) -> None:
    """What the paid job cost."""
    found = scene.provider.paid(scene.sessions, job, place_of(turn))
    tally.paid_calls += found.asked
    tally.paid_twice += found.twice
    tally.unsettled += found.unsettled
    if fault := found.fault(VARIANTS):
        tally.faults.append(f"round {turn}, the paid job: {fault}")
    if scene.serving.job(job)["attempts"] == 1 and found.unsettled + found.twice:
        tally.faults.append(f"round {turn}, the paid job was not disturbed: {found}")


def undisturbed(scene: Scene) -> list[str]:
    """What the photographs become."""
    jobs = [scene.submitted("calm", number) for number in range(len(scene.images))]
    scene.serving.wait_for(jobs)
    return [scene.serving.job(job)["result"]["asset"] for job in jobs]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=120, help="after which no other round is begun")
    parser.add_argument("--pictures", type=int, default=4, help="jobs of one round, besides the paid one")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--url", help="a database; left out, a SQLite file")
    parser.add_argument("--own-postgres", action="store_true", help="a PostgreSQL for this alone, which is killed too")
    parser.add_argument("--jobs", help="a broker, as amqp://...; left out, the server's own workers")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    from own_servers import own_postgres  # of the tests, which `paid` leads to

    dice, tally = random.Random(options.seed), Tally()
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="packshot-") as folder,
        Provider() as provider,
        own_postgres() if options.own_postgres else contextlib.nullcontext() as postgres,
    ):
        options.url = postgres.url if postgres else options.url
        url = make_url(options.url) if options.url else URL.create("sqlite", database=f"{folder}/packshot.db")
        sessions = Sessions(open_engine(url.set(drivername=DRIVERS[url.get_backend_name()])))
        settings = provider.settings
        with Serving(Path(folder), options.url, options.workers, options.jobs, **settings) as serving:
            images = [serving.hand_in(bottle(20 + 9 * number)) for number in range(options.pictures)]
            scene = Scene(serving, sessions, provider, images)
            scene = Scene(serving, sessions, provider, images, undisturbed(scene), postgres)
            for turn in range(options.rounds):
                if time.monotonic() - started > 60 * options.minutes:
                    break
                one_round(scene, f"{options.seed}.{turn}.", tally, dice)
                tally.rounds += 1
                print(f"\rround {turn + 1} of {options.rounds}, {len(tally.faults)} faults", end="", flush=True)
        sessions.close()
    print()
    for fault in tally.faults:
        print(fault)
    kind = "-".join(str(part).partition(":")[0] for part in (options.url or "sqlite", options.jobs) if part)
    kind += "-restarted" if options.own_postgres else ""
    seconds = round(time.monotonic() - started)
    print(
        f"{kind}: {tally.rounds} rounds, {tally.jobs} jobs; killed: {tally.killed_workers} workers, "
        f"{tally.killed_servers} servers, {tally.killed_machines} machines, {tally.killed_databases} databases; "
        f"{tally.second_attempts} jobs begun again; "
        f"{tally.paid_calls} paid calls, {tally.paid_twice} of them again, {tally.unsettled} entries unsettled; "
        f"{len(tally.faults)} faults, {seconds} s"
    )
    save(f"killed-{kind}", {**vars(tally), "seconds": seconds}, whole=tally.rounds >= 50)
    sys.exit(bool(tally.faults))


if __name__ == "__main__":
    main()

"""Nothing is lost: workers and the server are killed at random moments under load, and every job ends once.

    python benchmarks/killed.py [--rounds 50] [--url postgresql://user:password@host/name]

A round submits jobs and meanwhile kills (SIGKILL) a worker or the whole server, which is then started again. Afterwards
every job that was accepted must be done, its events must say `done` once and number without a gap, and the picture must
be byte for byte the one of an undisturbed run.
"""

import argparse
import contextlib
import os
import random
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from report import save
from serving import Serving, bottle


@dataclass
class Tally:
    """What the rounds came to."""

    jobs: int = 0
    killed_workers: int = 0
    killed_servers: int = 0
    second_attempts: int = 0
    faults: list[str] = field(default_factory=list)


def waited_for(serving: Serving, jobs: list[str], seconds: float = 900) -> None:
    """Until all are over. A worker that died with the server is known to be dead when the next one looks."""
    until = time.monotonic() + seconds
    for job in jobs:
        while serving.job(job)["status"] not in ("done", "failed", "cancelled"):
            if time.monotonic() > until:
                return
            time.sleep(0.1)


def one_round(
    serving: Serving, images: list[str], expected: list[str], turn: int, tally: Tally, dice: random.Random
) -> None:
    victim = dice.choice(("worker", "server"))
    at = dice.randrange(len(images))
    jobs = []
    for number, image in enumerate(images):
        jobs.append(serving.submit(image, f"{turn}/{number}"))
        if number == at:
            time.sleep(dice.uniform(0, 1.0))
            if victim == "worker":
                until = time.monotonic() + 20
                while not serving.workers() and time.monotonic() < until:
                    time.sleep(0.1)
                for pid in serving.workers()[:1]:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                        tally.killed_workers += 1
            else:
                serving.kill()
                serving.start()
                tally.killed_servers += 1
    waited_for(serving, jobs)
    for number, job in enumerate(jobs):
        state, events = serving.job(job), serving.events(job)
        tally.jobs += 1
        tally.second_attempts += state["attempts"] > 1
        ends = [event["event"] for event in events if event["event"] in ("done", "failed", "cancelled")]
        if state["status"] != "done" or ends != ["done"]:
            tally.faults.append(f"round {turn}, job {number}: {state['status']}, {ends}, {state['error']}")
        elif state["result"]["asset"] != expected[number]:
            tally.faults.append(f"round {turn}, job {number}: other bytes")
        if [event["id"] for event in events] != list(range(1, len(events) + 1)):
            tally.faults.append(f"round {turn}, job {number}: events {[event['id'] for event in events]}")
    if len(set(jobs)) != len(jobs):
        tally.faults.append(f"round {turn}: one job for two requests")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--pictures", type=int, default=4, help="jobs of one round")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--url", help="a database; left out, a SQLite file")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    dice, tally = random.Random(options.seed), Tally()
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory(prefix="packshot-") as folder,
        Serving(Path(folder), options.url, options.workers) as serving,
    ):
        images = [serving.hand_in(bottle(20 + 9 * number)) for number in range(options.pictures)]
        calm = [serving.submit(image, f"calm/{number}") for number, image in enumerate(images)]
        waited_for(serving, calm)
        expected = [serving.job(job)["result"]["asset"] for job in calm]
        for turn in range(options.rounds):
            one_round(serving, images, expected, turn, tally, dice)
            print(f"\rround {turn + 1} of {options.rounds}, {len(tally.faults)} faults", end="", flush=True)
    print()
    for fault in tally.faults:
        print(fault)
    kind = "sqlite" if options.url is None else options.url.partition(":")[0]
    print(
        f"{kind}: {options.rounds} rounds, {tally.jobs} jobs, {tally.killed_workers} workers and "
        f"{tally.killed_servers} servers killed, {tally.second_attempts} jobs begun again, {len(tally.faults)} faults, "
        f"{time.monotonic() - started:.0f} s"
    )
    save(f"killed-{kind}", {"rounds": options.rounds, **vars(tally)}, whole=options.rounds >= 50)
    sys.exit(bool(tally.faults))


if __name__ == "__main__":
    main()

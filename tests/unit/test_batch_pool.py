"""Workers that die, hang or are stopped, seen from the parent."""

import os
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from packshot.errors import SettingsError
from packshot.tasks.pool import Lost, Pool, WorkerBroken

Work = Callable[[str], str]


def obedient(note: Path, job: str) -> str:
    """Does what the job says. `note` collects who was asked for what."""
    with note.open("a") as file:
        file.write(f"{job} {os.getpid()}\n")
    if job == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if job == "die once" and note.read_text().count("die once") == 1:
        os.kill(os.getpid(), signal.SIGSEGV)
    if job == "hang":
        time.sleep(60)
    if job == "work":
        time.sleep(0.05)
    return job.upper()


def prepare(note: Path) -> tuple[str, Work]:
    return "hello", partial(obedient, note)


def prepare_badly() -> tuple[str, Work]:
    raise SettingsError("no", hint="yes")


def prepare_with_a_bug() -> tuple[str, Work]:
    raise ZeroDivisionError("a bug")


def prepare_and_die() -> tuple[str, Work]:
    os._exit(7)


def answers(jobs: list[str], tmp_path: Path, *, workers: int = 2, seconds: float = 30) -> list[str | Lost]:
    with Pool[str, str, str](partial(prepare, tmp_path / "note")) as pool:
        pool.grow(workers, seconds=seconds)
        found = dict(pool.run(jobs))
    return [found[number] for number in range(len(jobs))]


def test_every_job_is_answered_once_and_by_its_number(tmp_path: Path) -> None:
    assert answers(["a", "b", "c", "d", "e"], tmp_path) == ["A", "B", "C", "D", "E"]
    assert sorted(line.split()[0] for line in (tmp_path / "note").read_text().splitlines()) == list("abcde")


def test_a_job_that_kills_its_worker_twice_is_lost_and_the_rest_is_done(tmp_path: Path) -> None:
    found = answers(["a", "die", "b", "c"], tmp_path)
    assert found == ["A", Lost("died", "killed by SIGKILL"), "B", "C"]
    assert (tmp_path / "note").read_text().count("die") == 2


def test_a_job_whose_worker_died_by_accident_is_done_the_second_time(tmp_path: Path) -> None:
    assert answers(["die once", "a"], tmp_path) == ["DIE ONCE", "A"]


def test_a_job_that_hangs_is_given_up_and_the_rest_is_done(tmp_path: Path) -> None:
    assert answers(["hang", "a", "b"], tmp_path, workers=1, seconds=0.5) == [Lost("too-long", "0.5 s"), "A", "B"]


def test_after_stop_what_is_begun_is_finished_and_nothing_more_is_begun(tmp_path: Path) -> None:
    seen: list[str | Lost] = []
    with Pool[str, str, str](partial(prepare, tmp_path / "note"), stop=lambda: len(seen) >= 2) as pool:
        for _, answer in pool.run(["work"] * 50):
            seen.append(answer)
    assert seen == ["WORK"] * 2


def test_abandoning_does_not_wait_for_what_is_begun(tmp_path: Path) -> None:
    note = tmp_path / "note"
    started = time.monotonic()
    with Pool[str, str, str](partial(prepare, note), stop=note.exists, abandon=note.exists) as pool:
        assert list(pool.run(["hang", "a"])) == []
    assert time.monotonic() - started < 30


def test_the_greeting_tells_what_a_worker_found_before_any_job(tmp_path: Path) -> None:
    with Pool[str, str, str](partial(prepare, tmp_path / "note")) as pool:
        pool.grow(2)
        assert pool.greeting() == "hello"


def test_an_error_of_ours_while_preparing_reaches_the_caller_whole() -> None:
    with Pool[str, str, str](prepare_badly) as pool, pytest.raises(SettingsError) as caught:
        list(pool.run(["a"]))
    assert caught.value.hint == "yes"


def test_a_bug_while_preparing_is_told_in_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    with Pool[str, str, str](prepare_with_a_bug) as pool:
        pool.grow(2)
        with pytest.raises(WorkerBroken, match="a bug in Packshot: ZeroDivisionError: a bug"):
            pool.greeting()
    assert capfd.readouterr().err == ""


def test_a_worker_that_cannot_start_is_an_error_and_not_a_loop() -> None:
    with Pool[str, str, str](prepare_and_die) as pool, pytest.raises(WorkerBroken, match="exit code 7"):
        list(pool.run(["a"]))

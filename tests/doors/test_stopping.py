"""Ctrl-C, SIGTERM and kill: no half file, and the same command goes on."""

import json
import signal
import subprocess
import time
from pathlib import Path

import pytest
from shell import command, environment, finished, mug, packshot, photograph

RUN = ("run", "optimize", "in", "-o", "out", "--workers", "2", "--json")
COUNT = 16


def photographs(folder: Path) -> None:
    first = photograph(folder / "in/00.png", mug(size=(1200, 900))).read_bytes()
    for number in range(1, COUNT):
        (folder / f"in/{number:02}.png").write_bytes(first)


def interrupted(folder: Path, number: signal.Signals, times: int = 1) -> subprocess.CompletedProcess[str]:
    """The command, sent a signal once the first picture is finished."""
    process = subprocess.Popen(
        command(*RUN),
        cwd=folder,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 30
    while not list(folder.glob("out/*.jpg")) and time.monotonic() < deadline:
        time.sleep(0.02)
    for _ in range(times):
        process.send_signal(number)
        time.sleep(0.1)
    out, err = process.communicate(timeout=40)
    return subprocess.CompletedProcess(RUN, process.returncode, out, err)


def left_behind(out: Path) -> list[Path]:
    return list(out.rglob(".packshot*"))


@pytest.mark.parametrize(("number", "times"), [(signal.SIGINT, 1), (signal.SIGTERM, 1), (signal.SIGINT, 2)])
def test_a_stopped_batch_leaves_only_whole_files_and_goes_on(
    tmp_path: Path, number: signal.Signals, times: int
) -> None:
    photographs(tmp_path)
    done = interrupted(tmp_path, number, times)
    assert done.returncode == 130
    assert "give the same command again" in done.stderr
    assert "Traceback" not in done.stderr
    made = json.loads(done.stdout)["counts"]["done"]
    assert 1 <= made < COUNT
    assert left_behind(tmp_path / "out") == []
    again = packshot(*RUN, folder=tmp_path)
    assert again.code == 0
    assert again.json["counts"]["skipped"] >= made
    assert len(set(finished(tmp_path / "out").values())) == 1


def test_a_batch_that_was_killed_goes_on_and_its_workers_do_not_outlive_it(tmp_path: Path) -> None:
    photographs(tmp_path)
    assert interrupted(tmp_path, signal.SIGKILL).returncode == -signal.SIGKILL
    time.sleep(1.5)
    made = len(finished(tmp_path / "out"))
    time.sleep(0.5)
    assert len(finished(tmp_path / "out")) == made < COUNT
    again = packshot(*RUN, folder=tmp_path)
    assert again.code == 0
    assert again.json["counts"]["skipped"] >= 1


def test_a_picture_that_takes_too_long_or_kills_its_worker_is_given_up(tmp_path: Path) -> None:
    for name in ("a", "deadly", "slow", "z"):
        photograph(tmp_path / f"in/{name}.png", mug(size=(60, 50)))
    (tmp_path / "sitecustomize.py").write_text(TROUBLE)
    variables = {"PYTHONPATH": str(tmp_path), "PACKSHOT_LIMITS__MAX_SECONDS": "3"}
    said = packshot(*RUN, folder=tmp_path, **variables)
    assert said.code == 3
    assert "raise PACKSHOT_LIMITS__MAX_SECONDS" in said.err
    assert "the worker died on it twice (killed by SIGKILL)" in said.err
    assert set(finished(tmp_path / "out")) == {"a.jpg", "z.jpg"}
    assert left_behind(tmp_path / "out") == []


TROUBLE = """
import os
import signal
import time
import packshot.tasks.worker as worker

make = worker.process_image

def trouble(data, *others, name, **more):
    if name == "slow.png":
        time.sleep(60)
    if name == "deadly.png":
        os.kill(os.getpid(), signal.SIGKILL)
    return make(data, *others, name=name, **more)

worker.process_image = trouble
"""

"""Budgets and costs through the command line: real processes, a real database, a provider that is our own."""

import os
import signal
import subprocess
import sys
import time
from decimal import Decimal
from pathlib import Path

import cv2
import gemini_wire
import pytest
from drawn import photo
from server import Asked, Reply, Server

RECIPE = """
name: by-gemini
steps:
  - cutout: {model: gemini}
  - background: {colour: '#ffffff'}
output: {format: png}
"""
RUN = ("run", "by-gemini.yaml", "photos", "-o", "out")
MASK = [{"box_2d": [200, 300, 800, 700], "mask": [[200, 300], [200, 700], [800, 700], [800, 300]], "label": "disc"}]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "by-gemini.yaml").write_text(RECIPE)
    (tmp_path / "photos").mkdir()
    for number in range(3):
        pixels = photo(240 + 20 * number, 180).rgb[..., ::-1]
        assert cv2.imwrite(str(tmp_path / "photos" / f"disc-{number}.png"), pixels)
    return tmp_path


def packshot(*words: str) -> list[str]:
    return [sys.executable, "-m", "packshot", *words]


def environment(folder: Path, address: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PACKSHOT_", "MYSQL_"))}
    return kept | {
        "GEMINI_API_KEY": gemini_wire.KEY,
        "PACKSHOT_GEMINI__BASE_URL": address,
        "PACKSHOT_STATE": str(folder / "state"),
        "PACKSHOT_WORKERS": "1",
    }


def said(folder: Path, address: str, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        packshot(*words),
        cwd=folder,
        env=environment(folder, address),
        capture_output=True,
        text=True,
        timeout=200,
    )


def wordy(asked: Asked) -> Reply:
    """Bills 4000 tokens for each answer, so a cent; of the 4096 that may be at most."""
    body = gemini_wire.masks(MASK)(asked).body
    return Reply(body.replace(b'"candidatesTokenCount": 40', b'"candidatesTokenCount": 4000'))


def test_a_budget_stops_before_the_call_that_would_break_it_and_costs_tell(folder: Path) -> None:
    with Server(wordy) as server:
        done = said(folder, server.address, *RUN, "--budget", "0.025", "--json")
        costs = said(folder, server.address, "costs", "--by", "model", "--json")
        table = said(folder, server.address, "costs")
    assert done.returncode == 3, done.stdout + done.stderr
    assert done.stdout.count('"budget-exceeded"') == 1
    assert len(server.asked) == 2
    assert '"calls": 2' in costs.stdout, costs.stdout + costs.stderr
    assert "gemini gemini-3.5-flash-lite" in costs.stdout
    assert "gemini" in table.stdout
    everything = done.stdout + done.stderr + costs.stdout + table.stdout
    receipts = "".join(file.read_text() for file in (folder / "out").rglob("*.json"))
    database = b"".join(file.read_bytes() for file in (folder / "state").rglob("*") if file.is_file())
    assert gemini_wire.KEY not in everything + receipts
    assert gemini_wire.KEY.encode() not in database


def test_a_run_that_was_killed_goes_on_and_pays_for_nothing_twice(folder: Path) -> None:
    def slow_at_the_second(asked: Asked) -> Reply:
        return Reply(hangs=True) if len(server.asked) == 2 else gemini_wire.masks(MASK)(asked)

    with Server(slow_at_the_second) as server:
        words = packshot(*RUN)
        first = subprocess.Popen(
            words,
            cwd=folder,
            env=environment(folder, server.address),
            start_new_session=True,
            stdout=subprocess.DEVNULL,
        )
        for _ in range(1500):
            if len(server.asked) >= 2 or first.poll() is not None:
                break
            time.sleep(0.1)
        os.killpg(first.pid, signal.SIGKILL)
        first.wait(10)
        assert len(server.asked) == 2
        again = said(folder, server.address, *RUN, "--again")
        costs = said(folder, server.address, "costs", "--by", "picture", "--json")
    assert again.returncode in (0, 3), again.stdout + again.stderr
    assert len(list((folder / "out").glob("*.png"))) == 3
    # One answered, one cut off by the kill, then the two that were missing: the first was not asked for again.
    assert len(server.asked) == 4, costs.stdout
    assert Decimal(costs.stdout.split('"uncertain": "')[1].split('"')[0]) >= 0

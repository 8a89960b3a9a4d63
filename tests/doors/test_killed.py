"""Nothing is lost, or paid for twice, when workers and servers are killed: some rounds of the benchmark."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from databases import empty_database

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "killed.py"


@pytest.mark.parametrize(("kind", "seed"), [("sqlite", 1), ("postgresql", 4)])
def test_every_job_ends_once_whoever_is_killed(kind: str, seed: int, tmp_path: Path) -> None:
    with empty_database(kind, tmp_path) as url:
        command = [
            sys.executable,
            str(BENCHMARK),
            "--rounds",
            "3",
            "--pictures",
            "2",
            "--workers",
            "1",
            "--seed",
            str(seed),
        ]
        if kind != "sqlite":
            command += ["--url", url.render_as_string(hide_password=False).replace("+psycopg", "")]
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=400, check=False, env={**os.environ, "HOME": str(tmp_path)}
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 rounds, 9 jobs" in done.stdout
    assert " 0 faults" in done.stdout

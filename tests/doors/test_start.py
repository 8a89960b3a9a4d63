"""The command line is there at once: it imports nothing heavy before it must."""

import os
import resource
import subprocess
import sys

from shell import command, environment

HEAVY = {
    "cv2",
    "numpy",
    "PIL",
    "pydantic",
    "pydantic_core",
    "yaml",
    "rich",
    "simplejpeg",
    "pi_heif",
    "dotenv",
    "sqlalchemy",
    "alembic",
    "fastapi",
    "uvicorn",
}


def test_importing_the_command_line_imports_nothing_heavy() -> None:
    asked = "import sys, packshot.cli, packshot.cli.app; print(*{name.partition('.')[0] for name in sys.modules})"
    said = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True).stdout
    assert HEAVY.isdisjoint(said.split())


def test_help_takes_less_than_four_tenths_of_a_second_of_cpu() -> None:
    def cpu_of_children() -> float:
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        return used.ru_utime + used.ru_stime

    took = []
    for _ in range(3):
        before = cpu_of_children()
        subprocess.run(command("--help"), env=environment(), stdout=subprocess.DEVNULL, check=True)
        took.append(cpu_of_children() - before)
    assert min(took) < 0.4


def test_a_reader_that_has_had_enough_hears_no_complaint() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(command("recipes"), env=environment(), stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.stderr == b""

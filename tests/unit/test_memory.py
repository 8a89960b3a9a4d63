"""What a worker frees, it uses again."""

import ctypes
import platform
import subprocess
import sys

import pytest

from packshot.tasks.memory import keep_freed_memory

FAULTS = """
import resource, sys
import numpy as np
from packshot.tasks.memory import keep_freed_memory

def faults():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    np.ones(3_000_000, np.uint8)  # below 4 MB numpy asks for no huge pages: every page of 4 kB counts
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "keep":
    keep_freed_memory()
faults()
print(faults())
"""


def faults(how: str) -> int:
    """Pages that the system had to find for the second array of the same size."""
    done = subprocess.run([sys.executable, "-c", FAULTS, how], capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only the GNU C library can be told to keep memory")
def test_a_second_array_of_the_same_size_lies_where_the_first_one_lay() -> None:
    assert faults("give back") > 500
    assert faults("keep") < 50


def test_a_system_without_that_library_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere:
        def __init__(self, name: None) -> None:
            raise OSError("there is no such library")

    monkeypatch.setattr(ctypes, "CDLL", Elsewhere)
    keep_freed_memory()

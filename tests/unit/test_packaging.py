"""The locked requirements are whole, agree with each other and with pyproject.toml, and name no machine."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
OURS = ("core", "build", "bench", "extras", "dev")  # opencv4 and samples stand for themselves


def pins(lock: Path) -> dict[str, set[str]]:
    """The versions of every library; more than one where they differ by Python."""
    found: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([a-z0-9._-]+)==(\S+)", lock.read_text(encoding="utf-8"), re.MULTILINE):
        found.setdefault(name, set()).add(version)
    return found


def normal(requirement: str) -> str:
    """`Pi_Heif>=1.0` is `pi-heif`."""
    return re.sub(r"[-_.]+", "-", re.split(r"[^\w.-]", requirement, maxsplit=1)[0]).lower()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_host_and_no_place(lock: Path) -> None:
    assert not re.search(r"://|--(extra-)?index|--find-links|(?<![\w.])/\w+/", lock.read_text(encoding="utf-8"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_library_of_a_lock_has_its_hashes(lock: Path) -> None:
    entries = re.split(r"^(?=[a-z0-9])", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)


def test_the_locks_agree_so_that_one_environment_can_hold_them_all() -> None:
    dev = pins(ROOT / "requirements" / "dev.txt")
    for name in OURS:
        others = pins(ROOT / "requirements" / f"{name}.txt")
        assert {library: version for library, version in others.items() if dev.get(library, version) != version} == {}


def test_what_pyproject_asks_for_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    asked = {
        "core": project["project"]["dependencies"],
        "dev": project["project"]["optional-dependencies"]["dev"],
        "bench": project["project"]["optional-dependencies"]["bench"],
        "extras": [
            each for name in ("text", "provenance") for each in project["project"]["optional-dependencies"][name]
        ],
        "build": project["build-system"]["requires"],
    }
    for name, requirements in asked.items():
        assert {normal(each) for each in requirements} <= set(pins(ROOT / "requirements" / f"{name}.txt")), name


def test_users_get_no_tools() -> None:
    core = set(pins(ROOT / "requirements" / "core.txt"))
    assert core.isdisjoint({"pytest", "mypy", "ruff", "hatchling", "onnxruntime", "torch"})

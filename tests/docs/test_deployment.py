"""What one deploys with says what the code says."""

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml
from pages import DOCS, blocks
from sqlalchemy import text
from typer.main import get_command

from databases import empty_database
from packshot.cli.app import app
from packshot.database.engine import open_engine
from packshot.database.migrate import status, upgrade
from packshot.database.sessions import Sessions
from packshot.jobs.claims import Claims
from packshot.jobs.store import JobStore
from packshot.settings import ALIASES, leaves, resolve, variable

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
OURS = {name: each for name, each in COMPOSE["services"].items() if each.get("image") == "packshot"}


def test_every_setting_of_the_services_is_one() -> None:
    known = {*map(variable, leaves()), *ALIASES}
    assert {name for each in OURS.values() for name in each["environment"]} <= known


def test_what_compose_sets_where_nothing_is_said_can_be_resolved() -> None:
    passwords = {"POSTGRES_PASSWORD": "a", "RABBITMQ_PASSWORD": "b", "MINIO_PASSWORD": "c"}

    def filled(text: str) -> str:
        while "${" in text:
            text = re.sub(
                r"\$\{(\w+)(?::([-?])([^{}]*))?\}",
                lambda found: passwords.get(found[1], (found[3] or "") if found[2] == "-" else ""),
                text,
            )
        return text

    said = {name: filled(str(value)) for name, value in OURS["api"]["environment"].items()}
    settings = resolve(environment=said, folder=ROOT / "docs").settings
    assert settings.database.url is not None
    assert settings.database.url.get_secret_value() == "postgresql://packshot:a@postgres/packshot"
    assert settings.jobs.broker is not None
    assert settings.jobs.broker.get_secret_value() == "amqp://packshot:b@rabbitmq//"
    assert (settings.storage.url, settings.approve_above) == ("s3://packshot", 75.0)


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_of_the_services_exists_and_takes_its_options(name: str) -> None:
    program, *words = shlex.split(OURS[name]["command"])
    assert program == "packshot"
    found: Any = get_command(app)
    while words and words[0] in getattr(found, "commands", {}):
        found = found.commands[words.pop(0)]
    assert not hasattr(found, "commands"), f"{name} names no command"
    options = {option for parameter in found.params for option in parameter.opts}
    assert {word for word in words if word.startswith("--")} <= options


def test_what_a_service_waits_for_is_there() -> None:
    for each in COMPOSE["services"].values():
        assert set(each.get("depends_on", {})) <= set(COMPOSE["services"])
        volumes = [volume.partition(":")[0] for volume in each.get("volumes", [])]
        assert set(volumes) <= set(COMPOSE["volumes"])


def test_the_example_of_an_environment_names_what_compose_asks_for() -> None:
    asked = set(re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8")))
    given = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.MULTILINE))
    assert given <= asked
    assert asked - given <= {"PORT"}


def test_what_the_image_copies_is_there_and_not_ignored() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    copied = [word for line in re.findall(r"^COPY (?!--from)(.*) \S+$", text, re.MULTILINE) for word in line.split()]
    kept = [line[1:] for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] == "!"]
    assert copied
    for word in copied:
        assert (ROOT / word).exists()
        assert word.split("/")[0] in kept
    assert all("--require-hashes" in line or "--no-index" in line for line in re.findall(r"pip install.*", text))


SERVICE_KEYS = {"build", "command", "depends_on", "environment", "healthcheck", "image", "ports", "profiles", "restart"}
SERVICE_KEYS |= {"stop_grace_period", "volumes"}
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
SECONDS = re.compile(r"(\d+[smh])+")


@pytest.mark.parametrize("name", sorted(COMPOSE["services"]))
def test_a_service_is_written_as_the_compose_specification_has_it(name: str) -> None:
    each = COMPOSE["services"][name]
    assert each.keys() <= SERVICE_KEYS
    assert each["restart"] in ("no", "unless-stopped")
    assert isinstance(each.get("command", ""), str)
    assert all(isinstance(value, str | int | float | bool) for value in each.get("environment", {}).values())
    assert all(re.fullmatch(r"\$\{PORT:-8000\}:8000", port) for port in each.get("ports", []))
    for of, how in each.get("depends_on", {}).items():
        assert how.keys() <= {"condition", "required"}
        assert how["condition"] in CONDITIONS
        other = COMPOSE["services"][of]
        if how["condition"] == "service_healthy":
            assert "healthcheck" in other
        if how["condition"] == "service_completed_successfully":
            assert other["restart"] == "no"
        if set(other.get("profiles", [])) - set(each.get("profiles", [])):
            assert how.get("required") is False, f"{name} would never start without the profile of {of}"
    check = each.get("healthcheck", {})
    assert check.keys() <= {"test", "interval", "timeout", "retries", "start_period", "disable"}
    assert all(SECONDS.fullmatch(check[key]) for key in ("interval", "timeout") if key in check)
    assert "test" not in check or check["test"][0] in ("CMD", "CMD-SHELL")
    assert SECONDS.fullmatch(each.get("stop_grace_period", "1s"))


def test_no_service_waits_for_one_that_waits_for_it() -> None:
    waits = {name: set(each.get("depends_on", {})) for name, each in COMPOSE["services"].items()}
    TopologicalSorter(waits).prepare()


def test_every_image_but_ours_has_a_version() -> None:
    images = [each["image"] for name, each in COMPOSE["services"].items() if name not in OURS]
    images += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(images) == 9
    assert all(re.fullmatch(r"[\w./-]+:(RELEASE\.)?[\d.]+\d[\w.-]*", image) for image in images)


def test_what_the_image_runs_is_a_command_of_ours() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    (words,) = re.findall(r"^CMD (\[.*\])$", text, re.MULTILINE)
    program, *rest = json.loads(words)
    assert program == "packshot"
    found: Any = get_command(app)
    found.commands[rest[0]].make_context(rest[0], rest[1:])


KEDA = re.findall(r'type: (\w+)\n(?:.*\n)*?\s+query: "(.*)"', (DOCS / "how-to" / "scale-out.md").read_text("utf-8"))


@pytest.mark.parametrize(("kind", "trigger"), [("postgresql", "postgresql"), ("mariadb", "mysql")])
def test_what_keda_asks_is_the_number_of_jobs_that_are_due(
    kind: str, trigger: str, database_of: Callable[[str], Sessions]
) -> None:
    sessions, moment = database_of(kind), datetime.now(UTC)
    for hours in (-2, 0, 0, 1):
        JobStore(sessions, clock=lambda hours=hours: moment + timedelta(hours=hours)).submit("paint", {})  # type: ignore[misc]
    assert Claims(sessions).claim("host/1/1/1") is not None
    assert len(KEDA) == 2
    query = text(dict(KEDA)[trigger])
    assert sessions.read(lambda session: session.scalar(query)) == 2


@pytest.mark.parametrize("kind", ["sqlite", "postgresql", "mariadb"])
def test_a_backup_comes_back_as_the_page_says(kind: str, tmp_path: Path) -> None:
    program, away, back = {
        "sqlite": ("sqlite3", "sqlite3 ", "sqlite3 "),
        "postgresql": ("pg_dump", "pg_dump ", "pg_restore "),
        "mariadb": ("mariadb-dump", "mariadb-dump ", "mariadb "),
    }[kind]
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    lines = [
        line
        for block in blocks(DOCS / "how-to" / "backup-and-upgrade.md")
        for line in block.text.splitlines()
        if line.startswith((away, back))
    ]
    assert len(lines) == 2
    with empty_database(kind, tmp_path) as url:
        engine = open_engine(url)
        upgrade(engine)
        sessions = Sessions(engine)
        job = JobStore(sessions).submit("paint", {"colour": "gr\u00fcn"})

        def typed(line: str) -> None:
            sessions.close()
            here = {"DATABASE_URL": url.set(drivername="postgresql").render_as_string(hide_password=False)}
            who = {
                "host": url.host,
                "port": url.port,
                "user": url.username,
                "password": url.password,
                "protocol": "tcp",
            }
            told = "".join(f"{name}={value}\n" for name, value in who.items() if value is not None)
            (tmp_path / ".my.cnf").write_text(f"[client]\n{told}")
            line = line.replace("~/.local/share/packshot/packshot.db", str(url.database))
            line = line.replace("image_enhancer", str(url.database))
            done = subprocess.run(
                ["bash", "-euc", line],
                cwd=tmp_path,
                env=os.environ | here | {"HOME": str(tmp_path)},
                capture_output=True,
                text=True,
            )
            assert done.returncode == 0, done.stderr

        typed(lines[0])
        JobStore(sessions).cancel(job)
        JobStore(sessions).submit("paint", {})
        typed(lines[1])
        assert status(engine).is_current
        (state,) = JobStore(sessions).states("")
        assert (state.id, state.status, state.request) == (job, "waiting", {"colour": "gr\u00fcn"})
        sessions.close()


def test_compose_itself_takes_the_file() -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "compose", "version"], capture_output=True).returncode:
        pytest.skip("docker compose is not installed")
    passwords = {"POSTGRES_PASSWORD": "a", "RABBITMQ_PASSWORD": "b", "MINIO_PASSWORD": "c"}
    done = subprocess.run(
        [docker, "compose", "--profile", "*", "config", "--quiet"],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin:/usr/local/bin", **passwords},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr

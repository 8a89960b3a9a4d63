"""What one deploys with says what the code says."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from packshot.cli.app import app
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

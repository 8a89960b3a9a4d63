"""What the page for people from earlier systems tells them to type: all of it is typed here."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pages import DOCS, ROOT
from test_snippets import mug
from typer.main import get_command

from packshot.cli.app import app

PAGE = (DOCS / "how-to" / "coming-from.md").read_text(encoding="utf-8")
NOW = re.findall(r"^\| .* \| `([^`|]+)` \|$", PAGE, re.MULTILINE)
STAYS = {"serve", "worker", "consume"}  # until it is stopped: other tests start these
OURS = [shlex.split(said)[1:] for said in NOW if said.startswith("packshot ")]


def test_every_row_has_one_command_of_ours_or_of_a_tool_that_everybody_has() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert len(NOW) == len(rows) == 11
    assert {said.split()[0] for said in NOW} == {"packshot", "pip", "docker"}


def test_what_ends_by_itself_is_typed_in_turn_and_ends_well(tmp_path: Path) -> None:
    import cv2

    rows = [{"sku_id": "S1", "image_url": "https://example.com/1.jpg", "product_group_id": "G", "image_type": "side"}]
    (tmp_path / "images.json").write_text(json.dumps(rows))
    (tmp_path / "data" / "samples").mkdir(parents=True)
    assert cv2.imwrite(str(tmp_path / "data" / "samples" / "mug.jpg"), mug(large=False))
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PACKSHOT_", "MYSQL_"))}
    said = ""
    for words in (words for words in OURS if words[0] not in STAYS):
        done = subprocess.run(
            [sys.executable, "-m", "packshot", *words],
            cwd=tmp_path,
            env=kept | {"PACKSHOT_STATE": str(tmp_path / "state"), "PACKSHOT_WORKERS": "1"},
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{words}\n{done.stdout}\n{done.stderr}"
        said += done.stdout
    assert "3 rows: 3 new" in said
    assert "1 rows: 1 new" in said
    assert list((tmp_path / "data" / "runs_inference" / "1").glob("*.jpg"))


@pytest.mark.parametrize("words", [words for words in OURS if words[0] in STAYS], ids=" ".join)
def test_what_goes_on_takes_the_options_that_are_given(words: list[str]) -> None:
    found: Any = get_command(app)
    found.commands[words[0]].make_context(words[0], words[1:])


def test_the_extras_that_are_to_be_installed_are_there() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    (asked,) = (said for said in NOW if said.startswith("pip "))
    for extra in re.findall(r"\[([\w,]+)\]", asked)[0].split(","):
        assert re.search(rf"^{extra} = \[", text, re.MULTILINE)

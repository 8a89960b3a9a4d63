"""`packshot review` and `catalog export` as one types them."""

import subprocess
import zipfile
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from shell import command, environment, packshot
from sqlalchemy import URL

from packshot.catalog.importing import import_rows
from packshot.catalog.queries import skus_with_images
from packshot.catalog.results import Result, keep_result
from packshot.catalog.rows import Row
from packshot.database.migrate import open_sessions
from packshot.recipe import Recipe
from packshot.storage.assets import FolderAssets

PICTURE = b"\xff\xd8 a picture"


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder whose state has two pictures that wait, the dearer one first, and one that is fine."""
    state = tmp_path / "state"
    asset = FolderAssets(state / "assets").put(PICTURE)
    manifest = {"recipe": Recipe.named("auto").as_data(), "output": {"format": "jpeg"}}
    sessions = open_sessions(URL.create("sqlite+pysqlite", database=str(state / "packshot.db")))
    rows = [
        Row(n, sku, f"https://a.example/{sku}.jpg", "G", value=n) for n, sku in enumerate(["MUG", "LAMP", "FINE"], 1)
    ]
    import_rows(sessions, rows)
    for sku, ((image), *_) in list(skus_with_images(sessions)):
        made = Result(asset, "auto", "sha256:1", manifest, 90 if sku == "FINE" else 60, 40)
        sessions.write(partial(keep_result, image=image.id, result=made, approve_above=75, at=datetime.now(UTC)))
    sessions.close()
    return tmp_path


def waiting(shop: Path) -> list[str]:
    return [each["sku"] for each in packshot("review", "queue", "--json", folder=shop).json]


def test_the_queue_is_printed_with_its_pictures_and_gone_through(shop: Path) -> None:
    said = packshot("review", "queue", "--pictures", "look", folder=shop)
    lines = said.out.splitlines()
    assert [line.split()[-1] for line in lines] == ["sku", "LAMP", "MUG"]
    lamp, mug = (line.split()[0] for line in lines[1:])
    assert [path.read_bytes() for path in sorted((shop / "look").iterdir())] == [PICTURE, PICTURE]

    assert packshot("review", "approve", lamp, "--as", "anna", folder=shop).out == "1 approved\n"
    said = packshot("review", "approve", lamp, "--as", "bert", folder=shop)
    assert said.code == 3
    assert "anna has approved it" in said.err
    said = packshot("review", "rework", mug, "--reason", "too-dark", "--notes", "see the handle", folder=shop)
    assert said.out.splitlines()[0] == "1 rework"
    assert "packshot worker" in said.out
    log = packshot("review", "log", mug, folder=shop).out
    assert "needs_review to rework because too-dark: see the handle" in log
    assert waiting(shop) == []


def test_all_of_a_group_are_approved_at_once(shop: Path) -> None:
    assert packshot("review", "approve", "--all", "--group", "H", folder=shop).out == ""
    assert packshot("review", "approve", "--all", "--group", "G", "--json", folder=shop).code == 0
    assert waiting(shop) == []


def test_who_says_neither_which_nor_all_is_asked(shop: Path) -> None:
    assert packshot("review", "approve", folder=shop).code == 2
    assert packshot("review", "rework", "--all", folder=shop).code == 3


def test_one_after_the_other_with_a_key_each(shop: Path) -> None:
    done = subprocess.run(
        command("review", "go", "--as", "anna"),
        cwd=shop,
        env=environment(PACKSHOT_STATE=str(shop / "state")),
        input="w too-dark soft\nr\n",
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1].endswith("nothing waits any more")
    rows = packshot("catalog", "list", folder=shop).out
    assert "rework" in rows
    assert "rejected" in rows


def test_reasons_and_thresholds_are_printed(shop: Path) -> None:
    assert "tone.exposure +0.4" in packshot("review", "reasons", folder=shop).out
    packshot("review", "approve", "--all", folder=shop)
    assert packshot("review", "thresholds", folder=shop).out == "G: 2 of 2 approved, too few verdicts to tell\n"


def test_what_is_finished_goes_out_in_every_form(shop: Path) -> None:
    said = packshot("catalog", "export", "all.csv", folder=shop)
    assert said.out == "all.csv: 3 rows\n"
    said = packshot("catalog", "export", "out/pictures.zip", folder=shop)
    assert said.out == "out/pictures.zip: 1 picture\n"
    with zipfile.ZipFile(shop / "out" / "pictures.zip") as bundle:
        assert bundle.namelist() == ["FINE/primary.jpg", "pictures.csv", "left-out.csv"]
        assert bundle.read("FINE/primary.jpg") == PICTURE
    said = packshot("catalog", "export", "google.csv", "--format", "google", folder=shop)
    assert said.out == "google.csv: 0 rows\n"
    assert "PACKSHOT_STORAGE__PUBLIC_URL" in said.err
    public = {"PACKSHOT_STORAGE__PUBLIC_URL": "https://img.example"}
    said = packshot("catalog", "export", "google.csv", "--format", "google", folder=shop, **public)
    assert said.out == "google.csv: 1 rows\n"
    row = (shop / "google.csv").read_text().splitlines()[1]
    assert row.startswith("FINE,G,https://img.example/files/")
    assert "FINE-primary.jpg?until=0&signature=" in row
    assert packshot("catalog", "export", "x", "--format", "xml", folder=shop).code == 2
    said = packshot("catalog", "export", "feed.xml", folder=shop)
    assert (said.code, "call it .csv or .zip" in said.err) == (2, True)
    assert not (shop / "feed.xml").exists()

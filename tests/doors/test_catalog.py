"""`packshot catalog` as one types it."""

import csv
import json
import zipfile
from pathlib import Path

from shell import packshot, photograph


def test_the_sample_can_be_imported_as_it_is(tmp_path: Path) -> None:
    for name in ("my_urls.csv", "my_urls.json"):
        assert packshot("catalog", "sample", "--output", name, folder=tmp_path).code == 0
    said = packshot("catalog", "import", "my_urls.csv", folder=tmp_path)
    assert (said.code, said.out) == (0, "3 rows: 3 new, 0 known, 0 changed, 0 that cannot be used\n")
    said = packshot("catalog", "import", "my_urls.json", folder=tmp_path)
    assert (said.code, said.out) == (0, "3 rows: 0 new, 3 known, 0 changed, 0 that cannot be used\n")


def test_columns_are_named_and_bad_rows_are_told_by_line_and_written_down(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("Bild;Artikel\nhttps://a.example/1.jpg;S1\nnowhere;S2\nhttps://a.example/3.jpg;\n")
    options = ["--url-column", "Bild", "--sku-column", "Artikel", "--problems", "bad.csv"]
    said = packshot("catalog", "import", "in.csv", *options, folder=tmp_path)
    assert said.code == 3
    assert said.out == "3 rows: 1 new, 0 known, 0 changed, 2 that cannot be used\n"
    assert said.err.splitlines() == ["line 3: Bild is no address on the web: 'nowhere'", "line 4: Artikel is empty"]
    with (tmp_path / "bad.csv").open(newline="") as file:
        assert [row["line"] for row in csv.DictReader(file)] == ["3", "4"]


def test_a_check_keeps_nothing(tmp_path: Path) -> None:
    packshot("catalog", "sample", "-o", "a.csv", folder=tmp_path)
    said = packshot("catalog", "import", "a.csv", "--check", "--json", folder=tmp_path)
    assert json.loads(said.out)["read"] == 3
    assert not (tmp_path / "state").exists()


def test_a_column_that_is_not_there_is_an_error_with_the_option_to_give(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("sku_id,picture_url\n")
    said = packshot("catalog", "import", "in.csv", folder=tmp_path)
    assert said.code == 2
    assert "--url-column 'picture_url'" in said.err


def test_a_zip_of_photographs_is_imported_with_their_bytes(tmp_path: Path) -> None:
    picture = photograph(tmp_path / "mug.jpg")
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as bundle:
        bundle.write(picture, "G-MUGS/MUG-001/side.jpg")
        bundle.write(picture, "../evil.jpg")
    said = packshot("catalog", "import", "in.zip", folder=tmp_path)
    assert (said.code, said.out) == (3, "2 rows: 1 new, 0 known, 0 changed, 1 that cannot be used\n")
    assert "line 2: its name leads out of the ZIP" in said.err
    assert "MUG-001  side  urn:sha256:" in packshot("catalog", "list", folder=tmp_path).out

"""Rows of catalogue files: what is read, and what is told of a row that cannot be used."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from packshot.catalog.cells import csv_line, guarded, unguarded
from packshot.catalog.rows import BadRow, Columns, Reading, Row, read_rows, rows_of
from packshot.errors import InputError

PLAIN = Reading()
HEADER = "product_group_id,sku_id,image_url,image_type\n"
GOOD = "G,S1,https://cdn.example.com/1.jpg,side\n"


def read(tmp_path: Path, text: str | bytes, name: str = "in.csv", reading: Reading = PLAIN) -> list[Row | BadRow]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list(read_rows(path, reading))


def test_a_csv_of_the_four_columns_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, HEADER + GOOD) == [Row(2, "S1", "https://cdn.example.com/1.jpg", "G", "side")]


def test_what_is_missing_has_its_default(tmp_path: Path) -> None:
    rows = read(tmp_path, "sku_id,image_url\nS1,https://a.example/1.jpg\n")
    assert rows == [Row(2, "S1", "https://a.example/1.jpg", "", "primary")]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_spreadsheets_write_is_read(tmp_path: Path, sign: str, encoding: str, end: str) -> None:
    lines = [sign.join(["sku_id", "Image URL", "value"]), sign.join(["Müller", "https://a.example/ü.jpg", "12.5"]), ""]
    rows = read(tmp_path, end.join(lines).encode(encoding))
    assert rows == [Row(2, "Müller", "https://a.example/ü.jpg", value=12.5)]


def test_columns_are_called_as_one_says(tmp_path: Path) -> None:
    text = "Artikel,Bild,Familie\nS1,https://a.example/1.jpg,G\n"
    columns = Columns(image_url="Bild", sku_id="Artikel", product_group_id="Familie")
    assert read(tmp_path, text, reading=Reading(columns)) == [Row(2, "S1", "https://a.example/1.jpg", "G")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "empty"),
        ("sku,url\n", "no column 'image_url'"),
        ("sku_id,picture\n", "no column 'image_url'"),
    ],
)
def test_a_file_without_what_must_be_there_is_refused_with_a_way_out(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read(tmp_path, text)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (",,https://a.example/1.jpg,", "sku_id is empty"),
        ("G,S1,,", "image_url is empty"),
        ("G,S1,ftp://a.example/1.jpg,", "no address on the web"),
        ("G,S1,/etc/passwd,", "no address on the web"),
        ("G,S1,https://user:secret@a.example/1.jpg,", "no address on the web"),
        ("G,S1,https://a.example/1 2.jpg,", "no address on the web"),
        ("G,S1,javascript:alert(1),", "no address on the web"),
        (f"G,{'S' * 192},https://a.example/1.jpg,", "192 characters, at most 191"),
        (f"G,S1,https://a.example/{'a' * 2048},", "at most 2048"),
        (f"G,S1,https://a.example/1.jpg,{'t' * 33}", "at most 32"),
        ("G,S1,https://a.example/1.jpg,side,more", "5 cells, the header 4"),
        ("G,S\x001,https://a.example/1.jpg,", "cannot be shown"),
    ],
)
def test_a_bad_row_is_told_by_its_line_and_the_others_are_read(tmp_path: Path, row: str, said: str) -> None:
    first, bad, last = read(tmp_path, f"{HEADER}{GOOD}{row}\n{GOOD}")
    assert isinstance(first, Row)
    assert isinstance(last, Row)
    assert isinstance(bad, BadRow)
    assert (bad.line, last.line) == (3, 4)
    assert said in bad.message
    assert "secret" not in bad.message or "user" in row


@pytest.mark.parametrize("value", ["-1", "nan", "inf", "cheap", "1,5"])
def test_a_value_that_is_no_amount_is_told(tmp_path: Path, value: str) -> None:
    (bad,) = read(tmp_path, f'sku_id,image_url,value\nS1,https://a.example/1.jpg,"{value}"\n')
    assert isinstance(bad, BadRow)
    assert "no number of 0 or more" in bad.message


def test_bytes_that_are_not_utf_8_make_only_their_row_bad(tmp_path: Path) -> None:
    text = HEADER.encode() + GOOD.encode() + "G,Müller,https://a.example/1.jpg,\n".encode("cp1252") + GOOD.encode()
    good, bad, other = read(tmp_path, text)
    assert isinstance(bad, BadRow)
    assert "UTF-8" in bad.message
    assert isinstance(good, Row)
    assert isinstance(other, Row)
    rows = read(tmp_path, text, reading=Reading(encoding="cp1252"))
    assert isinstance(rows[1], Row)
    assert rows[1].sku == "Müller"


def test_a_quotation_mark_that_is_not_closed_does_not_swallow_the_file(tmp_path: Path) -> None:
    many = GOOD * 10_000
    rows = read(tmp_path, f'{HEADER}{GOOD}G,"S2,https://a.example/1.jpg,\n{many}')
    bad = [row for row in rows if isinstance(row, BadRow)]
    assert bad[0].line == 3
    assert "quotation mark" in bad[0].message
    assert len(rows) > 5_000


def test_a_line_break_in_a_cell_does_not_shift_the_lines(tmp_path: Path) -> None:
    rows = read(tmp_path, f'{HEADER}"G","S\n1",https://a.example/1.jpg,\n{GOOD}')
    assert [row.line for row in rows] == [2, 4]


ONE = {"product_group_id": "G", "sku_id": "S1", "image_url": "https://a.example/1.jpg", "image_type": "side"}
TWO = {"sku_id": 7, "image_url": "https://a.example/2.jpg", "value": 3}
ROWS = [Row(0, "S1", ONE["image_url"], "G", "side"), Row(0, "7", str(TWO["image_url"]), value=3.0)]


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([ONE, TWO]),
        json.dumps([ONE, TWO], indent=2),
        json.dumps({"images": [ONE, TWO]}, indent=1),
        f"{json.dumps(ONE)}\n{json.dumps(TWO)}\n",
        "\ufeff" + json.dumps([ONE, TWO]),
    ],
)
def test_json_is_read_as_a_list_as_images_and_as_lines(tmp_path: Path, text: str) -> None:
    rows = read(tmp_path, text, "in.json")
    assert [(row.sku, row.url, row.group, row.image_type, row.value) for row in rows if isinstance(row, Row)] == [
        (row.sku, row.url, row.group, row.image_type, row.value) for row in ROWS
    ]


def test_the_lines_of_json_are_those_of_the_file(tmp_path: Path) -> None:
    rows = read(tmp_path, json.dumps([ONE] * 3000, indent=2), "in.json")
    assert [row.line for row in rows] == [2 + 6 * number for number in range(3000)]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ('{"sku_id": "S2", "image_url": }', "no JSON"),
        ('{"sku_id": "S2" "image_url": "https://a.example/1.jpg"}', "no JSON"),
        ("12", "no object"),
        ("null", "no object"),
        ('{"sku_id": ["a"], "image_url": "https://a.example/1.jpg"}', "neither text nor a number"),
        ('{"sku_id": true, "image_url": "https://a.example/1.jpg"}', "neither text nor a number"),
    ],
)
def test_a_broken_object_is_told_and_the_next_line_is_read(tmp_path: Path, broken: str, said: str) -> None:
    good = json.dumps(ONE)
    rows = read(tmp_path, f"[\n{good},\n{broken},\n{good}\n]", "in.json")
    assert [row.line for row in rows] == [2, 3, 4]
    assert isinstance(rows[1], BadRow)
    assert said in rows[1].message
    assert isinstance(rows[2], Row)


def test_json_that_is_cut_off_gives_what_is_whole(tmp_path: Path) -> None:
    rows = read(tmp_path, json.dumps([ONE] * 1000)[:-40], "in.json")
    assert len(rows) == 1000
    assert isinstance(rows[-1], BadRow)


def test_what_is_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no list of images"):
        read(tmp_path, "<html>", "in.json")


def test_an_object_without_end_does_not_fill_the_memory(tmp_path: Path) -> None:
    endless = '{"sku_id": "' + "a" * 3_000_000
    (bad,) = read(tmp_path, f"[\n{endless}", "in.json")
    assert isinstance(bad, BadRow)


def test_a_list_of_a_request_is_counted_from_one() -> None:
    assert [row.line for row in rows_of([ONE, "x", TWO])] == [1, 2, 3]


@given(some.text(max_size=40))
def test_a_guarded_cell_is_no_formula_and_comes_back(text: str) -> None:
    cell = guarded(text)
    assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert unguarded(cell) == text


def test_numbers_stay_numbers_and_nothing_is_nothing() -> None:
    assert csv_line([-3, 1.5, None, "=1+1", "a,b"]) == '-3,1.5,,\'=1+1,"a,b"\r\n'


def test_what_was_guarded_on_the_way_out_is_read_as_it_was(tmp_path: Path) -> None:
    text = csv_line(["sku_id", "image_url"]) + csv_line(["-12", "https://a.example/1.jpg"])
    (row,) = read(tmp_path, text)
    assert isinstance(row, Row)
    assert row.sku == "-12"

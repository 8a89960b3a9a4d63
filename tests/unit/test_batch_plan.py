"""Where each result goes: a name of its own, and never an input's."""

import os
from pathlib import Path

import pytest

from packshot.errors import InputError
from packshot.tasks.plan import find, plan


def photos(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a photograph")


def outputs(tmp_path: Path, *inputs: str, out: str = "out", suffix: str = ".jpg") -> list[str]:
    given = [str(tmp_path / each) for each in inputs]
    planned = plan(find(given, tmp_path / out), given, tmp_path / out, suffix)
    return [str(one.output.relative_to(tmp_path)) for one in planned]


def test_a_folder_is_mirrored(tmp_path: Path) -> None:
    photos(tmp_path, "in/a.png", "in/mugs/b.jpg")
    assert outputs(tmp_path, "in") == ["out/a.jpg", "out/mugs/b.jpg"]


def test_files_of_two_folders_keep_their_folders(tmp_path: Path) -> None:
    photos(tmp_path, "a/x.jpg", "b/x.png")
    assert outputs(tmp_path, "a/x.jpg", "b/x.png") == ["out/a/x.jpg", "out/b/x.jpg"]


def test_files_of_one_folder_lie_flat(tmp_path: Path) -> None:
    photos(tmp_path, "a/x.jpg", "a/y.jpg")
    assert outputs(tmp_path, "a/x.jpg", "a/y.jpg") == ["out/x.jpg", "out/y.jpg"]


def test_a_pattern_counts_as_the_folder_before_it(tmp_path: Path) -> None:
    photos(tmp_path, "in/mugs/x.jpg", "in/cups/y.jpg")
    assert outputs(tmp_path, "in/*/*.jpg") == ["out/cups/y.jpg", "out/mugs/x.jpg"]


def test_one_name_for_two_is_told_apart_by_the_kind(tmp_path: Path) -> None:
    photos(tmp_path, "in/x.jpg", "in/x.png", "in/X.webp")
    assert sorted(outputs(tmp_path, "in")) == ["out/X.jpg", "out/x-jpg.jpg", "out/x-png.jpg"]


def test_a_name_made_to_tell_apart_takes_nobody_elses(tmp_path: Path) -> None:
    photos(tmp_path, "in/x-png.jpg", "in/x.jpg", "in/x.png")
    names = outputs(tmp_path, "in")
    assert len(set(names)) == 3


def test_a_photograph_given_twice_is_done_once(tmp_path: Path) -> None:
    photos(tmp_path, "in/x.jpg")
    assert outputs(tmp_path, "in", "in/x.jpg") == ["out/x.jpg"]


def test_a_single_picture_may_go_to_a_file(tmp_path: Path) -> None:
    photos(tmp_path, "x.png")
    assert outputs(tmp_path, "x.png", out="final.jpg") == ["final.jpg"]


def test_results_of_an_earlier_run_are_not_taken_for_photographs(tmp_path: Path) -> None:
    photos(tmp_path, "in/x.jpg", "in/out/x.jpg")
    assert outputs(tmp_path, "in", out="in/out") == ["in/out/x.jpg"]


def test_a_contact_sheet_is_not_taken_for_photographs(tmp_path: Path) -> None:
    photos(tmp_path, "in/x.jpg", "in/contact-sheet.jpg", "in/contact-sheet/1-before.jpg", "in/index.html")
    assert outputs(tmp_path, "in") == ["out/x.jpg"]


def test_no_result_takes_the_place_of_the_contact_sheet(tmp_path: Path) -> None:
    photos(tmp_path, "in/contact-sheet.png")
    assert outputs(tmp_path, "in/contact-sheet.png", out="out") == ["out/contact-sheet-png.jpg"]


@pytest.mark.parametrize("out", ["in", "in/../in"])
def test_results_do_not_go_among_the_photographs(tmp_path: Path, out: str) -> None:
    photos(tmp_path, "in/x.jpg")
    with pytest.raises(InputError, match="among the photographs"):
        outputs(tmp_path, "in", out=out)


def test_no_result_is_written_over_a_photograph(tmp_path: Path) -> None:
    photos(tmp_path, "in/x.jpg")
    with pytest.raises(InputError, match="written over the photograph"):
        outputs(tmp_path, "in/x.jpg", out="in")


def test_not_even_through_a_link(tmp_path: Path) -> None:
    photos(tmp_path, "in/x.jpg")
    (tmp_path / "out").symlink_to(tmp_path / "in")
    with pytest.raises(InputError, match="written over the photograph"):
        outputs(tmp_path, "in/x.jpg")


def test_a_file_that_is_not_there_stops_nobody(tmp_path: Path) -> None:
    photos(tmp_path, "x.jpg")
    assert outputs(tmp_path, "x.jpg", "gone.jpg") == ["out/x.jpg", "out/gone.jpg"]


@pytest.mark.parametrize(
    ("given", "words"), [("gone", "nothing at"), ("empty", "no picture in"), ("*.tif", "nothing at")]
)
def test_nothing_to_do_is_an_error(tmp_path: Path, given: str, words: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=words):
        outputs(tmp_path, given)


def test_a_name_as_long_as_names_go_is_cut_and_stays_its_own(tmp_path: Path) -> None:
    photos(tmp_path, f"in/{'å' * 120}1.jpg", f"in/{'å' * 120}2.jpg")
    names = outputs(tmp_path, "in")
    assert len(set(names)) == 2
    assert all(len(os.fsencode(Path(name).name)) < 220 for name in names)


def test_a_name_of_any_bytes_goes_through(tmp_path: Path) -> None:
    photos(tmp_path, os.fsdecode(b"in/\xff\xfe.jpg"))
    assert outputs(tmp_path, "in") == [os.fsdecode(b"out/\xff\xfe.jpg")]

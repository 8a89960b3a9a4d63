"""Finding pictures, and writing files whole."""

import os
from pathlib import Path
from typing import Any

import pytest

from packshot.errors import InputError, OutputError
from packshot.storage.folder import pictures_in, write_whole


def touched(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def test_a_folder_is_searched_to_the_bottom_in_order_without_hidden_files(tmp_path: Path) -> None:
    touched(tmp_path, "b.jpg", "a/2.PNG", "a/1.webp", ".c.jpg", ".git/d.jpg", "notes.txt", "z.heic")
    found = pictures_in([tmp_path])
    assert [entry.relative.as_posix() for entry in found] == ["a/1.webp", "a/2.PNG", "b.jpg", "z.heic"]
    assert all(entry.path.is_file() for entry in found)


def test_a_named_file_is_taken_whatever_its_suffix(tmp_path: Path) -> None:
    touched(tmp_path, "photo.bin")
    assert [entry.relative.name for entry in pictures_in([tmp_path / "photo.bin"])] == ["photo.bin"]


def test_a_pattern_is_looked_up_and_a_bracket_in_a_name_is_no_pattern(tmp_path: Path) -> None:
    touched(tmp_path, "one.jpg", "two.jpg", "three.txt", "shoe[1].jpg")
    assert [entry.path.name for entry in pictures_in([str(tmp_path / "*o*.jpg")])] == [
        "one.jpg",
        "shoe[1].jpg",
        "two.jpg",
    ]
    assert [entry.path.name for entry in pictures_in([tmp_path / "shoe[1].jpg"])] == ["shoe[1].jpg"]


def test_a_file_given_twice_is_found_once(tmp_path: Path) -> None:
    touched(tmp_path, "a.jpg", "b.jpg")
    found = pictures_in([tmp_path / "b.jpg", tmp_path, str(tmp_path / "*.jpg")])
    assert [entry.path.name for entry in found] == ["b.jpg", "a.jpg"]


def test_a_link_in_a_circle_ends(tmp_path: Path) -> None:
    touched(tmp_path, "a/b.jpg")
    (tmp_path / "a" / "up").symlink_to(tmp_path)
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere")
    assert [entry.path.name for entry in pictures_in([tmp_path])] == ["b.jpg"]


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    for given in (tmp_path / "missing.jpg", str(tmp_path / "*.jpg")):
        with pytest.raises(InputError, match="nothing at") as caught:
            pictures_in([given])
        assert str(given) in caught.value.message


def test_a_file_is_written_with_its_folders_and_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "picture.jpg"
    write_whole(path, b"first")
    write_whole(path, b"second")
    assert path.read_bytes() == b"second"
    assert [entry.name for entry in path.parent.iterdir()] == ["picture.jpg"]
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert path.stat().st_mode == plain.stat().st_mode


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    path = tmp_path / "picture.jpg"
    write_whole(path, b"old")

    def refuse(*_: Any) -> None:
        raise error

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_whole(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["picture.jpg"]  # noqa: PTH208 - Path itself is tampered with


def test_a_path_through_a_file_says_so(tmp_path: Path) -> None:
    touched(tmp_path, "file")
    with pytest.raises(OutputError, match="could not be written") as caught:
        write_whole(tmp_path / "file" / "picture.jpg", b"")
    assert "name another folder" in caught.value.hint
    (tmp_path / "folder").mkdir()
    with pytest.raises(OutputError):
        write_whole(tmp_path / "folder", b"")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]

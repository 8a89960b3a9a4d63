"""`packshot background` as a process."""

from pathlib import Path

from shell import packshot, photograph


def test_it_says_each_step_and_writes_the_picture_with_its_receipt(tmp_path: Path) -> None:
    photo = photograph(tmp_path / "mug.jpg")
    said = packshot("background", photo, "-o", "out", "--set", "sweep", "--size", "400x400", folder=tmp_path)
    assert said.code == 0, said.err
    assert said.out == "out/mug.jpg\n"
    assert [line.split()[0] for line in said.err.splitlines()][:3] == ["accepted", "normalise", "mask"]
    assert (tmp_path / "out" / "mug.jpg").stat().st_size > 1000
    replayed = packshot("replay", "out/mug.jpg.json", "--photo", photo, folder=tmp_path)
    assert replayed.code == 0, replayed.out + replayed.err


def test_a_set_that_there_is_not_is_refused_by_name(tmp_path: Path) -> None:
    photo = photograph(tmp_path / "mug.jpg")
    said = packshot("background", photo, "-o", "out", "--set", "swep", folder=tmp_path)
    assert said.code == 2
    assert "did you mean 'sweep'?" in said.err

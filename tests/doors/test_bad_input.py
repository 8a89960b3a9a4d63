"""Whatever is given: a clear sentence with a way out, an honest exit code, and the rest of the batch done."""

import os
import resource
import struct
import subprocess
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from shell import command, environment, finished, mug, packshot, photograph


def drawn(folder: Path) -> None:
    """One of each kind of odd picture, beside a good one."""
    photograph(folder / "good.png")
    photograph(folder / "wrong-extension.png").rename(folder / "wrong-extension.jpg")
    photograph(folder / "one-pixel.png", np.full((1, 1, 3), 90, np.uint8))
    photograph(folder / "all-white.png", np.full((300, 300, 3), 255, np.uint8))
    photograph(folder / "fills-the-frame.png", mug()[200:500, 290:560])
    photograph(folder / "two-products.png", np.hstack([mug(), mug()]))
    photograph(folder / "no-product.png", np.random.default_rng(1).integers(90, 110, (300, 400, 3), np.uint8))
    cv2.imwrite(str(folder / "all-transparent.png"), np.zeros((60, 80, 4), np.uint8))
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.jpg").write_text("this is no picture")
    whole = photograph(folder / "whole.jpg").read_bytes()
    (folder / "whole.jpg").rename(folder / "truncated.jpg")
    (folder / "truncated.jpg").write_bytes(whole[: len(whole) // 2])
    (folder / "bomb.png").write_bytes(png_of_nothing(60000))
    (folder / "zero-size.png").write_bytes(png_of_nothing(0))


def png_of_nothing(side: int) -> bytes:
    """A header that promises side x side pixels, and no pixels."""
    parts = [
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    ]
    chunks = (
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def test_every_odd_picture_ends_well_and_stops_nobody(tmp_path: Path) -> None:
    drawn(tmp_path / "in")
    said = packshot("run", "marketplace-white", "in", "-o", "out", "--json", folder=tmp_path)
    assert said.code == 3
    assert "Traceback" not in said.err
    results = {Path(each["file"]).name: each for each in said.json["results"]}
    ended = {name: each["error"]["code"] if each["error"] else "made" for name, each in results.items()}
    assert ended["good.png"] == "made"
    assert ended["wrong-extension.jpg"] == "made"
    assert {ended[name] for name in ("empty.jpg", "text.jpg", "truncated.jpg", "zero-size.png")} == {"unreadable-image"}
    assert ended["bomb.png"] == "image-too-large"
    for name in ("one-pixel.png", "all-white.png", "all-transparent.png", "no-product.png"):
        assert ended[name] == "no-clear-product" or results[name]["status"] == "doubtful", name
    for name in ("fills-the-frame.png", "two-products.png"):
        assert ended[name] in ("made", "no-clear-product")
    for each in results.values():
        if each["error"]:
            assert each["error"]["message"]
            assert each["error"]["hint"]
    page = (tmp_path / "out/index.html").read_text()
    assert page.index("truncated.jpg") < page.index("good.png")


@pytest.mark.parametrize(
    ("words", "sentence", "way_out"),
    [
        (
            ("marketplace-whit", "mug.png"),
            "no recipe is called 'marketplace-whit'",
            "did you mean 'marketplace-white'?",
        ),
        (("mug.png",), "Missing argument", "packshot run --help"),
        (("mug.png", "mug.png"), "no recipe is called 'mug.png'", "packshot run marketplace-white mug.png -o OUT"),
        (("sharpen", "gone.png"), "there is nothing at", "check the name"),
        (("sharpen", "none"), "there is no picture in none", "give files, folders, or patterns"),
        (
            ("sharpen", "mug.png", "--set", "sharpne.amount=1"),
            "no step of sharpen is called",
            "did you mean 'sharpen.…'?",
        ),
        (("sharpen", "mug.png", "--set", "sharpen.amuont=1"), "no parameter is called 'amuont'", "'amount'"),
        (("sharpen", "mug.png", "--set", "sharpen.amount=99"), "amount must be less than or equal to", "got 99"),
        (("sharpen", "mug.png", "--set", "sharpen.amount=lots"), "amount must be a valid number", "got 'lots'"),
        (("sharpen", "mug.png", "--set", "amount"), "'amount' changes nothing", "--set op.field=VALUE"),
        (("marketplace-white", "mug.png", "--background", "wite"), "no colour is called 'wite'", "'white'"),
        (("marketplace-white", "mug.png", "--size", "big"), "'big' is no size", "1600x2000"),
        (("marketplace-white", "mug.png", "--padding", "0.7"), "--padding must be at least 0 and below 0.5", "0.08"),
        (("sharpen", "mug.png", "--format", "jpg2"), "format must be 'jpeg', 'png'", "got 'jpg2'"),
        (("sharpen", "mug.png", "--max-kb", "0"), "max_kilobytes must be greater than 0", "got 0"),
        (("sharpen", "mug.png", "--workers", "-1"), "Invalid value for '--workers'", "packshot run --help"),
        (("broken.yaml", "mug.png"), "not YAML", "broken.yaml"),
    ],
)
def test_a_mistake_in_the_command_is_answered_before_work_starts(
    tmp_path: Path, words: tuple[str, ...], sentence: str, way_out: str
) -> None:
    photograph(tmp_path / "mug.png", mug(size=(60, 50)))
    (tmp_path / "none").mkdir()
    (tmp_path / "broken.yaml").write_text("name: x\nsteps: [")
    said = packshot("run", *words, "-o", "out", folder=tmp_path)
    assert said.code == 2
    assert sentence in said.err
    assert way_out in said.err
    assert "Traceback" not in said.err
    assert not (tmp_path / "out").exists()


def test_a_batch_of_nothing_but_bad_pictures_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/empty.jpg").write_bytes(b"")
    said = packshot("run", "sharpen", "in", "-o", "out", folder=tmp_path)
    assert said.code == 2
    assert "the file is empty" in said.err


def test_a_missing_file_among_good_ones_is_told_and_the_rest_is_done(tmp_path: Path) -> None:
    photograph(tmp_path / "mug.png", mug(size=(60, 50)))
    said = packshot("run", "sharpen", "mug.png", "gone.png", "-o", "out", folder=tmp_path)
    assert said.code == 3
    assert "gone.png is not there" in said.err
    assert list(finished(tmp_path / "out")) == ["mug.jpg"]


def test_the_photographs_are_never_written_over(tmp_path: Path) -> None:
    before = photograph(tmp_path / "in/mug.jpg").read_bytes()
    for words in (("in", "-o", "in"), ("in/mug.jpg", "-o", "in"), ("in/mug.jpg", "-o", "in/mug.jpg")):
        said = packshot("run", "sharpen", *words, folder=tmp_path)
        assert said.code == 2
        assert "choose another" in said.err
    assert (tmp_path / "in/mug.jpg").read_bytes() == before


def test_an_output_that_cannot_be_is_told_before_work_starts(tmp_path: Path) -> None:
    photograph(tmp_path / "mug.png", mug(size=(60, 50)))
    (tmp_path / "file").write_text("a file, no folder")
    said = packshot("run", "sharpen", "mug.png", "-o", "file/out", folder=tmp_path)
    assert said.code == 3
    assert "cannot be used as a folder" in said.err
    assert "-o" in said.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_the_right_to_write_is_told_before_work_starts(tmp_path: Path) -> None:
    photograph(tmp_path / "mug.png", mug(size=(60, 50)))
    (tmp_path / "out").mkdir(mode=0o500)
    said = packshot("run", "sharpen", "mug.png", "-o", "out", folder=tmp_path)
    assert said.code == 3
    assert "nothing can be written to" in said.err


def test_a_disk_that_takes_no_more_leaves_no_half_file(tmp_path: Path) -> None:
    grain = np.random.default_rng(3).integers(0, 255, (300, 300, 3), np.uint8)
    photograph(tmp_path / "in/a.png", grain)
    photograph(tmp_path / "in/b.png", grain)
    (tmp_path / "same.yaml").write_text("name: same\nsteps: []\noutput: {format: png, quality: 100}\n")
    done = subprocess.run(
        command("run", "same.yaml", "in", "-o", "out"),
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (110_000, 110_000)),
    )
    assert done.returncode == 3
    assert "could not be written" in done.stderr
    assert finished(tmp_path / "out") == {}
    assert not list((tmp_path / "out").rglob(".packshot*"))


def test_a_bug_costs_one_picture_and_shows_no_traceback_unless_asked(tmp_path: Path) -> None:
    photograph(tmp_path / "in/a.png", mug(size=(60, 50)))
    photograph(tmp_path / "in/b.png", mug(size=(60, 50)))
    (tmp_path / "sitecustomize.py").write_text(BUG)
    run = ("run", "sharpen", "in", "-o", "out")
    said = packshot(*run, folder=tmp_path, PYTHONPATH=str(tmp_path))
    assert said.code == 3
    assert "this is a bug in Packshot: ZeroDivisionError: a.png" in said.err
    assert "Traceback" not in said.err
    assert list(finished(tmp_path / "out")) == ["b.jpg"]
    assert "Traceback" in packshot(*run, folder=tmp_path, PYTHONPATH=str(tmp_path), PACKSHOT_DEBUG="1").err


BUG = """
import packshot.tasks.worker as worker

make = worker.process_image

def broken(data, *others, name, **more):
    if name == "a.png":
        raise ZeroDivisionError(name)
    return make(data, *others, name=name, **more)

worker.process_image = broken
"""

"""What the pages tell people to type works as it stands there, on small pictures drawn here."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest
from pages import DOCS, ROOT, Block, blocks, name_of, pages

RUN = [page for page in pages() if any(block.mark == "run" for block in blocks(page))]


@pytest.mark.parametrize("page", RUN, ids=name_of)
def test_the_snippets_of_a_page_run_in_their_order(page: Path, tmp_path: Path) -> None:
    draw_what_is_spoken_of(page, tmp_path)
    for block in blocks(page):
        if block.mark == "run":
            done = typed(block, tmp_path)
            assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"
        elif block.mark.startswith("file="):
            saved(block, tmp_path)


def test_the_pages_that_show_how_are_among_them() -> None:
    assert {"README.md", "docs/tutorial.md", "docs/how-to/own-recipe.md"} <= {name_of(page) for page in RUN}


def test_the_plugin_of_the_page_works_once_it_is_installed(tmp_path: Path) -> None:
    page = DOCS / "how-to" / "plugins.md"
    draw_what_is_spoken_of(page, tmp_path)
    for block in blocks(page):
        if block.mark.startswith("file="):
            saved(block, tmp_path)
    (tmp_path / "my_shop" / "__init__.py").touch()
    (tmp_path / "my_shop" / "recipes" / "__init__.py").touch()
    installed(tmp_path)
    said = ""
    for block in blocks(page):
        if block.mark == "plugin":
            done = typed(block, tmp_path, PYTHONPATH=str(tmp_path))
            assert done.returncode == 0, f"{block.text}\n{done.stdout}\n{done.stderr}"
            said += done.stdout
    assert "Swap left and right." in said
    assert (tmp_path / "mirrored.jpg").stat().st_size > 0


def typed(block: Block, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """What a person gets who copies the block into a shell or into Python, in `folder`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PACKSHOT_")}
    path = os.pathsep.join([str(Path(sys.executable).parent), kept["PATH"]])
    command = ["bash", "-euo", "pipefail", "-c"] if block.language == "sh" else [sys.executable, "-c"]
    return subprocess.run(
        [*command, block.text],
        cwd=folder,
        env=kept | {"PATH": path, "PACKSHOT_WORKERS": "1", "PACKSHOT_STATE": str(folder / "state")} | variables,
        capture_output=True,
        text=True,
        timeout=600,  # of a machine with much else to do; how long it takes is measured elsewhere
        check=False,
    )


def saved(block: Block, folder: Path) -> None:
    path = folder / block.mark.removeprefix("file=")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def installed(folder: Path) -> None:
    """What pip would leave of the project in `folder`: the entry points of its pyproject.toml."""
    said = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]["entry-points"]
    lines = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in named.items())
        for group, named in said.items()
    ]
    metadata = folder / "my_shop-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: my-shop\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("\n".join(lines))


def draw_what_is_spoken_of(page: Path, folder: Path) -> None:
    """Every photograph that the page names, and a folder or pattern that it takes for granted."""
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"(?:photos|more|grounds|sketches|samples/pictures)/[a-z-]+\.(?:jpg|png)", text))
    if "photos" in text:
        named |= {"photos/mug.jpg"}
    if "more/*" in text:
        named.add("more/cup.jpg")
    for name in sorted(named):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        done, data = cv2.imencode(path.suffix, sketch() if "sketch" in name else mug(large="samples" in name))
        assert done
        path.write_bytes(data.tobytes())


def mug(*, large: bool) -> np.typing.NDArray[np.uint8]:
    """A dark mug on a light ground; BGR. For a sample as large, and standing where, the README has its box."""
    width, height = (1600, 1200) if large else (900, 700)
    left, top, right, bottom = (540, 375, 970, 900) if large else (280, 140, 600, 590)
    picture = np.full((height, width, 3), 232, np.uint8)
    cv2.ellipse(picture, (right, (top + bottom) // 2), (75, 110), 0, -90, 90, (90, 60, 40), 30)
    cv2.rectangle(picture, (left, top), (right, bottom), (90, 60, 40), -1)
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 1), np.uint8)


def sketch() -> np.typing.NDArray[np.uint8]:
    """Where the mug is, roughly."""
    picture = np.zeros((700, 900), np.uint8)
    cv2.rectangle(picture, (270, 130), (680, 600), 255, -1)
    return picture


def test_the_readme_takes_its_samples_from_those_there_are() -> None:
    known = ROOT / "samples" / "pictures"
    if not known.is_dir():
        pytest.skip("no samples here")
    named = set(re.findall(r"samples/pictures/([a-z-]+\.jpg)", (ROOT / "README.md").read_text(encoding="utf-8")))
    assert named <= {path.name for path in known.iterdir()}

"""`recipes`, `steps`, `models`, `show`, `settings`: what there is, and what it means."""

from pathlib import Path

import pytest
import yaml
from shell import packshot

from packshot import __version__


def test_the_version_is_told(tmp_path: Path) -> None:
    assert packshot("--version", folder=tmp_path).out == f"packshot {__version__}\n"


def test_every_recipe_is_listed_with_its_summary(tmp_path: Path) -> None:
    said = packshot("recipes", folder=tmp_path).out
    assert "marketplace-white" in said
    assert "pure white" in said


def test_a_step_is_explained_with_type_limit_default_and_meaning(tmp_path: Path) -> None:
    said = packshot("steps", "place", folder=tmp_path).out
    assert "fill: number, over 0.05, at most 1; default 0.85" in said
    assert "share of the canvas side" in said


def test_a_model_tells_its_licence(tmp_path: Path) -> None:
    assert "licence" in packshot("models", "embedded", folder=tmp_path).out


def test_what_show_prints_as_yaml_is_a_recipe_again(tmp_path: Path) -> None:
    shown = packshot("show", "marketplace-white", "--yaml", "--set", "place.fill=0.7", folder=tmp_path).out
    (tmp_path / "mine.yaml").write_text(shown)
    again = packshot("show", "mine.yaml", "--yaml", folder=tmp_path).out
    assert yaml.safe_load(again) == yaml.safe_load(shown)
    assert "fill: 0.7" in shown


def test_settings_say_where_each_value_comes_from(tmp_path: Path) -> None:
    (tmp_path / "packshot.toml").write_text("sure_from = 0.9\n")
    said = packshot("settings", folder=tmp_path, PACKSHOT_WORKERS="3", PACKSHOT_WRKERS="3")
    assert "sure_from = 0.9   (packshot.toml)" in said.out
    assert "workers = 3   (PACKSHOT_WORKERS in the environment)" in said.out
    assert said.err == "warning: PACKSHOT_WRKERS in the environment is no setting; did you mean PACKSHOT_WORKERS?\n"


@pytest.mark.parametrize(
    ("words", "way_out"),
    [
        (("steps", "plac"), "did you mean 'place'?"),
        (("recipes", "marketplace"), "did you mean 'marketplace-white'?"),
        (("show", "nothing-like-it"), "there are:"),
        (("rnu",), "packshot --help"),
        (("run", "--bakground", "x"), "packshot run --help"),
    ],
)
def test_a_wrong_word_is_answered_with_a_way_out(tmp_path: Path, words: tuple[str, ...], way_out: str) -> None:
    said = packshot(*words, folder=tmp_path)
    assert said.code == 2
    assert said.err.startswith("error: ")
    assert way_out in said.err
    assert "Traceback" not in said.err

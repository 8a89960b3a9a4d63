"""The generated pages say what the code says, and leave nothing out."""

import importlib.util
import sys
from types import ModuleType

import pytest
from pages import DOCS

from packshot import plugins
from packshot.recipe import shipped
from packshot.settings import leaves


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    """docs/generate.py, which is a script and no package."""
    found = importlib.util.spec_from_file_location("generate_docs", DOCS / "generate.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules[found.name] = module
    found.loader.exec_module(module)
    return module


def test_the_reference_is_current(generate: ModuleType) -> None:
    def on_disk(name: str) -> str:
        return (DOCS / name).read_text(encoding="utf-8") if (DOCS / name).exists() else ""

    stale = [name for name, text in generate.pages().items() if on_disk(name) != text]
    assert not stale, "run make docs"


def sections(page: str) -> set[str]:
    text = (DOCS / "reference" / page).read_text(encoding="utf-8")
    return {line.removeprefix("## ") for line in text.splitlines() if line.startswith("## ")}


def test_every_error_code_has_its_section_and_every_section_its_code(generate: ModuleType) -> None:
    codes = set(generate.error_kinds()) | generate.codes_of_failures()
    assert sections("errors.md") == codes


def test_no_two_errors_have_one_code(generate: ModuleType) -> None:
    assert len(generate.error_kinds()) == len({kind.__name__ for kind in generate.error_kinds().values()})


def test_every_error_says_what_it_means_why_and_the_way_out(generate: ModuleType) -> None:
    for code, entry in generate.prose()["codes"].items():
        assert set(entry) == {"means", "why", "way_out"}, code
        assert all(len(text) > 10 for text in entry.values()), code


def test_every_setting_step_recipe_and_command_has_its_section(generate: ModuleType) -> None:
    assert sections("settings.md") == set(leaves())
    assert sections("steps.md") == {*plugins.offers("packshot.step"), "output"}
    assert sections("recipes.md") == set(shipped())
    assert sections("commands.md") == {name for name, _ in generate.every_command()}


def test_every_parameter_of_a_step_has_a_description() -> None:
    for op in plugins.offers("packshot.step"):
        for name, field in plugins.load("packshot.step", op).model_fields.items():
            assert field.description, f"{op}.{name}"

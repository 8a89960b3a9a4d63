from pathlib import Path

import pytest

from packshot.errors import SettingsError
from packshot.settings import Resolved, leaves, resolve, variable


def resolved(folder: Path, environment: dict[str, str] | None = None, **arguments: object) -> Resolved:
    return resolve(arguments, environment=environment or {}, folder=folder)


def test_without_anything_every_setting_is_its_default(tmp_path: Path) -> None:
    found = resolved(tmp_path)
    assert found.settings.limits.max_megapixels == 120
    assert set(found.origins.values()) == {"default"}


def test_the_first_source_that_speaks_wins(tmp_path: Path) -> None:
    sources = [
        ("default", 0),
        ("packshot.toml", 1),
        ("PACKSHOT_WORKERS in .env", 2),
        ("PACKSHOT_WORKERS in the environment", 3),
        ("argument", 4),
    ]
    environment: dict[str, str] = {}
    arguments: dict[str, object] = {}
    for origin, value in sources:
        if origin == "packshot.toml":
            (tmp_path / "packshot.toml").write_text("workers = 1\n")
        elif origin.endswith(".env"):
            (tmp_path / ".env").write_text("PACKSHOT_WORKERS=2\n")
        elif origin.endswith("environment"):
            environment["PACKSHOT_WORKERS"] = "3"
        elif origin == "argument":
            arguments["workers"] = 4
        found = resolved(tmp_path, environment, **arguments)
        assert (found.settings.workers, found.origins["workers"]) == (value, origin)


def test_a_topic_is_a_table_in_the_file_and_two_underscores_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "packshot.toml").write_text("[limits]\nmax_megapixels = 50\nmax_seconds = 5\n")
    limits = resolved(tmp_path, {"PACKSHOT_LIMITS__MAX_MEGAPIXELS": "70"}).settings.limits
    assert (limits.max_megapixels, limits.max_seconds) == (70, 5)


@pytest.mark.parametrize(
    ("written", "nearest"), [("worker = 2\n", "workers"), ("[limits]\nmax_megapixel = 2\n", "limits.max_megapixels")]
)
def test_an_unknown_key_in_the_file_is_an_error_with_the_nearest_name(
    tmp_path: Path, written: str, nearest: str
) -> None:
    (tmp_path / "packshot.toml").write_text(written)
    with pytest.raises(SettingsError) as caught:
        resolved(tmp_path)
    assert f"did you mean {nearest}?" in caught.value.hint
    assert caught.value.where == ["packshot.toml"]


def test_an_unknown_variable_of_ours_is_a_warning(tmp_path: Path) -> None:
    (warning,) = resolved(tmp_path, {"PACKSHOT_WORKRS": "2", "PATH": "/bin", "PACKSHOT_DEBUG": "1"}).warnings
    assert warning == "PACKSHOT_WORKRS in the environment is no setting; did you mean PACKSHOT_WORKERS?"


@pytest.mark.parametrize(
    ("name", "value", "field", "expected"),
    [
        ("DEFAULT_BACKGROUND_COLOR", "#FAFAFA", "background_colour", "#FAFAFA"),
        ("TARGET_MIN_DIMENSION", "1600", "target_min_dimension", 1600),
        ("AUTO_APPROVE_THRESHOLD", "80.5", "approve_above", 80.5),
        ("ENABLE_BACKGROUND_REMOVAL", "false", "background_removal", False),
    ],
)
def test_names_of_earlier_systems_are_understood(
    tmp_path: Path, name: str, value: str, field: str, expected: object
) -> None:
    found = resolved(tmp_path, {name: value})
    assert getattr(found.settings, field) == expected
    assert found.origins[field] == f"{name} in the environment"


def test_our_own_name_wins_over_an_earlier_one(tmp_path: Path) -> None:
    both = {"TARGET_MIN_DIMENSION": "1000", "PACKSHOT_TARGET_MIN_DIMENSION": "2000"}
    assert resolved(tmp_path, both).settings.target_min_dimension == 2000


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"PACKSHOT_SURE_FROM": "1.5"}, "sure_from must be less than or equal to 1, got '1.5'"),
        ({"PACKSHOT_LIMITS__MAX_SECONDS": "0"}, "limits.max_seconds must be greater than 0, got '0'"),
        ({"PACKSHOT_WORKERS": "many"}, "workers must be a valid integer"),
    ],
)
def test_a_wrong_value_names_the_setting_the_limit_and_the_source(
    tmp_path: Path, variables: dict[str, str], words: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        resolved(tmp_path, variables)
    assert words in caught.value.message
    assert caught.value.where == [f"{next(iter(variables))} in the environment"]


def test_an_empty_variable_says_nothing(tmp_path: Path) -> None:
    assert resolved(tmp_path, {"PACKSHOT_WORKERS": ""}).origins["workers"] == "default"


def test_a_file_that_is_not_toml_is_an_error_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "packshot.toml").write_text("workers = = 2")
    with pytest.raises(SettingsError, match=r"packshot\.toml is not TOML"):
        resolved(tmp_path)


def test_every_setting_is_described_and_has_a_variable() -> None:
    for name, field in leaves().items():
        assert field.description, name
        assert variable(name).startswith("PACKSHOT_")

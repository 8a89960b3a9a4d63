"""`packshot database` as one types it."""

from pathlib import Path

from shell import packshot


def test_a_new_database_is_behind_and_an_upgrade_makes_it_current(tmp_path: Path) -> None:
    before = packshot("database", "status", folder=tmp_path)
    assert before.code == 3
    assert "schema    none" in before.out
    assert packshot("database", "upgrade", folder=tmp_path).code == 0
    assert packshot("database", "status", folder=tmp_path).code == 0
    assert (tmp_path / "state" / "packshot.db").is_file()


def test_a_server_that_is_not_there_is_an_error_in_three_lines(tmp_path: Path) -> None:
    said = packshot(
        "database", "status", folder=tmp_path, MYSQL_HOST="127.0.0.1", MYSQL_PORT="1", MYSQL_PASSWORD="s3cret"
    )
    assert said.code == 3
    assert said.err.startswith("error: the database does not answer")
    assert "s3cret" not in said.err + said.out

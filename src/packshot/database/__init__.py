"""Where Packshot remembers: one schema on SQLite, PostgreSQL, MySQL and MariaDB.

`tables` is the schema, `engine` opens a database, `sessions` are its transactions, `migrate` brings it up to date.
Only `check_installed` is here: SQLAlchemy takes half a second, and nobody pays for it who remembers nothing.
"""

from importlib.util import find_spec

from packshot.errors import DatabaseUnavailable


def check_installed(*also: str, extra: str = "ledger") -> None:
    """Raises DatabaseUnavailable where the libraries are missing. Ask before importing anything else from here.

    `also` are further libraries of the `extra` that is needed.
    """
    missing = [name for name in ("sqlalchemy", "alembic", *also) if find_spec(name) is None]
    if missing:
        raise DatabaseUnavailable(
            f"this needs libraries that are not installed: {', '.join(missing)}",
            hint=f"pip install 'packshot[{extra}]'",
        )

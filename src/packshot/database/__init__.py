"""Where Packshot remembers: one schema on SQLite, PostgreSQL, MySQL and MariaDB.

`tables` is the schema, `engine` opens a database, `sessions` are its transactions, `migrate` brings it up to date.
Only `check_installed` is here: SQLAlchemy takes half a second, and nobody pays for it who remembers nothing.
"""

from importlib.util import find_spec

from packshot.errors import DatabaseUnavailable


def check_installed() -> None:
    """Raises DatabaseUnavailable where the libraries are missing. Ask before importing anything else from here."""
    missing = [name for name in ("sqlalchemy", "alembic") if find_spec(name) is None]
    if missing:
        raise DatabaseUnavailable(
            f"a database needs the libraries SQLAlchemy and Alembic; {' and '.join(missing)} is not installed",
            hint="pip install 'packshot[ledger]'",
        )

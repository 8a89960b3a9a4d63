"""`packshot database`."""

from typing import Any

import typer

from packshot.cli.shown import warn

app = typer.Typer(name="database", help="Look after the database of ledger, jobs and catalogue.", no_args_is_help=True)


@app.command("status")
def status() -> int:
    """Say which database is meant, and whether its schema is the one that this version needs."""
    engine = _engine()
    from packshot.database.migrate import status

    found = status(engine)
    print(f"database  {found.url}")
    print(f"schema    {found.revision or 'none'}")
    print(f"needed    {found.newest}{'' if found.is_current else ': packshot database upgrade'}")
    return 0 if found.is_current else 3


@app.command("upgrade")
def upgrade() -> int:
    """Make the tables, or change them to what this version needs. Make a backup first."""
    engine = _engine()
    from packshot.database.migrate import upgrade

    before = upgrade(engine)
    done = "is current" if before.is_current else f"from {before.revision or 'nothing'} to {before.newest}"
    print(f"{before.url}: {done}")
    return 0


def _engine() -> Any:
    from packshot.database import check_installed

    check_installed()
    from packshot.database.engine import open_engine, url_of
    from packshot.settings import resolve

    resolved = resolve()
    warn(resolved.warnings)
    return open_engine(url_of(resolved.settings))

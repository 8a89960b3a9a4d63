"""`packshot clean`."""

from datetime import UTC, datetime
from typing import Annotated

import typer

from packshot.cli.catalog import open_catalog


def clean(
    look: Annotated[bool, typer.Option("--look", help="Only say how many pictures it would be.")] = False,
) -> None:
    """Take away old jobs, unused photographs, and pictures that nothing speaks of, by the ages in the settings."""
    from packshot.tasks.cleaning import clean
    from packshot.wiring import open_assets

    with open_catalog() as (sessions, settings):
        done = clean(sessions, open_assets(settings), settings.storage, datetime.now(UTC), only_look=look)
    would = "would be " if look else ""
    print(f"{done.assets} pictures {would}removed, {done.bytes / 1e6:,.1f} MB")
    print(f"{done.photographs} photographs that were never used {would}forgotten")
    if not look:
        print(f"{done.jobs} jobs and {done.deliveries} messages forgotten")

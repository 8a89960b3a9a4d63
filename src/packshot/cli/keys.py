"""`packshot keys`: who may use the service."""

import json
from typing import Annotated, Any

import typer

from packshot.cli.shown import warn

app = typer.Typer(name="keys", help="Make, list and revoke the keys of the service.", no_args_is_help=True)


@app.command("create")
def create(
    name: Annotated[str, typer.Argument(help="What the key is called, as the program that uses it.")],
    tenant: Annotated[str, typer.Option(help="Whose it is; each tenant sees only its own.")] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(help="What it may do: read, write, review, webhooks; again for more. read and write."),
    ] = None,
    days: Annotated[int | None, typer.Option(min=1, max=36500, help="Days after which it ends.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Make a key and print it. It is shown this once."""
    sessions = _sessions()
    from packshot.tasks.keys import create_key

    try:
        key = create_key(sessions, name, tenant=tenant, scopes=scope or ("read", "write"), days=days)
    finally:
        sessions.close()
    if as_json:
        print(json.dumps({"id": key.id, "key": key.secret, "tenant": key.tenant, "scopes": list(key.scopes)}))
        return
    print(key.secret)


@app.command("list")
def list_(
    tenant: Annotated[str | None, typer.Option(help="Only keys of this tenant.")] = None,
) -> None:
    """List the keys: by their first letters, since the rest is known to nobody here."""
    sessions = _sessions()
    from packshot.database.base import now
    from packshot.tasks.keys import keys_of

    try:
        found = keys_of(sessions, tenant)
    finally:
        sessions.close()
    if not found:
        print("there are no keys; packshot keys create NAME makes one")
    for key in found:
        state = "good" if key.is_good(now()) else "revoked" if key.revoked_at else "ended"
        used = "never used" if key.used_at is None else f"used {key.used_at:%Y-%m-%d %H:%M}"
        whose = key.tenant or "-"
        print(f"{key.id}  {key.prefix}...  {key.name}  {whose}  {','.join(key.scopes)}  {state}  {used}")


@app.command("revoke")
def revoke(key: Annotated[str, typer.Argument(help="Its id, or its first ten letters.")]) -> None:
    """End a key. A service that runs notices within seconds."""
    sessions = _sessions()
    from packshot.tasks.keys import revoke_key

    try:
        gone = revoke_key(sessions, key)
    finally:
        sessions.close()
    print(f"{gone.prefix}... ({gone.name}) is no key any more")


def _sessions() -> Any:
    from packshot.settings import resolve
    from packshot.wiring import open_database

    resolved = resolve()
    warn(resolved.warnings)
    return open_database(resolved.settings)

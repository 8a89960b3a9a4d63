"""`packshot webhooks`."""

import json
import signal
import threading
from datetime import UTC, datetime
from typing import Annotated

import typer

from packshot.cli.catalog import Tenant, open_catalog
from packshot.cli.shown import one_line

app = typer.Typer(name="webhooks", help="Tell other programs what has happened.", no_args_is_help=True)

Endpoint = Annotated[str, typer.Argument(help="Id of an endpoint, as `packshot webhooks list` prints it.")]


@app.command("add")
def add(
    url: Annotated[str, typer.Argument(help="Where messages go, https.")],
    event: Annotated[
        list[str] | None, typer.Option(help="What it is to hear, as image.completed, job.* or *; may be repeated.")
    ] = None,
    tenant: Tenant = "",
) -> None:
    """Have messages sent there. Prints the secret that signs them, this once."""
    from packshot.jobs.endpoints import add_endpoint
    from packshot.storage.addresses import checked_url
    from packshot.wiring import webhook_rules

    with open_catalog() as (sessions, settings):
        checked_url(url, webhook_rules(settings))
        at = datetime.now(UTC)
        made, secret = sessions.write(lambda session: add_endpoint(session, url, event or ["*"], at, tenant))
    print(f"endpoint  {made}")
    print(f"secret    {secret}")


@app.command("list")
def list_(tenant: Tenant = "") -> None:
    """Print the endpoints, and why one hears nothing any more."""
    from packshot.jobs.endpoints import endpoints

    with open_catalog() as (sessions, _):
        for each in sessions.read(lambda session: endpoints(session, tenant)):
            state = "on" if each.enabled else f"off: {each.disabled_because}"
            print(one_line(f"{each.id}  {each.url}  {','.join(each.events)}  {state}"))


@app.command("change")
def change(
    endpoint: Endpoint,
    event: Annotated[list[str], typer.Option(help="What it is to hear from now on; may be repeated.")],
    tenant: Tenant = "",
) -> None:
    """Have an endpoint hear something else from now on. Its secret stays."""
    from packshot.jobs.endpoints import change_endpoint

    with open_catalog() as (sessions, _):
        sessions.write(lambda session: change_endpoint(session, endpoint, event, tenant))


@app.command("remove")
def remove(endpoint: Endpoint, tenant: Tenant = "") -> None:
    """Send nothing there any more, and forget what was sent."""
    from packshot.jobs.endpoints import remove_endpoint

    with open_catalog() as (sessions, _):
        sessions.write(lambda session: remove_endpoint(session, endpoint, tenant))


@app.command("enable")
def enable(endpoint: Endpoint, tenant: Tenant = "") -> None:
    """Send there again, what waited meanwhile included."""
    from packshot.jobs.endpoints import enable_endpoint

    with open_catalog() as (sessions, _):
        at = datetime.now(UTC)
        sessions.write(lambda session: enable_endpoint(session, endpoint, at, tenant))


@app.command("rotate")
def rotate(endpoint: Endpoint, tenant: Tenant = "") -> None:
    """Make another secret and print it, this once. The one before signs too for a day."""
    from packshot.jobs.endpoints import rotate_secret

    with open_catalog() as (sessions, _):
        at = datetime.now(UTC)
        print(sessions.write(lambda session: rotate_secret(session, endpoint, at, tenant)))


@app.command("test")
def send_on_trial(tenant: Tenant = "") -> int:
    """Send a message on trial to every endpoint that wants any such."""
    from packshot.database.outbox import announce
    from packshot.wiring import open_messenger

    with open_catalog() as (sessions, settings):
        at = datetime.now(UTC)
        count = sessions.write(lambda session: announce(session, tenant, "webhook.test", {"hello": "packshot"}, at))
        open_messenger(settings, sessions).deliver_due()
    print(f"{count} to tell; `packshot webhooks log` shows how it went")
    return 0


@app.command("log")
def log(
    endpoint: Annotated[str | None, typer.Option(help="Only of this endpoint.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 20,
    tenant: Tenant = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print it as JSON.")] = False,
) -> None:
    """Print what was told, and how it went; the newest first."""
    from packshot.jobs.endpoints import deliveries

    with open_catalog() as (sessions, _):
        found = sessions.read(lambda session: deliveries(session, tenant, endpoint=endpoint, limit=limit))
    if as_json:
        print(json.dumps([vars(each) for each in found], default=str, ensure_ascii=False))
        return
    for each in found:
        said = each.problem or ("" if each.answered is None else f"answered {each.answered}")
        tries = f"{each.attempts} {'attempt' if each.attempts == 1 else 'attempts'}"
        print(one_line(f"{each.id}  {each.kind}  {each.status}, {tries}  {said}").rstrip())


@app.command("replay")
def replay(
    delivery: Annotated[str | None, typer.Argument(help="Id of a delivery, whatever became of it.")] = None,
    endpoint: Annotated[str | None, typer.Option(help="All of this endpoint that failed.")] = None,
    tenant: Tenant = "",
) -> None:
    """Send again what was told before, or what could not be told."""
    from packshot.errors import InputError
    from packshot.jobs.endpoints import replay

    if (delivery is None) == (endpoint is None):
        raise InputError("say what to send again", hint="give the id of a delivery, or --endpoint")
    with open_catalog() as (sessions, _):
        at = datetime.now(UTC)
        count = sessions.write(lambda session: replay(session, at, tenant, delivery=delivery, endpoint=endpoint))
    print(f"{count} to tell again")


@app.command("deliver")
def deliver(
    once: Annotated[bool, typer.Option("--once", help="Only what is due now.")] = False,
) -> int:
    """Tell what there is to tell, until stopped. `packshot serve` does so by itself."""
    from packshot.wiring import open_messenger

    with open_catalog() as (sessions, settings):
        messenger = open_messenger(settings, sessions)
        if once:
            print(f"{messenger.deliver_due()} attempts")
            return 0
        stop = threading.Event()
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
        messenger.run(stop)
    return 0

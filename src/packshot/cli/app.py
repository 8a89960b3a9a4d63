"""The commands together, and how every error is shown: what, where, a way out."""

import os
import sys
from collections.abc import Sequence

import typer

from packshot import __version__
from packshot.cli import (
    background,
    catalog,
    check,
    clean,
    consistency,
    consume,
    costs,
    cutout,
    database,
    explain,
    keys,
    listing,
    models,
    place,
    provenance,
    replay,
    review,
    run,
    serve,
    sets,
    story,
    webhooks,
    worker,
)
from packshot.cli.shown import print_error
from packshot.errors import Cancelled, InputError, PackshotError

# The root of typer's own errors about usage; where it lives differs between versions.
_UsageError: type[Exception] = typer.BadParameter.__mro__[1]

app = typer.Typer(
    name="packshot",
    help="Turns product photographs into pictures that sell, offline.",
    epilog="Start with: packshot run marketplace-white PHOTOS -o OUT",
    no_args_is_help=True,
    rich_markup_mode=None,  # drawing help with rich takes three times as long
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("run")(run.run)
app.command("cutout")(cutout.cutout)
app.command("background")(background.background)
app.command("place")(place.place)
app.command("listing")(listing.listing)
app.command("check")(check.check)
app.command("consistency")(consistency.consistency)
app.command("explain")(story.explain)
app.command("replay")(replay.replay)
app.command("certify")(replay.certify)
app.command("recipes")(explain.recipes)
app.command("steps")(explain.steps)
app.add_typer(models.app, name="models")
app.command("sets")(sets.sets)
app.command("marketplaces")(check.marketplaces)
app.command("show")(explain.show)
app.command("settings")(explain.settings)
app.command("costs")(costs.costs)
app.command("provenance")(provenance.provenance)
app.command("certificate")(provenance.certificate)
app.add_typer(catalog.app, name="catalog")
app.command("consume")(consume.consume)
app.command("clean")(clean.clean)
app.add_typer(review.app, name="review")
app.add_typer(webhooks.app, name="webhooks")
app.add_typer(database.app, name="database")
app.add_typer(keys.app, name="keys")
app.command("serve")(serve.serve)
app.command("worker")(worker.worker)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"packshot {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: bool = typer.Option(False, "--version", callback=_print_version, is_eager=True, help="Print the version."),
) -> None:
    pass


def run_app(arguments: Sequence[str] | None = None) -> int:
    """The exit code of one command line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a file's name may be any bytes
    try:
        code = app(args=arguments, prog_name="packshot", standalone_mode=False)
        sys.stdout.flush()
    except PackshotError as error:
        print_error(error.message, ": ".join(error.where), error.hint)
        return 130 if isinstance(error, Cancelled) else 2 if isinstance(error, InputError) else 3
    except _UsageError as error:
        return _print_usage_error(error)
    except (KeyboardInterrupt, typer.Abort):
        print_error("stopped", "", "give the same command again")
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # whoever read has had enough
        return 0
    except Exception as error:
        if os.environ.get("PACKSHOT_DEBUG"):
            raise
        print_error(
            f"this is a bug in Packshot: {type(error).__name__}: {error}", "", "set PACKSHOT_DEBUG=1, report it"
        )
        return 3
    return code if isinstance(code, int) else 0


def _print_usage_error(error: BaseException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "packshot"
    message = getattr(error, "format_message", lambda: str(error))()
    if type(error).__name__ == "NoArgsIsHelpError":
        print(message)
        return 0
    print_error(message.rstrip("."), command, f"{command} --help")
    return 2

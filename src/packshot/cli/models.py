"""`packshot models`: what can be asked by name; and weights, listed, pulled and verified."""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from packshot.cli.progress import transfer_bar
from packshot.cli.shown import one_line, two_columns, value, warn

Name = Annotated[str, typer.Argument(help="The weights' name.")]


class _OrName(TyperGroup):
    """`packshot models NAME` explains; what is no command is a name."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["explain", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=_OrName,
    help="List the models, explain one, or pull and verify weights.",
    invoke_without_command=True,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def models(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        list_()


@app.command("list")
def list_() -> None:
    """List the models there are, and the weights that could be here or are."""
    shelf = _shelf()
    two_columns((name, f"{kind}: {card.summary}") for kind, name, card in _installed())
    print("\nweights: packshot models pull NAME")
    two_columns((card.name, _weights_line(card, shelf)) for card in shelf.cards().values())


@app.command("explain")
def explain(name: Name) -> None:
    """Explain a model: who made it, under which licence, what it does; of weights, where they lie."""
    from packshot.errors import UnknownName

    shelf = _shelf()
    cards, installed = shelf.cards(), list(_installed())
    found = [(kind, card) for kind, known, card in installed if known == name]
    if not found and name not in cards:
        raise UnknownName.of("model", name, [*(known for _, known, _ in installed), *cards], listing="packshot models")
    for kind, card in found:
        two_columns([("kind", kind), *((field, value(said)) for field, said in vars(card).items())])
    if name in cards:
        _weights(cards[name], shelf)


@app.command("pull")
def pull(
    name: Name,
    from_: Annotated[
        list[str] | None,
        typer.Option(
            "--from", metavar="[ROLE=]FILE|URL", help="Where it lies, where the card does not say or is wrong."
        ),
    ] = None,
    sha256: Annotated[
        list[str] | None, typer.Option("--sha256", metavar="[ROLE=]HEX", help="The digest that it must have.")
    ] = None,
    pin: Annotated[
        bool, typer.Option("--pin", help="Where nobody knows the digest: take what comes, and pin it.")
    ] = False,
    layout: Annotated[str | None, typer.Option("--layout", help="Of your own weights: how to talk to them.")] = None,
    licence: Annotated[str | None, typer.Option("--licence", metavar="SPDX", help="Of your own weights.")] = None,
    commercial: Annotated[
        bool, typer.Option("--commercial", help="Of your own weights: the licence allows commercial use.")
    ] = False,
    generative: Annotated[
        bool, typer.Option("--generative", help="Of your own weights: they may invent what was not there.")
    ] = False,
    option: Annotated[
        list[str] | None, typer.Option("--option", metavar="NAME=VALUE", help="Of your own weights, as factor=2.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Also where it is here already.")] = False,
) -> None:
    """Bring weights to this machine: those of a known name, or your own from a file or an address."""
    from packshot.tasks.weights import PullWeights, pull_weights

    shelf = _shelf()
    request = PullWeights(
        name=name,
        sources=_by_role(from_ or [], layout is not None or None, shelf, name),
        sha256=_by_role(sha256 or [], None, shelf, name),
        layout=layout or "",
        licence=licence or "",
        commercial=commercial or None,
        generative=generative,
        options=_options(option or []),
        pin=pin,
        again=again,
    )
    with transfer_bar() as progress:
        done = pull_weights(request, shelf, progress)
    for path in done.skipped:
        print(f"{one_line(str(path))}: here already")
    for path in done.paths:
        print(one_line(str(path)))
    _weights(done.card, shelf)


@app.command("verify")
def verify(
    names: Annotated[
        list[str] | None, typer.Argument(help="The weights' names; without one, all that are here.")
    ] = None,
) -> None:
    """Check digests again, and that each network takes and gives what its layout says."""
    from packshot.tasks.weights import verify_weights

    shelf = _shelf()
    chosen = names or [name for name, card in shelf.cards().items() if not shelf.missing(card)]
    if not chosen:
        print("no weights are on this machine")
    bad = 0
    for name in chosen:
        with transfer_bar() as progress:
            found = verify_weights(name, shelf, progress)
        bad += not found.is_fine
        print(f"{name}: {'fine' if found.is_fine else 'not fine'}")
        two_columns((f"  {file}", state) for file, state in found.files.items())
        for misfit in found.misfits:
            print(f"  does not fit {found.card.layout}: {one_line(misfit)}")
    if bad:
        raise typer.Exit(3)


def _shelf() -> Any:
    from packshot.models.weights.shelf import Shelf
    from packshot.settings import resolve

    resolved = resolve()
    warn(resolved.warnings)
    return Shelf(resolved.settings.weights)


def _installed() -> Iterable[tuple[str, str, Any]]:
    from packshot import wiring
    from packshot.tasks.models import installed

    return installed(wiring.open_services().models)


def _weights_line(card: Any, shelf: Any) -> str:
    commerce = {True: "commercial use", False: "no commercial use", None: "commercial use unknown"}[card.commercial]
    size = f"{card.bytes / 1e6:,.0f} MB" if all(file.bytes for file in card.files) else "size unknown"
    here = "not here" if shelf.missing(card) else "here"
    return f"{card.kind}; {card.licence}, {commerce}; {size}; {here}"


def _weights(card: Any, shelf: Any) -> None:
    rows = [(name, value(getattr(card, name))) for name in _SHOWN]
    rows += [(f"option {name}", value(said)) for name, said in card.options.items()]
    for file in card.files:
        path = shelf.path(card, file)
        where = str(path) if path.is_file() else f"not here; {file.url or 'nobody publishes it in this form'}"
        rows.append((file.role, one_line(where)))
        rows.append((f"{file.role} sha256", file.sha256 or "unknown until somebody pins it"))
        rows.append((f"{file.role} bytes", f"{file.bytes:,}" if file.bytes else "unknown"))
    two_columns(rows)


_SHOWN = (
    "name",
    "kind",
    "layout",
    "version",
    "summary",
    "licence",
    "commercial",
    "origin",
    "licence_source",
    "generative",
    "notes",
)


def _by_role(texts: Sequence[str], own: bool | None, shelf: Any, name: str) -> dict[str, str]:
    """`encoder=FILE` each; without a role, what the card's files need, in their order."""
    from packshot.errors import InputError

    card = None if own else shelf.cards().get(name)
    roles = [file.role for file in card.files] if card else ["network", "encoder", "decoder", "language", "vocabulary"]
    found: dict[str, str] = {}
    for text in texts:
        role, sign, source = text.partition("=")
        if not sign or role not in roles:
            role, source = roles[len(found)] if card and len(found) < len(roles) else "network", text
        if role in found or not source:
            raise InputError(f"'{text}' is one too many", hint=f"write ROLE=..., of: {', '.join(roles)}")
        found[role] = source
    return found


def _options(texts: Sequence[str]) -> dict[str, Any]:
    import yaml

    from packshot.errors import InputError

    found: dict[str, Any] = {}
    for text in texts:
        name, sign, said = text.partition("=")
        if not sign or not name:
            raise InputError(f"'{text}' is no option", hint="write --option NAME=VALUE, as --option factor=2")
        found[name] = yaml.safe_load(said)
    return found

"""`packshot check` and `packshot marketplaces`. What they need is imported when they are called."""

from pathlib import Path
from typing import Annotated

import typer

from packshot.cli import options


def check(
    profile: Annotated[str, typer.Argument(help="A marketplace (`packshot marketplaces` lists them) or a YAML file.")],
    inputs: options.Inputs,
    fix: Annotated[bool, typer.Option("--fix", help="Cure what a recipe can cure, into -o, and check again.")] = False,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for what --fix makes.")] = None,
    originals: Annotated[
        Path | None, typer.Option(help="Where --fix may find the photographs that the receipts name.")
    ] = None,
    read_text: Annotated[
        bool, typer.Option("--read-text", help="Read the picture, for letters beside the product.")
    ] = False,
    reader: Annotated[str, typer.Option(metavar="NAME", help="What reads it, of `packshot models`.")] = "rapidocr",
    strict: Annotated[bool, typer.Option("--strict", help="Warnings count as failures.")] = False,
    every: Annotated[
        bool, typer.Option("--all", help="Show every rule of every file, not only what is missed.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the reports as JSON.")] = False,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Also write the reports as JUnit XML.")] = None,
) -> int:
    """Check finished pictures against a marketplace's rules. Ends with 3 where one fails."""
    from packshot.cli.checking import Shown, run_check
    from packshot.errors import InputError

    if fix and out is None:
        raise InputError("--fix needs a folder for what it makes", hint="add -o OUT")
    if out is not None and not fix:
        raise InputError("-o is for what --fix makes", hint="add --fix, or leave -o out")
    shown = Shown(strict=strict, every=every, as_json=as_json, junit=junit)
    return run_check(profile, inputs, shown, fix_into=out, originals=originals, reader=reader if read_text else None)


def marketplaces(
    name: Annotated[str | None, typer.Argument(help="Explain this one, or a YAML file.")] = None,
    template: Annotated[bool, typer.Option("--template", help="Print a profile to begin one's own with.")] = False,
    checks: Annotated[bool, typer.Option("--checks", help="List what a rule can check.")] = False,
) -> None:
    """List the marketplaces whose rules are known, or explain one with its sources."""
    from packshot.cli.rules import checks_in_words, explained, listing
    from packshot.marketplaces import template as text_of_template

    if template:
        print(text_of_template(), end="")
    elif checks:
        print(checks_in_words())
    elif name is None:
        print(listing())
    else:
        print(explained(name))

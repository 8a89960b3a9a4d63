"""`packshot provenance` and `packshot certificate`: what files say of themselves, and what they are signed with."""

from pathlib import Path
from typing import Annotated

import typer

from packshot.cli import options
from packshot.cli.shown import name_of, warn


def provenance(
    inputs: options.Inputs,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per picture.")] = False,
) -> int:
    """Tell what pictures say of themselves: where they come from, whose they are, and whether a signature holds."""
    from packshot.cli.told import exit_code, print_told
    from packshot.settings import resolve
    from packshot.storage.folder import pictures_in
    from packshot.tasks.provenance import told_by

    resolved = resolve()
    warn(resolved.warnings)
    told = []
    for found in pictures_in(inputs):
        if any(part.startswith("contact-sheet") for part in found.relative.parts):
            continue  # of a folder of results; it shows them, and is none
        told.append(told_by(found.path, resolved.settings))
        print_told(told[-1], as_json=as_json)
    return exit_code(told)


def certificate(
    name: Annotated[
        str, typer.Option(help="Who verifiers will say has signed, as your shop's name.")
    ] = "Packshot user",
    folder: Annotated[
        Path | None, typer.Option(help="Where to put it; left out, where signing looks for it by itself.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Make a new one although there is one.")] = False,
) -> None:
    """Make a certificate of your own to sign pictures with (C2PA). Others will see them as valid, not as trusted."""
    from packshot.storage.certificates import made

    done = made(name, folder, again=again)
    print(f"certificate  {name_of(done.certificate)}   ({done.subject}, until {done.until:%d %B %Y})")
    print(f"key          {name_of(done.key)}   (keep it to yourself)")
    print(f"authority    {name_of(done.authorities)}   (give it to those who are to trust your signatures)")
    if folder is None:
        print("\nTo sign: PACKSHOT_PROVENANCE__SIGN=true, or sign = true under [provenance] in packshot.toml")
    else:
        print("\nTo sign, under [provenance] in packshot.toml: sign = true, and certificate and key as above")

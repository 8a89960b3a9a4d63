"""`packshot explain`: the story of a picture, from its receipt."""

import json
import textwrap
from dataclasses import asdict
from typing import Annotated

import typer

from packshot.cli.shown import name_of, one_line, print_error
from packshot.errors import InputError

_WIDTH = 100


def explain(
    receipts: Annotated[list[str], typer.Argument(help="Receipts (PICTURE.json), their pictures, or folders of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON per picture.")] = False,
) -> int:
    """Tell in words what was done to a picture, why, and how it came out."""
    from packshot.tasks.evidence import opened_receipt, receipts_in
    from packshot.tasks.story import story

    paths = receipts_in(receipts)
    failed = 0
    for number, path in enumerate(paths):
        try:
            chapters = story(opened_receipt(path).manifest)
        except InputError as error:
            failed += 1
            print_error(error.message, ": ".join([name_of(path), *error.where]), error.hint)
            continue
        if as_json:
            print(json.dumps({"receipt": name_of(path), "story": [asdict(chapter) for chapter in chapters]}))
            continue
        if number:
            print()
        print(name_of(path).removesuffix(".json"))
        for chapter in chapters:
            print(f"\n{one_line(chapter.title)}")
            for count, sentence in enumerate(chapter.sentences, 1):
                mark = f"{count:>3}. " if chapter.numbered else "  "
                print(textwrap.fill(one_line(sentence), _WIDTH, initial_indent=mark, subsequent_indent=" " * len(mark)))
    return 0 if not failed else 2 if failed == len(paths) else 3

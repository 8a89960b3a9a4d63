"""The only module that knows which class stands behind which port; and the Python door: read, run, write."""

from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

from packshot.errors import InputError
from packshot.image import Image
from packshot.models.library import ModelLibrary
from packshot.models.weights.shelf import Shelf
from packshot.ports import NO_HINTS, Account, Hints, Ledger, Signer, Toolbox
from packshot.recipe import Edit, Encoding, Recipe
from packshot.services import Services
from packshot.settings import Provenance, Settings, resolve
from packshot.storage.codec import decode
from packshot.storage.encode import encode
from packshot.storage.folder import write_whole
from packshot.tasks.batch import WRITTEN
from packshot.tasks.given import open_picture
from packshot.tasks.images import Rendition, Wishes, check_hints, render, signed
from packshot.tasks.order import Adjustments
from packshot.tasks.provenance import claim, label
from packshot.tasks.recipes import adjusted, check_edits, open_recipe


def open_services(settings: Settings | None = None, *, job: str = "", budget: Decimal | None = None) -> Services:
    """What tasks may use. Without `settings` they are resolved here and now.

    What is paid for goes to the account of `job`, or of a job of its own; all of it together is to cost no more than
    `budget`, or what the settings allow.
    """
    chosen = settings or resolve().settings
    account = Account(job or f"run-{uuid4()}", "", chosen.hosted.budget if budget is None else budget)
    models = ModelLibrary(Toolbox(chosen, lambda: open_ledger(chosen)), account, shelf=Shelf(chosen.weights))
    return Services(settings=chosen, models=models, signer=_signer(chosen.provenance))


def open_ledger(settings: Settings) -> Ledger:
    """The book of paid calls, shared by all processes. Raises DatabaseUnavailable."""
    from packshot.database import check_installed

    check_installed()
    from packshot.database.engine import url_of
    from packshot.database.migrate import open_sessions
    from packshot.storage.ledger import SqlLedger

    return SqlLedger(open_sessions(url_of(settings)))


def _signer(settings: Provenance) -> Signer | None:
    if not settings.sign:
        return None
    from packshot.storage.certificates import opened
    from packshot.storage.credentials import C2paSigner

    return C2paSigner(opened(settings.certificate, settings.key), thumbnail=settings.thumbnail)


def read(source: str | Path | bytes) -> Image:
    """The upright sRGB picture of a file, or of its bytes. Raises UnreadableImage and ImageTooLarge."""
    limits = resolve().settings.limits
    if isinstance(source, bytes):
        return decode(source, limits, longest=None).image
    return open_picture(Path(source), limits)


def run(
    recipe: str | Path | Recipe,
    image: Image,
    *,
    seed: int = 0,
    hints: Hints = NO_HINTS,
    pictures: Mapping[str, Image] | None = None,
    changes: Mapping[str, Any] | None = None,
    max_edit: Edit | None = None,
    services: Services | None = None,
) -> Rendition:
    """Make a rendition of `image`.

    `recipe` is a name, a path to a YAML file or a Recipe; `changes` go by `op.field`, as {"place.fill": 0.9};
    `pictures` are those the recipe speaks of by name. Raises RecipeError where a step
    edits more than `max_edit`. Without `services` they are opened for this call.
    """
    services = services or open_services()
    check_hints(hints, image.size)
    chosen = adjusted(open_recipe(recipe, services.settings), Adjustments(changes=changes or {}))
    check_edits(chosen, max_edit, services.models)
    return render(chosen, image, services, Wishes(seed, hints, pictures or {}))


def write(picture: Rendition | Image, path: str | Path, encoding: Encoding | None = None) -> Path:
    """Write a rendition as its recipe says, or an image, or either as `encoding` says; all of it or nothing.

    Where nothing is said the suffix decides, and where both speak they must agree. Raises OutputError, and
    TargetSizeUnreachable with the nearest bytes.
    """
    path = Path(path)
    image, asked = (picture.image, picture.recipe.output) if isinstance(picture, Rendition) else (picture, None)
    named = WRITTEN.get(path.suffix.lower())
    if encoding is not None and named is not None and encoding.format != named:
        raise InputError(f"{path.name} says {named}, the encoding says {encoding.format}", hint="change one of them")
    chosen = encoding or asked or Encoding()
    if named is None and encoding is None and asked is None:
        raise InputError(
            f"'{path.suffix or path.name}' names no format to write", hint=f"end the name in {', '.join(WRITTEN)}"
        )
    if named is not None and named != chosen.format:
        chosen = Encoding.model_validate({**chosen.model_dump(), "format": named})
    if not isinstance(picture, Rendition):
        write_whole(path, encode(image, chosen).data)  # nothing is known of it, so it says nothing
        return path
    settings = resolve().settings.provenance
    said = label(picture.recipe, picture.records, settings).metadata
    asserted = claim(
        picture.recipe, picture.records, title=path.name, source=("photograph", ""), source_digest="not recorded"
    )
    content, _, over_budget, _ = signed(image, chosen, said, _signer(settings), asserted)
    if over_budget:
        raise over_budget
    write_whole(path, content)
    return path

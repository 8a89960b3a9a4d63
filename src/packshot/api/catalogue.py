"""`/api/v1/import` and `/api/v1/export`: the catalogue in and out, as the command line has it."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any, Final, Literal, TypeAlias

from fastapi import APIRouter, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool

from packshot.api.access import Reader, Shop, Writer
from packshot.api.arriving import allow
from packshot.api.bodies import body_of
from packshot.api.problems import RESPONSES, unfit
from packshot.api.turns import Turns
from packshot.api.views import V1
from packshot.catalog.bundle import bundle_parts
from packshot.catalog.feeds import FEEDS, feed_lines
from packshot.catalog.importing import Imported, count_rows, import_rows
from packshot.catalog.queries import FINISHED, ImageFacts, Wanted, approved, skus_with_images
from packshot.catalog.rows import BadRow, Columns, Form, Reading, Row, delimiter_in, read_rows, rows_of
from packshot.errors import ImageTooLarge, InputError, NotFound, UnsupportedMedia
from packshot.settings import Settings
from packshot.storage.folder import unwritten
from packshot.tasks.packed import rows_in
from packshot.tasks.remembering import tenant_assets
from packshot.wiring import Workshop, public_link

router = APIRouter(prefix=V1, tags=["catalogue"], responses=RESPONSES)

ZIP: Final = "application/zip"
LEFT_OUT: Final = "Packshot-Left-Out"  # how many images a feed is without
_CSV: Final = "text/csv; charset=utf-8"
_FORMS: Final[dict[str, Form]] = {"text/csv": "csv", "application/x-ndjson": "json"}
_TOLD: Final = 10_000  # bad rows that an answer names

Export: TypeAlias = Literal["csv", "google", "shopify", "zip"]


class ImportImages(BaseModel):
    """Photographs of skus, by their addresses; nothing is fetched yet."""

    model_config = ConfigDict(extra="forbid")

    images: list[Any] = Field(
        max_length=10_000,
        description="objects with sku_id, image_url, and where there is one product_group_id, image_type, value",
        examples=[[{"sku_id": "SKU-001", "image_url": "https://example.com/image1.jpg", "product_group_id": "PG-001"}]],
    )


class Problematic(BaseModel):
    """A row that cannot be used, and why."""

    line: int = Field(description="its place in the list from 1; of a file, the line where it begins", examples=[7])
    message: str = Field(examples=["image_url is no address on the web: 'photo.jpg'"])


class ImportedImages(BaseModel):
    """Rows that cannot be used are named and stop nobody. `known` were there before, or came twice."""

    read: int = Field(examples=[3])
    added: int = Field(examples=[1])
    known: int = Field(examples=[1])
    changed: int = Field(description="of those: another type, group or value by now", examples=[0])
    bad: int = Field(examples=[1])
    groups: int = Field(description="new ones", examples=[1])
    skus: int = Field(description="new ones", examples=[1])
    problems: list[Problematic] = Field(description="of the first ten thousand bad rows")


_FILE: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": ImportImages.model_json_schema()},
            "text/csv": {
                "schema": {"type": "string"},
                "example": "sku_id,image_url,product_group_id\nSKU-001,https://example.com/image1.jpg,PG-001\n",
            },
            "application/x-ndjson": {
                "schema": {"type": "string"},
                "example": '{"sku_id": "SKU-001", "image_url": "https://example.com/image1.jpg"}\n',
            },
            ZIP: _FILE,
        },
    }
}

Column = Annotated[str | None, Query(min_length=1, max_length=191)]


@router.post("/import", openapi_extra=_BODY)
async def import_images(
    request: Request,
    shop: Shop,
    caller: Writer,
    url_column: Column = None,
    sku_column: Column = None,
    product_group_column: Column = None,
    type_column: Column = None,
    value_column: Column = None,
    encoding: Annotated[
        str | None, Query(max_length=40, pattern=r"^[\w.:-]+$", description="of a CSV that is not UTF-8, as cp1252")
    ] = None,
    delimiter: Annotated[str | None, Query(max_length=3, description="of a CSV, where its header misleads")] = None,
    check: Annotated[bool, Query(description="only read; keep nothing")] = False,
) -> ImportedImages:
    """Take photographs into the catalogue: their addresses as JSON, CSV or JSON lines, or themselves as a ZIP.

    Whatever its columns, or the keys of its objects, are called: `url_column=Bild&sku_column=Artikel`.
    """
    given = (url_column, sku_column, product_group_column, type_column, value_column)
    plain = Columns()
    columns = Columns(*(name or getattr(plain, field) for field, name in zip(vars(plain), given, strict=True)))
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    settings = shop.services.settings
    turns: Turns = request.app.state.turns
    place = turns.take()
    try:
        if kind == ZIP or kind in _FORMS:
            if kind == ZIP and check:
                raise InputError("a ZIP is read by importing it", hint="leave check out")
            reading = Reading(columns, _FORMS.get(kind), encoding, delimiter_in(delimiter))
            async with _kept(request, settings) as path:
                rows = read_rows(path, reading) if kind in _FORMS else _packed(path, shop, caller.tenant)
                return await run_in_threadpool(_imported, shop, caller.tenant, rows, check)
        if not kind.endswith("json"):
            taken = ", ".join(("application/json", *_FORMS, ZIP))
            raise UnsupportedMedia(f"the body is {kind or 'of no kind that is said'}", hint=f"send {taken}")
        body = await body_of(request, settings.limits)
        try:
            asked = ImportImages.model_validate_json(body)
        except ValidationError as error:
            raise unfit(error) from None
        return await run_in_threadpool(_imported, shop, caller.tenant, rows_of(asked.images, columns), check)
    finally:
        place.leave()


def _packed(path: Path, shop: Workshop, tenant: str) -> Iterator[Row | BadRow]:
    settings = shop.services.settings
    return rows_in(path, tenant_assets(shop.memory, settings, tenant), settings.limits)


def _imported(shop: Workshop, tenant: str, rows: Iterator[Row | BadRow], check: bool) -> ImportedImages:
    bad: list[BadRow] = []

    def told_of(row: BadRow) -> None:
        if len(bad) < _TOLD:
            bad.append(row)

    done: Imported = (
        count_rows(rows, told_of) if check else import_rows(shop.memory.sessions, rows, tenant=tenant, told_of=told_of)
    )
    return ImportedImages.model_validate({**done.as_data(), "problems": [vars(each) for each in bad]})


@asynccontextmanager
async def _kept(request: Request, settings: Settings) -> AsyncIterator[Path]:
    """The body in a file, which is gone afterwards. Raises ImageTooLarge, TooSlow, StorageFull."""
    most = int(settings.service.import_megabytes * 1_000_000)
    too_large = ImageTooLarge(
        f"the body is larger than the {settings.service.import_megabytes:g} MB that are taken",
        hint="hand it in in parts: what is known is not kept twice",
    )
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise too_large
    # A body of so many pictures may take so many times as long as one.
    seconds = settings.service.body_seconds * max(1, settings.service.import_megabytes / settings.limits.max_megabytes)
    allow(request, most, seconds)
    with TemporaryDirectory(prefix="packshot-") as folder:
        path = Path(folder) / "body"
        come = 0
        try:
            with path.open("wb") as file:
                async for chunk in request.stream():
                    come += len(chunk)
                    if come > most:
                        raise too_large
                    file.write(chunk)
        except OSError as error:
            raise unwritten(path, error) from error
        yield path


FILES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "a file, as it is written",
        "content": {
            "text/csv": {
                "schema": {"type": "string"},
                "example": "id,item_group_id,image_link,additional_image_link\r\n"
                "MUG-001,G-MUGS,https://img.example/files/5f.../MUG-001-primary.jpg,\r\n",
            },
            ZIP: _FILE,
        },
    }
}


@router.get("/export", response_class=StreamingResponse, responses=FILES)
def export(
    shop: Shop,
    caller: Reader,
    form: Annotated[
        Export, Query(alias="format", description="csv has everything; google and shopify are feeds; zip the pictures")
    ] = "csv",
    every: Annotated[
        bool, Query(alias="all", description="also what nobody has approved; csv has it in any case")
    ] = False,
    group: Annotated[str | None, Query(max_length=191, description="only of this product group")] = None,
    sku: Annotated[str | None, Query(max_length=191, description="only of this sku")] = None,
) -> StreamingResponse:
    """What is finished, as a file that shops take."""
    wanted = Wanted(caller.tenant, None, group, sku)
    return file_of(shop, form, lambda: skus_with_images(shop.memory.sessions, wanted), "catalog", every)


def file_of(
    shop: Workshop, form: Export, skus: Callable[[], Iterator[Any]], name: str, every: bool
) -> StreamingResponse:
    """These images as a file, written as it is sent: a ZIP ends with what it leaves out, a feed has its number in a
    header. Raises NotFound where a feed would have no addresses."""
    settings = shop.services.settings
    if form == "zip":
        return _sent(bundle_parts(skus(), shop.memory.assets.get, every), ZIP, f"{name}.zip")
    feed = FEEDS[form]
    if feed.needs_links and settings.storage.public_url is None:
        raise NotFound(
            "a feed needs addresses that the shop can fetch, and this service has none",
            hint="whoever runs it sets PACKSHOT_STORAGE__PUBLIC_URL; csv and zip do without",
        )
    public = public_link(settings)
    if not feed.needs_links:
        lines = feed_lines(feed, skus(), lambda image: public(image) or image.enhanced_url, _unheard)
        return _sent((line.encode() for line in lines), _CSV, f"{name}.csv")
    missing = sum(not public(each) or not (every or each.qc_status in FINISHED) for _, some in skus() for each in some)
    lines = feed_lines(feed, skus() if every else approved(skus(), _unheard), public, _unheard)
    return _sent((line.encode() for line in lines), _CSV, f"{name}-{form}.csv", {LEFT_OUT: str(missing)})


def _unheard(image: ImageFacts) -> None:
    """What is left out has been counted before."""


def _sent(parts: Iterator[bytes], kind: str, name: str, more: Mapping[str, str] | None = None) -> StreamingResponse:
    """The first parts are made before anything is answered, so that a database that is away is a problem like any."""
    begun = [part for _, part in zip(range(2), parts, strict=False)]
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store", **(more or {})}
    return StreamingResponse(chain(begun, parts), media_type=kind, headers=headers)

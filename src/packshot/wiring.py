"""The only module that knows which class stands behind which port; and the Python door: read, run, write."""

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from uuid import uuid4

from packshot import __version__, logs, telemetry
from packshot.database import check_installed
from packshot.errors import ExtraMissing, InputError, SettingsError
from packshot.image import Image
from packshot.models.library import ModelLibrary
from packshot.models.weights.shelf import Shelf
from packshot.ports import NO_HINTS, Account, AssetStore, Hints, JobEngine, Ledger, Signer, Toolbox
from packshot.recipe import Edit, Encoding, Recipe
from packshot.services import Services
from packshot.settings import Provenance, Settings, resolve, state_folder
from packshot.storage.addresses import Rules
from packshot.storage.assets import FolderAssets
from packshot.storage.codec import decode, probe
from packshot.storage.encode import encode
from packshot.storage.folder import write_whole
from packshot.storage.links import Links, secret_in
from packshot.tasks.batch import WRITTEN
from packshot.tasks.given import open_picture, read_file
from packshot.tasks.images import Rendition, Wishes, check_hints, render, signed
from packshot.tasks.order import Adjustments
from packshot.tasks.provenance import claim, label
from packshot.tasks.recipes import adjusted, check_edits, open_recipe

CUTOUTS = 8  # that a worker remembers: a photograph is often wanted in many forms one after the other


def observe(settings: Settings) -> None:
    """Logs of this process from now on, and traces where the settings want them. Raises ExtraMissing."""
    logs.install(settings.service.log)
    telemetry.install(settings.telemetry.endpoint, __version__)


def open_services(
    settings: Settings | None = None,
    *,
    job: str = "",
    tenant: str = "",
    budget: Decimal | None = None,
    cutouts: int = 0,
) -> Services:
    """What tasks may use. Without `settings` they are resolved here and now.

    What is paid for goes to the account of `job`, or of a job of its own, in the book of `tenant`; all of it together
    is to cost no more than `budget`, or what the settings allow. The last so many `cutouts` are not made again.
    """
    chosen = settings or resolve().settings
    account = Account(job or f"run-{uuid4()}", "", chosen.hosted.budget if budget is None else budget)
    toolbox = Toolbox(chosen, lambda: open_ledger(chosen, tenant))
    models = ModelLibrary(toolbox, account, shelf=Shelf(chosen.weights), remembered=cutouts)
    return Services(settings=chosen, models=models, signer=_signer(chosen.provenance))


def open_ledger(settings: Settings, tenant: str = "") -> Ledger:
    """A tenant's book of paid calls, shared by all processes. Raises DatabaseUnavailable."""
    sessions = open_database(settings)
    from packshot.storage.ledger import SqlLedger

    return SqlLedger(sessions, tenant)


def open_database(settings: Settings) -> Any:
    """`Sessions` of this deployment's database, to be closed by whoever asked.

    Raises DatabaseUnavailable and DatabaseBehind.
    """
    check_installed()
    from packshot.database.engine import url_of
    from packshot.database.migrate import open_sessions

    return open_sessions(url_of(settings))


def _signer(settings: Provenance) -> Signer | None:
    if not settings.sign:
        return None
    from packshot.storage.certificates import opened
    from packshot.storage.credentials import C2paSigner

    return C2paSigner(opened(settings.certificate, settings.key), thumbnail=settings.thumbnail)


@dataclass(frozen=True)
class Workshop:
    """What a door needs to have jobs done: the tasks, where they are remembered, and who does them."""

    services: Services
    memory: Any  # Remembering
    store: Any  # JobStore
    tasks: Mapping[str, Any]  # Task by name
    submit: Callable[[str], None]
    ledger_of: Callable[[str], Ledger]  # of a tenant
    services_of: Callable[[str], Services]


@contextmanager
def open_workshop(settings: Settings, workers: int | None = None) -> Iterator[Workshop]:
    """Everything there, and workers running until it is left: as many as `workers` or the settings say, 0 for none.

    With a broker in the settings its workers do the jobs, and none is started here. Raises DatabaseUnavailable,
    DatabaseBehind.
    """
    from packshot.jobs.store import JobStore
    from packshot.storage.ledger import SqlLedger
    from packshot.tasks.every import every_task

    memory = open_memory(settings)

    @cache
    def services_of(tenant: str) -> Services:
        return open_services(settings, tenant=tenant)

    try:
        with open_engine(settings, workers) as engine, telling(settings, memory.sessions):
            yield Workshop(
                services=services_of(""),
                memory=memory,
                store=JobStore(memory.sessions),
                tasks=every_task(),
                submit=engine.submit,
                ledger_of=partial(SqlLedger, memory.sessions),
                services_of=services_of,
            )
    finally:
        memory.sessions.close()


def open_messenger(settings: Settings, sessions: Any) -> Any:
    """A `Messenger` that tells endpoints what there is to tell. Raises ExtraMissing."""
    check_installed("standardwebhooks", extra="service")
    from packshot.jobs.notify import Messenger
    from packshot.storage.posting import post

    rules = webhook_rules(settings)
    publishers: list[Any] = []

    def sent(url: str, body: bytes, headers: Mapping[str, str]) -> Any:
        if not url.startswith("kafka:"):
            return post(url, body, headers, rules)
        if not publishers:
            options = kafka_options(settings)
            from packshot.jobs.kafka import Publisher

            publishers.append(Publisher(options))
        return publishers[0].post(url, body, headers)

    return Messenger(sessions, sent)


def kafka_options(settings: Settings) -> dict[str, str]:
    """librdkafka's, from the settings. Raises ExtraMissing, SettingsError."""
    if find_spec("confluent_kafka") is None:
        raise ExtraMissing("Kafka needs confluent-kafka, which is not installed", hint="pip install 'packshot[kafka]'")
    if settings.kafka.brokers is None:
        raise SettingsError("nobody has said where Kafka is", hint="set PACKSHOT_KAFKA__BROKERS, as kafka:9092")
    more = "" if settings.kafka.options is None else settings.kafka.options.get_secret_value()
    pairs = (each.partition("=") for each in more.split(",") if each.strip())
    return {"bootstrap.servers": settings.kafka.brokers, **{name.strip(): value for name, _, value in pairs}}


def open_stream(settings: Settings, sessions: Any, tenant: str = "") -> Callable[..., int]:
    """Reads a topic until it is told to stop, makes jobs of its messages, and has the results told to another topic."""
    options = kafka_options(settings)
    from packshot.jobs.kafka import SCHEME, consume
    from packshot.tasks.streaming import job_of, tell_topic

    tell_topic(sessions, SCHEME + settings.kafka.results, tenant)

    def read(topic: str, stop: threading.Event, trouble: Callable[[str], None]) -> int:
        def handle(body: bytes, place: Any) -> None:
            job_of(sessions, body, str(place), tenant)

        with telling(settings, sessions):
            return consume(options, topic, settings.kafka.group, handle, stop, trouble=trouble)

    return read


def webhook_rules(settings: Settings) -> Rules:
    """Which addresses may be endpoints."""
    asked = settings.webhooks
    return Rules(
        max_bytes=0,
        timeout=asked.timeout,
        allow_http=asked.allow_http,
        allow_private=asked.allow_private,
        settings="PACKSHOT_WEBHOOKS__",
    )


@contextmanager
def telling(settings: Settings, sessions: Any) -> Iterator[None]:
    """Endpoints are told what there is to tell, by a thread, while this is open."""
    messenger, stop = open_messenger(settings, sessions), threading.Event()
    thread = threading.Thread(target=messenger.run, args=(stop,), name="packshot messenger", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(timeout=settings.webhooks.timeout)


def open_memory(settings: Settings) -> Any:
    """Where things last: the `Remembering` of this deployment."""
    from packshot.database.engine import url_of
    from packshot.tasks.remembering import Remembering

    return Remembering(open_database(settings), url_of(settings), state_folder(settings), open_assets(settings))


@contextmanager
def open_engine(settings: Settings, workers: int | None = None) -> Iterator[JobEngine]:
    """Who does the jobs, while this is open: workers of this process, or whoever hears the broker."""
    if settings.jobs.broker is not None:
        celery = _celery()
        with celery.CeleryEngine(settings.jobs.broker.get_secret_value(), settings.jobs.queue) as engine:
            yield engine
        return
    from packshot.jobs.inline import ProcessEngine

    with ProcessEngine(
        partial(open_work, settings), _count(settings, workers), limit=settings.jobs.max_seconds
    ) as engine:
        yield engine


@contextmanager
def open_workers(settings: Settings, workers: int | None = None) -> Iterator[None]:
    """Worker processes, while this is open; they hear the broker where there is one."""
    if settings.jobs.broker is None:
        with open_engine(settings, workers):
            yield
        return
    broker, work = settings.jobs.broker.get_secret_value(), partial(open_work, settings)
    count, limit = _count(settings, workers), settings.jobs.max_seconds
    with _celery().CeleryWorkers(broker, settings.jobs.queue, work, count, limit=limit):
        yield


def _count(settings: Settings, workers: int | None) -> int:
    count = settings.jobs.workers if workers is None else workers
    return (os.cpu_count() or 1) if count is None else count


def _celery() -> Any:
    if find_spec("celery") is None:
        raise ExtraMissing("a broker needs the library celery", hint="pip install 'packshot[celery]'")
    from packshot.jobs import celery

    return celery


def open_work(settings: Settings) -> Any:
    """What a worker process needs: the claims, and what is done with one."""
    import cv2

    from packshot.jobs.claims import Claims
    from packshot.tasks.every import every_task
    from packshot.tasks.registry import work_of

    observe(settings)
    cv2.setNumThreads(1)  # the cores are busy with other pictures
    memory = open_memory(settings)

    @cache
    def services_of(tenant: str) -> Services:
        return open_services(settings, tenant=tenant, cutouts=CUTOUTS)

    claims = Claims(memory.sessions, running_limit=settings.jobs.running_limit)
    return claims, work_of(every_task(), services_of, memory)


@dataclass(frozen=True)
class PlacedPicture:
    """One picture of a placement: its bytes, its receipt, who made the place, and which painters could not, and why."""

    variant: int
    format: str
    data: bytes
    manifest: dict[str, Any]
    by: str
    tried: list[dict[str, Any]]
    verdict: str
    reasons: list[str]
    certificate: str
    score: float


@dataclass(frozen=True)
class Placed:
    """What `place` gives back. `failures` name variant, step and error; `went_on`: it had been begun before."""

    job: str
    pictures: list[PlacedPicture]
    failures: list[dict[str, Any]]
    seen: dict[str, Any]
    went_on: bool


def place(
    product: str | Path | bytes,
    *,
    background: str | Path | bytes | None = None,
    again: bool = False,
    settings: Settings | None = None,
    services: Services | None = None,
    tell: Callable[[float, str], None] = lambda fraction, message: None,
    **asked: Any,
) -> Placed:
    """Stand a product in places, remembered as a job: asked for the same, it goes on where it was cut off.

    `asked` are the fields of `PlaceProduct`, as scene="a kitchen", painters=["gemini"], variants=4. Needs the extra
    'workflow'.
    """
    chosen = settings or (services.settings if services else resolve().settings)
    check_installed("langgraph", extra="workflow")
    from packshot.database.engine import url_of
    from packshot.database.migrate import open_sessions
    from packshot.tasks.placements import place as done_now
    from packshot.tasks.remembering import Remembering, of_tenant
    from packshot.workflows.asked import PlaceProduct

    name = "product" if isinstance(product, bytes) else Path(product).name
    url = url_of(chosen)
    sessions = open_sessions(url)
    try:
        memory = of_tenant(Remembering(sessions, url, state_folder(chosen), open_assets(chosen)), chosen, "")
        assets = memory.assets
        asked |= {"product": _kept(product, assets, chosen), "name": asked.get("name", name)}
        if background is not None:
            asked["background"] = _kept(background, assets, chosen)
        found = done_now(PlaceProduct.asked(asked), services or open_services(chosen), memory, again=again, tell=tell)
    finally:
        sessions.close()
    pictures = [
        PlacedPicture(
            variant=one["variant"],
            format=one["format"],
            data=assets.get(one["asset"]),
            manifest=json.loads(assets.get(one["manifest"])),
            by=one["by"],
            tried=one["tried"],
            verdict=one["verdict"],
            reasons=one["reasons"],
            certificate=one["certificate"],
            score=one["score"],
        )
        for one in found.pictures
    ]
    return Placed(found.job, pictures, [dict(each) for each in found.failures], found.seen, found.went_on)


def open_assets(settings: Settings) -> Any:
    """Where stored pictures lie: an `AssetStore` that can be cleaned. Raises ExtraMissing, SettingsError."""
    if settings.storage.url is None:
        return FolderAssets(state_folder(settings) / "assets")
    if find_spec("obstore") is None:
        raise ExtraMissing("a bucket needs obstore, which is not installed", hint="pip install 'packshot[s3]'")
    from packshot.storage.s3 import S3Assets

    return S3Assets(settings.storage)


def open_links(settings: Settings) -> Links:
    """Signed links to assets. Raises SettingsError where nobody has said how the outside reaches us."""
    storage = settings.storage
    if storage.public_url is None:
        raise SettingsError(
            "there are no links as long as this service has no address",
            hint="set PACKSHOT_STORAGE__PUBLIC_URL, as https://img.example",
        )
    if storage.link_secret is not None:
        return Links(storage.link_secret.get_secret_value().encode(), storage.public_url)
    return Links(secret_in(state_folder(settings) / "links.key"), storage.public_url)


def public_link(settings: Settings) -> Callable[[Any], str]:
    """Where the outside finds a rendition of the catalogue: where it says itself, or by a link of ours that never ends;
    "" where neither is so."""
    from packshot.catalog.names import safe_name

    links = None if settings.storage.public_url is None else open_links(settings)

    def link(image: Any) -> str:
        if image.enhanced_url.startswith("http"):
            return str(image.enhanced_url)
        if links is None or image.asset is None:
            return ""
        return links.to(image.asset, f"{safe_name(image.sku)}-{safe_name(image.image_type)}{image.suffix}")

    return link


def _kept(source: str | Path | bytes, assets: AssetStore, settings: Settings) -> str:
    """A picture's bytes as an asset, once they are known to be a picture within the limits."""
    data = source if isinstance(source, bytes) else read_file(Path(source), settings.limits)
    probe(data, settings.limits)
    return assets.put(data)


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

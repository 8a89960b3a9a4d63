"""One picture: bytes in, bytes and their receipt out."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import cv2

from packshot import __version__
from packshot.errors import InputError, OutputError, TargetSizeUnreachable
from packshot.fidelity import Certificate, certify
from packshot.geometry import composed
from packshot.image import Alpha, Box, Image
from packshot.label.guard import compare, lies_in
from packshot.label.strips import box_of_quad, mapped
from packshot.manifest import Manifest, Output, Source, StepRecord, Verdict, digest_of
from packshot.marketplaces import Profile
from packshot.ports import NO_HINTS, Claim, Hints, Signer, TextLine, TextReader
from packshot.quality import Score, score
from packshot.recipe import Context, Encoding, Recipe, Run, Step, run
from packshot.services import Services
from packshot.settings import Settings
from packshot.storage.codec import Decoded, decode
from packshot.storage.encode import encode
from packshot.storage.metadata import Metadata
from packshot.tasks.check import check_bytes
from packshot.tasks.environment import environment
from packshot.tasks.order import Holds
from packshot.tasks.provenance import claim, label

Progress: TypeAlias = Callable[[float, str], None]


def quiet(fraction: float, message: str) -> None:
    """Nobody listens."""


@dataclass(frozen=True, eq=False)
class Rendition:
    """A picture made by a recipe, and what is known about it.

    `confidence` is the least of its steps', of the cutout and of the surface, 0..1, None where none has any;
    `before` is the score of the photograph.
    `certificate` compares the product's pixels with the photograph's; `product` says where they are, None where nothing
    was cut out. `text` says what
    the label reads before and after, None where nobody asked.
    """

    image: Image
    recipe: Recipe
    records: tuple[StepRecord, ...]
    verdict: Verdict
    confidence: float | None
    reasons: tuple[str, ...]
    score: Score
    before: Score
    certificate: Certificate
    product: Alpha | None = None
    text: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class ProcessedImage:
    """The finished file, its receipt, and the pictures that went in and came out.

    Where the byte budget could not be met, `data` is the nearest there is and `over_budget` says so.
    """

    data: bytes
    manifest: Manifest
    photo: Image
    rendition: Rendition
    over_budget: TargetSizeUnreachable | None = None


@dataclass(frozen=True, eq=False)
class Wishes:
    """What is asked for one picture besides the recipe. `hints` are in pixels of the upright file."""

    seed: int = 0
    hints: Hints = NO_HINTS
    pictures: Mapping[str, Image] = field(default_factory=dict)
    holds: Holds = "picture"
    source_types: Mapping[str, str] = field(default_factory=dict)  # of the pictures: IPTC's codes, where they have one
    guard_text: str | None = None  # the text reader that compares the label with the photograph's
    profile: Profile | None = None  # the marketplace whose rules the finished file is checked against


NO_WISHES = Wishes()


def render(
    recipe: Recipe,
    photo: Image,
    services: Services,
    wishes: Wishes = NO_WISHES,
    *,
    decoded_at: float = 1.0,
    progress: Progress = quiet,
) -> Rendition:
    """Run a recipe and judge what came out. `decoded_at` is the size of `photo` relative to its file."""
    reader = None if wishes.guard_text is None else services.models.reader(wishes.guard_text)
    lines = None if reader is None else reader.read(photo)
    context = Context(
        models=services.models,
        seed=wishes.seed,
        hints=wishes.hints,
        pictures=wishes.pictures,
        lines=lines,
        progress=progress,
    )
    return judged(recipe, photo, run(recipe, photo, context), services, decoded_at, reader, lines)


def judged(
    recipe: Recipe,
    photo: Image,
    done: Run,
    services: Services,
    decoded_at: float = 1.0,
    reader: TextReader | None = None,
    lines: Sequence[TextLine] | None = None,
) -> Rendition:
    """What is known about a picture that has been made. `lines` are what `reader` read in the photograph."""
    confidence, reasons = doubts_of(done.records)
    before, after = scores(recipe, photo, done, decoded_at, lines or ())
    text = None if reader is None else text_of(photo, done, reader, lines)
    total = None if stands_in_a_scene(done.records) else after.total
    verdict = verdict_on(confidence, total, services.settings)
    sure_of_outline = confidence is None or confidence >= services.settings.sure_from
    if sure_of_outline and total is not None and total <= services.settings.approve_above:
        reasons = (*reasons, after.in_words(services.settings.approve_above))
    if text is not None and text["verdict"] == "worse":
        verdict, reasons = "doubtful", (*reasons, f"the label got worse, {text['reasons'][0]}")
    return Rendition(
        image=done.image,
        recipe=recipe,
        records=done.records,
        verdict=verdict,
        confidence=confidence,
        reasons=reasons,
        score=after,
        before=before,
        certificate=certified(photo, done, text),
        product=done.product,
        text=text,
    )


def process_image(
    data: bytes,
    recipe: Recipe,
    services: Services,
    wishes: Wishes = NO_WISHES,
    *,
    name: str = "picture",
    output: str = "",
    kept: int | None = None,
    progress: Progress = quiet,
) -> ProcessedImage:
    """A photograph's bytes through a recipe. `name` and `output` are what the manifest calls the two files.

    Of the photograph, every so-manieth pixel is given back, so that `kept` are left of the longer side; all where that
    is None. Encoding takes the most memory, and then the rest of the photograph need not lie there any more.
    """
    started = time.perf_counter()
    needs = recipe.needs()
    # The product is taken to fill at least half the frame; where it fills less it is enlarged, and the score says so.
    decoded = decode(data, services.settings.limits, longest=None if needs is None else 2 * needs)
    digest = digest_of(data)
    check_hints(wishes.hints, decoded.size)
    fitted = replace(wishes, hints=wishes.hints.scaled(decoded.size, decoded.image.size))
    rendition = render(
        recipe,
        decoded.image,
        replace(services, models=services.models.charged_to(picture=digest)),
        fitted,
        decoded_at=decoded.image.size[0] / decoded.size[0],
        progress=progress,
    )
    if kept is not None:
        decoded = replace(decoded, image=_thinned(decoded.image, kept))
    return finished(
        data, decoded, rendition, services, wishes, name=name, output=output, started=started, digest=digest
    )


def _thinned(image: Image, kept: int) -> Image:
    """Every so-manieth pixel, so that `kept` are left of the longer side, or a few more."""
    step = max(image.size) // kept
    if step <= 1:
        return image
    alpha = None if image.alpha is None else image.alpha[::step, ::step]
    return Image(image.rgb[::step, ::step], alpha)


def finished(
    data: bytes,
    decoded: Decoded,
    rendition: Rendition,
    services: Services,
    wishes: Wishes = NO_WISHES,
    *,
    name: str,
    output: str,
    started: float,
    digest: str,
) -> ProcessedImage:
    """The file of a rendition, and its receipt.

    `started` is when its making was begun, by `time.perf_counter`; `digest` is that of `data`.
    """
    recipe = rendition.recipe
    provenance: dict[str, Any] = {}
    if wishes.holds == "alpha":
        content, facts, over_budget = grey_png(rendition.image), {"holds": "alpha"}, None
    else:
        said = label(
            recipe,
            rendition.records,
            services.settings.provenance,
            cut_out=decoded.image.alpha is not None,
            metadata=decoded.metadata,
            data=data,
            beneath=wishes.source_types,
        )
        asserted = claim(
            recipe,
            rendition.records,
            title=output or name,
            source=(name, decoded.format),
            source_digest=digest,
            chained=data if services.settings.provenance.chain else b"",
        )
        content, facts, over_budget, signature = signed(
            rendition.image, recipe.output, said.metadata, services.signer, asserted
        )
        facts |= said.facts
        provenance = {**said.receipt, **signature}
    certificate = None if wishes.holds == "alpha" else rendition.certificate.as_data()
    if certificate is not None and facts.get("lossless"):
        certificate["compared"] = "file"  # its pixels are the rendition's
    manifest = Manifest(
        schema="packshot-manifest/1",
        packshot=__version__,
        source=Source(
            name=name,
            digest=digest,
            bytes=len(data),
            format=decoded.format,
            size=decoded.size,
            facts=decoded.facts,
        ),
        recipe=recipe.as_data(),
        recipe_digest=recipe.digest,
        seed=wishes.seed,
        hints=receipt_of(wishes),
        steps=list(rendition.records),
        confidence=rendition.confidence,
        reasons=list(rendition.reasons),
        verdict=rendition.verdict,
        score={"before": rendition.before.as_data(), "after": rendition.score.as_data()},
        certificate=certificate,
        text=rendition.text,
        provenance=provenance,
        environment=environment(),
        output=Output(
            name=output,
            digest=digest_of(content),
            bytes=len(content),
            format="png" if wishes.holds == "alpha" else recipe.output.format,
            size=rendition.image.size,
            facts=facts,
        ),
        seconds=round(time.perf_counter() - started, 4),
    )
    if wishes.profile is not None and wishes.holds == "picture":
        manifest = manifest.model_copy(update={"marketplace": _stands(content, manifest, wishes.profile, services)})
    return ProcessedImage(content, manifest, decoded.image, rendition, over_budget)


def _stands(content: bytes, manifest: Manifest, profile: Profile, services: Services) -> dict[str, Any]:
    """How the finished bytes stand to a marketplace's rules today; its letters are not read."""
    today = datetime.now(UTC).date()
    path = Path(manifest.output.name or f"picture.{manifest.output.format}")
    return check_bytes(content, path, profile, services, receipt=manifest, today=today).in_short(profile.title, today)


def certified(photo: Image, done: Run, text: Mapping[str, Any] | None = None) -> Certificate:
    """What became of the product's pixels, before the picture is encoded; and of its label, where it was read."""
    geometry = composed(record.facts for record in done.records)
    edits = {record.edit for record in done.records}
    told = ("verdict", "error_rate", "new_characters")
    said = None if text is None else {name: text[name] for name in told if name in text}
    return certify(photo, done.image, done.product, geometry, edits=edits, text=said)


def encoded(
    image: Image, encoding: Encoding, metadata: Metadata | None, reserve: int = 0
) -> tuple[bytes, dict[str, Any], TargetSizeUnreachable | None]:
    """The bytes with `metadata` in them, the facts about them, and the budget they miss, if they miss it."""
    try:
        done = encode(image, encoding, metadata, reserve=reserve)
    except TargetSizeUnreachable as error:
        return error.best, {"over_budget": error.message}, error
    return done.data, dict(done.facts), None


def signed(
    image: Image, encoding: Encoding, metadata: Metadata, signer: Signer | None, asserted: Claim
) -> tuple[bytes, dict[str, Any], TargetSizeUnreachable | None, dict[str, Any]]:
    """`encoded`, then signed where there is a signer, and what the manifest says of the signature.

    The signature's bytes are kept free within the budget; should it come out longer than foreseen, the picture is
    encoded once more with that much room.
    """
    reserve = signer.reserve(encoding.format, asserted) if signer and encoding.max_kilobytes else 0
    while True:
        content, facts, over_budget = encoded(image, encoding, metadata, reserve)
        receipt: dict[str, Any] = {"signed_by": None, "unsigned_digest": digest_of(content)}
        if signer is None:
            return content, facts, over_budget, receipt
        whole = replace(asserted, facts={**asserted.facts, "unsigned": digest_of(content)})
        finished = signer.sign(content, encoding.format, whole)
        added = len(finished) - len(content)
        if added <= reserve or over_budget or encoding.max_kilobytes is None:
            receipt |= {"signed_by": dict(signer.identity), "signature_bytes": added, "reserved_bytes": reserve}
            return finished, facts, over_budget, receipt
        reserve = added


def grey_png(image: Image) -> bytes:
    """The alpha as an 8-bit grey PNG, white where the product is."""
    if image.alpha is None:
        raise InputError("nothing was cut out, so there is no mask to give", hint="choose a recipe with a cutout in it")
    done, data = cv2.imencode(".png", image.alpha)
    if not done:
        raise OutputError("the mask could not be encoded")
    return data.tobytes()


def stands_in_a_scene(records: Sequence[StepRecord]) -> bool:
    """The score is of packshots: in a scene a product is small, and off the middle, on purpose."""
    return any(record.op in ("stand", "scene", "paint") for record in records)


def verdict_on(confidence: float | None, total: float | None, settings: Settings) -> Verdict:
    """A picture goes to a person for a doubtful cutout or surface, and for a score not over what approves.

    `total` is None where the score is not asked.
    """
    if (total is not None and total <= settings.approve_above) or (
        confidence is not None and confidence < settings.sure_from
    ):
        return "doubtful"
    return "not-asked" if confidence is None else "sure"


def doubts_of(records: Sequence[StepRecord]) -> tuple[float | None, tuple[str, ...]]:
    """The least confidence that any step noted, None where none did, and what all of them say of theirs."""
    noted = [record.facts for record in records if record.facts.get("confidence") is not None]
    reasons = tuple(reason for facts in noted for reason in facts.get("reasons") or ())
    return min((float(facts["confidence"]) for facts in noted), default=None), reasons


def scores(
    recipe: Recipe, photo: Image, done: Run, decoded_at: float, lines: Sequence[TextLine] = ()
) -> tuple[Score, Score]:
    """Of the photograph and of the rendition. Pixels that enlarging made do not count as resolution.

    `lines` are the photograph's, where somebody has read it: those on the product are judged for how they can be read.
    """
    box = done.fact("box", op="cutout")
    enlarged = 1.0
    for record in done.records:
        enlarged *= float(record.facts.get("scale", 1.0))
    printed = _on_the_product(lines, done)
    before = score(photo, box=Box(*box) if box else None, enlarged=decoded_at, text=[first for first, _ in printed])
    after = score(
        done.image,
        alpha=done.product,
        background=plain_background(recipe.steps),
        enlarged=enlarged * decoded_at,
        text=[last for _, last in printed],
        confidence=done.fact("confidence", op="cutout"),
    )
    return before, after


def _on_the_product(lines: Sequence[TextLine], done: Run) -> list[tuple[Box, Box]]:
    """Where each line of print on the product stands in the photograph, and where in the rendition."""
    way = composed(record.facts for record in done.records)
    if way is None:
        return []
    size = done.image.size
    places = [(line, mapped(line.quad, way)) for line in lines]
    return [
        (line.box, box)
        for line, place in places
        if lies_in(place, size, done.product) and (box := box_of_quad(place, size)) is not None
    ]


def text_of(photo: Image, done: Run, reader: TextReader, lines: Sequence[TextLine] | None = None) -> dict[str, Any]:
    """What the product's label says before and after. `lines` are the photograph's, where they are known."""
    data: dict[str, Any] = {"reader": vars(reader.card)}
    way = composed(record.facts for record in done.records)
    if way is None:
        return data | {"verdict": "unknown", "reasons": ["a step moved the pixels and did not say where to"]}
    found = compare(photo, done.image, reader, geometry=way, within=done.product, same_light=False, found=lines)
    return data | found.as_data()


def plain_background(steps: tuple[Step, ...]) -> tuple[int, int, int] | None:
    """The one colour that was to surround the product, or None where something else was."""
    from packshot.ops.background import Background, channels

    laid = [step for step in steps if isinstance(step, Background)]
    if not laid or laid[-1].gradient or laid[-1].picture or not laid[-1].colour.startswith("#"):
        return None
    if any(step.op == "shadow" for step in steps):
        return None  # a shadow is no stain
    return channels(laid[-1].colour)


def check_hints(hints: Hints, size: tuple[int, int]) -> None:
    """Raises InputError where a hint cannot be one for a picture of `size` (width, height)."""
    width, height = size
    box, point = hints.box, hints.point
    if box is not None and not (0 <= box.left < box.right <= width and 0 <= box.top < box.bottom <= height):
        raise InputError(
            f"the box {','.join(map(str, box))} does not lie in the picture of {width}x{height} pixels",
            hint="give left,top,right,bottom in pixels of the upright picture",
        )
    if point is not None and not (0 <= point[0] < width and 0 <= point[1] < height):
        raise InputError(
            f"the point {point[0]},{point[1]} does not lie in the picture of {width}x{height} pixels",
            hint="give x,y in pixels of the upright picture",
        )
    for name, mask in (("mask", hints.mask), ("rough mask", hints.rough)):
        if mask is not None and mask.shape != (height, width):
            raise InputError(
                f"the {name} has {mask.shape[1]}x{mask.shape[0]} pixels, the picture {width}x{height}",
                hint="make it as large as the upright picture",
            )


def receipt_of(wishes: Wishes) -> dict[str, Any]:
    """The hints as the manifest keeps them: numbers as they are, pictures by digest."""
    hints = wishes.hints
    receipt: dict[str, Any] = {}
    if hints.box is not None:
        receipt["box"] = list(hints.box)
    if hints.point is not None:
        receipt["point"] = list(hints.point)
    for name, mask in (("mask", hints.mask), ("rough", hints.rough)):
        if mask is not None:
            receipt[name] = digest_of(_bytes_of(mask))
    if wishes.pictures:
        receipt["pictures"] = {name: digest_of(picture.rgb.tobytes()) for name, picture in wishes.pictures.items()}
    return receipt


def _bytes_of(mask: Alpha) -> bytes:
    return repr(mask.shape).encode() + mask.tobytes()

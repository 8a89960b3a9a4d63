"""What a receipt tells, in words for a shop owner: what came in, what each step did and why, and how it came out.

A receipt may be anybody's: what is not of the kind that is expected is left out, and nothing in it is trusted to be
printable.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from packshot.manifest import Manifest, StepRecord
from packshot.provenance import MEANINGS
from packshot.tasks.batch import printable

Facts: TypeAlias = Mapping[str, Any]

_LONGEST = 300  # letters of anything that the receipt says itself
_WORTH_TELLING = 0.03  # by which a measure's score must have moved, of 1
_NAMES = {
    "sharpness": "sharpness",
    "exposure": "light",
    "contrast": "contrast",
    "noise": "grain",
    "background": "background",
    "fill": "size in the frame",
    "centring": "position",
    "white_balance": "colour of the light",
    "fringe": "outline",
    "blockiness": "compression",
    "effective_resolution": "detail",
}
_TURNS = {3: "turned upside down", 6: "turned to the right", 8: "turned to the left"}
_LABELS = {
    "kept": "Its label was read before and after, and says the same",
    "better": "Its label was read before and after, and reads better than in the photograph",
    "worse": "Its label reads worse than in the photograph",
    "no-text": "No text was found on it",
}
_STANDS = {
    "pass": "It passes.",
    "warn": "It passes with warnings: these need not cost the listing.",
    "fail": "It fails: the marketplace refuses this.",
}
_MISSES = {"fail": "Refused", "warn": "Warned of", "advice": "Advice"}
_SHADOWS = {
    "contact": "Drew a soft shadow on the floor beneath it",
    "drop": "Drew a soft shadow on the wall behind it",
    "reflection": "Drew its reflection in a polished floor",
}


@dataclass(frozen=True)
class Chapter:
    """A heading, and sentences below it; `numbered` where they are steps in their order."""

    title: str
    sentences: tuple[str, ...]
    numbered: bool = False


def story(manifest: Manifest) -> list[Chapter]:
    """The whole of it, in the order in which one would ask."""
    chapters = [
        Chapter("What came in", tuple(_source(manifest))),
        Chapter(_recipe_in_words(manifest), tuple(_step(record) for record in manifest.steps), numbered=True),
        Chapter("How sure Packshot is", tuple(_confidence(manifest))),
        Chapter("The score, before and after", tuple(_score(manifest.score, _enlarged(manifest.steps)))),
        Chapter("What became of the product itself", tuple(_product(manifest))),
        Chapter(*_marketplace(_mapping(manifest.marketplace))),
        Chapter("The finished file", tuple(_file(manifest))),
    ]
    return [chapter for chapter in chapters if chapter.sentences]


def _source(manifest: Manifest) -> list[str]:
    source = manifest.source
    said = [f"{_text(source.name)}, {_kind(source.format)} of {_size(source.size)} and {_bytes(source.bytes)}."]
    facts = source.facts
    turned = _TURNS.get(_whole(facts.get("turned_from_orientation")) or 0)
    if turned:
        said.append(f"It was {turned}, as the camera had noted.")
    if facts.get("colour_converted") is True:
        said.append(f"Its colours were brought from {_text(facts.get('colour_profile') or 'another kind')} to sRGB.")
    if facts.get("first_frame_of_animation") is True:
        said.append("It moves; its first picture was taken.")
    decoded = _pair(facts.get("decoded_at"))
    if decoded:
        said.append(f"No more than {_size(decoded)} of it were needed.")
    return said


def _recipe_in_words(manifest: Manifest) -> str:
    name = manifest.recipe.get("name")
    return f"What was done, after the recipe {_text(name)}" if isinstance(name, str) and name else "What was done"


def _step(record: StepRecord) -> str:
    tell = _STEPS.get(record.op)
    sentence = tell(record.facts, record.parameters) if tell else f"Did the step {_text(record.op)}."
    if record.models:
        names = [str(model["name"]) for model in record.models if isinstance(model.get("name"), str)]
        if names and names != ["embedded"]:
            sentence += f" The model was {_text(', '.join(names))}."
    declined = record.facts.get("declined")
    for each in declined if isinstance(declined, list) else []:
        said = _mapping(each)
        sentence += f" {_text(said.get('model', 'another'))} was asked before and did not answer:"
        sentence += f" {_text(said.get('because', 'nobody knows why'))}."
    return sentence


def _cutout(facts: Facts, parameters: Facts) -> str:
    if "kept_whole" in facts:
        return "Found no product that stands out clearly, and kept the whole picture."
    sentence = "Cut the product out of its ground"
    confidence = _share(facts.get("confidence"))
    if confidence is not None and confidence < 1:
        sentence += f", {confidence:.0%} sure of it"
    box = _numbers(facts.get("box"), 4)
    if box is not None:
        sentence += f"; it takes {box[2] - box[0]:.0f} x {box[3] - box[1]:.0f} pixels of the photograph"
    scale = _number(facts.get("scale"))
    if scale is not None and scale < 1:
        sentence += f", made {scale:.0%} of that size for what follows"
    return sentence + "."


def _tone(facts: Facts, parameters: Facts) -> str:
    stops, gains = _number(facts.get("stops")) or 0.0, _numbers(facts.get("gains"), 3)
    done = []
    if abs(stops) >= 0.02:
        light = 2 ** min(abs(stops), 10)
        done.append(f"gave it {light - 1:.0%} more light" if stops > 0 else f"took {1 - 1 / light:.0%} of its light")
    if gains is not None and abs(gains[0] - gains[2]) >= 0.005:
        done.append(f"took out a {'yellowish' if gains[2] > gains[0] else 'bluish'} cast")
    if (_number(facts.get("black")) or 0) > 0:
        done.append("deepened its darkest tones")
    if not done:
        return "Looked at its light and colours, and left them as they are."
    return _sentence(done)


def _denoise(facts: Facts, parameters: Facts) -> str:
    if facts.get("skipped") is True:
        return "Looked for grain, and found none worth taking out."
    return "Took out grain, more of it in colour than in brightness."


def _upscale(facts: Facts, parameters: Facts) -> str:
    scale = _number(facts.get("scale"))
    if scale is None or scale <= 1:
        return "Found it large enough as it is."
    sentence = f"Enlarged it {scale:.2g} times; that makes more pixels, and invents no detail"
    if _number(facts.get("limited_from")) is not None:
        sentence += f". It would have taken {_number(facts.get('limited_from')):.2g} times, which would only blur"
    return sentence + "."


def _sharpen(facts: Facts, parameters: Facts) -> str:
    amount = _number(facts.get("amount"))
    if amount == 0:
        return "Found its edges sharp enough."
    strength = "" if amount is None else " a little" if amount < 0.5 else "" if amount < 1 else " strongly"
    return f"Sharpened its edges and print{strength}."


def _straighten(facts: Facts, parameters: Facts) -> str:
    turned = _number(facts.get("turned"))
    return f"Set it upright by {abs(turned):.1f} degrees." if turned else "Found nothing to set upright."


def _crop(facts: Facts, parameters: Facts) -> str:
    box = _numbers(facts.get("box"), 4)
    if box is None:
        return "Cut the picture down to the product."
    return f"Cut the picture down to {box[2] - box[0]:.0f} x {box[3] - box[1]:.0f} pixels around the product."


def _place(facts: Facts, parameters: Facts) -> str:
    canvas, fill = _pair(facts.get("canvas")), _share(facts.get("fill"))
    sentence = "Placed it" if canvas is None else f"Placed it in a frame of {_size(canvas)}"
    if fill is not None:
        sentence += f", {fill:.0%} of which it fills"
    scale = _number(facts.get("scale"))
    if scale is not None:
        sentence += "; it keeps its size" if scale == 1 else f"; it was scaled {scale:.2g} times"
    snapped = facts.get("snapped")
    if isinstance(snapped, list) and snapped:
        sides = " and ".join(_text(side) for side in snapped[:4])
        sentence += f". The photograph cut it off on the {sides}, so it stands against that edge"
    return sentence + "."


def _shadow(facts: Facts, parameters: Facts) -> str:
    kind = parameters.get("kind")
    if kind == "none" or facts.get("opacity") == 0:
        return "Drew no shadow."
    return f"{_SHADOWS.get(kind, 'Drew a shadow') if isinstance(kind, str) else 'Drew a shadow'}."


def _background(facts: Facts, parameters: Facts) -> str:
    if parameters.get("picture"):
        return f"Laid the picture '{_text(parameters['picture'])}' beneath it."
    if parameters.get("gradient"):
        return "Laid a soft gradient beneath it."
    colour = parameters.get("colour")
    if colour == "transparent":
        return "Left what is around it transparent."
    return "Laid pure white beneath it." if colour == "#ffffff" else f"Laid the colour {_text(colour)} beneath it."


def _stand(facts: Facts, parameters: Facts) -> str:
    surface = facts.get("surface")
    where = _text(surface.get("name", "surface")) if isinstance(surface, Mapping) else "surface"
    return f"Stood it in the picture '{_text(parameters.get('picture', ''))}', on a surface ({where}), with its shadow."


def _harmonise(facts: Facts, parameters: Facts) -> str:
    if facts.get("unchanged"):
        return "Laid it in the scene, whose light was left as it is."
    return "Brought the scene nearer to the product's light, and laid the product in it unchanged."


def _blend_in(facts: Facts, parameters: Facts) -> str:
    if facts.get("unchanged"):
        return "Laid it in the scene; the light of both was left as it is."
    return "Brought the scene and the product's own colours into one light, each half of the way."


def _scene(facts: Facts, parameters: Facts) -> str:
    name, look = _text(facts.get("set") or parameters.get("set") or "sweep"), facts.get("look")
    sentence = f"Stood it in the set '{name}'" + (f", look '{_text(look)}'" if isinstance(look, str) else "")
    return sentence + ", which was computed and not photographed, with its shadow on it."


def _matte(facts: Facts, parameters: Facts) -> str:
    return "Refined the edge of the cutout."


_STEPS: dict[str, Callable[[Facts, Facts], str]] = {
    "cutout": _cutout,
    "tone": _tone,
    "denoise": _denoise,
    "upscale": _upscale,
    "sharpen": _sharpen,
    "straighten": _straighten,
    "crop": _crop,
    "place": _place,
    "shadow": _shadow,
    "background": _background,
    "matte": _matte,
    "stand": _stand,
    "harmonise": _harmonise,
    "blend-in": _blend_in,
    "scene": _scene,
}


def _confidence(manifest: Manifest) -> list[str]:
    share = _share(manifest.confidence)
    if share is None:
        return []
    if manifest.verdict == "doubtful":
        said = [f"{share:.0%}: doubtful. A person should look at the outline before it goes out."]
    else:
        said = [f"{share:.0%}: sure enough that nobody need look."]
    if manifest.reasons:
        why = "Because" if manifest.verdict == "doubtful" else "What it was less sure of:"
        said.append(f"{why} {'; '.join(_text(reason) for reason in manifest.reasons[:5])}.")
    return said


def _enlarged(steps: Sequence[StepRecord]) -> bool:
    return any((_number(step.facts.get("scale")) or 1.0) > 1 for step in steps)


def _score(score: Facts, enlarged: bool) -> list[str]:
    before, after = (_mapping(score.get(when)) for when in ("before", "after"))
    first, last = _number(before.get("total")), _number(after.get("total"))
    if last is None:
        return []
    if first is None:
        said = [f"{last:.0f} of 100."]
    else:
        way = "unchanged" if abs(last - first) < 0.05 else "better" if last > first else "lower"
        said = [f"From {first:.0f} to {last:.0f} of 100: {way}."]
    moved = []
    measured = _mapping(after.get("measures"))
    for name, measure in measured.items():
        now = _mapping(measure)
        then = _mapping(_mapping(before.get("measures")).get(name))
        grade, earlier = _number(now.get("score")), _number(then.get("score"))
        was, is_ = _text(then.get("sentence")), _text(now.get("sentence"))
        if grade is None or earlier is None or abs(grade - earlier) < _WORTH_TELLING or was == is_:
            continue
        if name == "resolution":
            continue  # the photograph's pixels are as many as before, whatever was done to them
        word = "better" if grade > earlier else "worse"
        why = (
            "; every edge is wider in an enlarged picture"
            if name == "sharpness" and enlarged and grade < earlier
            else ""
        )
        moved.append((-abs(grade - earlier), f"{_label(name)} is {word}: {_changed(was, is_)}{why}."))
    said.extend(sentence for _, sentence in sorted(moved))
    graded = [(grade, name) for name, m in measured.items() if (grade := _number(_mapping(m).get("score"))) is not None]
    if graded and min(graded)[0] < 0.75:
        weakest = min(graded)[1]
        why = _text(_mapping(measured[weakest]).get("sentence"))
        said.append(f"What holds it back most is {_label(weakest).lower()}: {why}.")
    return said


def _changed(was: str, is_: str) -> str:
    """What is so now, and what was before: only the number, where nothing else differs."""
    then, now = was.split(), is_.split()
    differ = [number for number, pair in enumerate(zip(then, now, strict=False)) if pair[0] != pair[1]]
    if len(then) != len(now) or len(differ) != 1 or not any(map(str.isdigit, then[differ[0]])):
        return f"{is_}; before, {was}"
    return f"{is_} ({then[differ[0]].strip(',;')} before)"


def _label(name: str) -> str:
    return _NAMES.get(name, _text(name).replace("_", " ").replace("-", " ")).capitalize()


def _product(manifest: Manifest) -> list[str]:
    certificate = _mapping(manifest.certificate)
    said = [_text(certificate["sentence"])] if isinstance(certificate.get("sentence"), str) else []
    if said and certificate.get("compared") == "rendition" and manifest.output.format != "png":
        said.append(
            f"This was measured before it was written as {_kind(manifest.output.format)}, which loses a little."
        )
    text = _mapping(manifest.text)
    label = text.get("verdict")
    if isinstance(label, str) and label in _LABELS:
        reasons = text.get("reasons")
        why = f": {'; '.join(_text(reason) for reason in reasons[:3])}" if isinstance(reasons, list) and reasons else ""
        said.append(_LABELS[label] + ("." if label in ("kept", "no-text") else f"{why}."))
    return said


def _marketplace(stands: Facts) -> tuple[str, tuple[str, ...]]:
    """Whether the marketplace that it was made for takes it, and what it minds."""
    status, title, counts = stands.get("status"), stands.get("title"), _mapping(stands.get("counts"))
    if not isinstance(status, str) or status not in _STANDS or not isinstance(title, str):
        return "", ()
    name, met = _text(title), _whole(counts.get("pass")) or 0
    said = [f"{_STANDS[status]} {met} rules were measured and are met, as they stood on {_text(stands.get('on'))}."]
    misses = stands.get("misses")
    for miss in map(_mapping, misses[:20] if isinstance(misses, list) else []):
        word = _MISSES.get(str(miss.get("status")))
        if word:
            said.append(f"{word}, {_text(miss.get('rule'))}: {_text(miss.get('sentence'))}.")
    unknown = stands.get("unknown")
    if isinstance(unknown, list) and unknown:
        rules = ", ".join(_text(each) for each in unknown[:9])
        said.append(f"Could not be told: {rules} (packshot check says why).")
    said.append("Whether the cutout is right no rule asks, and what only a person can see is not measured.")
    return f"Whether {name} takes it", tuple(said)


def _file(manifest: Manifest) -> list[str]:
    output, facts = manifest.output, manifest.output.facts
    sentence = f"{_text(output.name)}, {_kind(output.format)} of {_size(output.size)} and {_bytes(output.bytes)}"
    quality = _number(facts.get("quality"))
    if facts.get("holds") == "alpha":
        sentence += "; a mask, white where the product is"
    elif facts.get("lossless") is True:
        sentence += "; nothing of the picture is lost in it"
    elif quality is not None:
        sentence += f", at quality {quality:g}"
    said = [sentence + "."]
    off_white = _number(facts.get("off_white"))
    if off_white is not None:
        said.append(
            "Its white background is pure white in every pixel."
            if off_white == 0
            else f"{off_white:.2%} of its white background is not pure white."
        )
    if "over_budget" in facts:
        said.append(f"It is larger than was asked for: {_text(facts['over_budget'])}.")
    said.extend(_label_of(manifest.provenance))
    opencv = manifest.environment.get("opencv")
    with_what = f" with OpenCV {_text(opencv)}" if opencv else ""
    seconds = _number(manifest.seconds)
    took = f" in {seconds:.1f} seconds" if seconds is not None else ""
    said.append(f"Made by Packshot {_text(manifest.packshot)}{with_what}{took}.")
    return said


def _label_of(provenance: Facts) -> list[str]:
    said = []
    code = provenance.get("digital_source_type")
    if isinstance(code, str):
        said.append(f"It says of itself: {MEANINGS.get(code.rpartition('/')[2], _text(code))}.")
    signer = _mapping(provenance.get("signed_by"))
    if signer:
        said.append(f"It was signed by {_text(signer.get('subject', 'somebody'))}.")
    return said


def _sentence(done: Sequence[str]) -> str:
    words = done[0] if len(done) == 1 else f"{', '.join(done[:-1])} and {done[-1]}"
    return words[0].upper() + words[1:] + "."


def _kind(form: str) -> str:
    names = {"jpeg": "a JPEG", "png": "a PNG", "webp": "a WebP", "avif": "an AVIF", "heic": "a HEIC", "tiff": "a TIFF"}
    return names.get(form, f"a {_text(form).upper()}")


def _size(size: tuple[float, float]) -> str:
    numbers = _numbers(size, 2)
    return "unknown size" if numbers is None else f"{numbers[0]:.0f} x {numbers[1]:.0f} pixels"


def _bytes(size: int) -> str:
    count = _number(size)
    if count is None:
        return "an unknown number of bytes"
    return f"{count / 1e6:.1f} MB" if count >= 1_000_000 else f"{count / 1000:.0f} kB"


def _text(value: Any) -> str:
    """Whatever it is, as one printable line of bounded length."""
    line = printable(" ".join(str(value).split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    """A finite number of a size that a picture could have."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if plain and abs(value) < 1e9 else None


def _whole(value: Any) -> int | None:
    return value if type(value) is int else None


def _share(value: Any) -> float | None:
    number = _number(value)
    return number if number is not None and 0 <= number <= 1 else None


def _numbers(value: Any, count: int) -> list[float] | None:
    if not isinstance(value, list | tuple) or len(value) != count:
        return None
    numbers = [number for each in value if (number := _number(each)) is not None]
    return numbers if len(numbers) == count else None


def _pair(value: Any) -> tuple[float, float] | None:
    numbers = _numbers(value, 2)
    return None if numbers is None else (numbers[0], numbers[1])

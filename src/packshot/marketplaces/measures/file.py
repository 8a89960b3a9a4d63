"""Of the file: format, name, bytes, bits, colours, animation."""

from collections.abc import Sequence

from packshot.marketplaces.facts import SUFFIXES, FileFacts
from packshot.marketplaces.limits import Colours, Format, Range
from packshot.marketplaces.measures.measured import Measured, met, missed

SPELT = {"jpeg": "JPEG", "png": "PNG", "webp": "WebP", "gif": "GIF", "bmp": "BMP", "tiff": "TIFF", "avif": "AVIF"}
SPELT |= {"heic": "HEIC"}
_COLOURS = {"rgb": "RGB", "grey": "grey", "cmyk": "CMYK", "other": "neither RGB, grey nor CMYK"}


def formats_in_words(formats: Sequence[Format]) -> str:
    return ", ".join(SPELT[one] for one in formats)


def file_format(facts: FileFacts, formats: Sequence[Format]) -> Measured:
    sentence = f"the bytes are {SPELT.get(facts.format, facts.format)}"
    if facts.format in formats:
        return met(facts.format, sentence)
    return missed(facts.format, sentence, f"save it as {SPELT[formats[0]]}")


def extension(facts: FileFacts, _: bool) -> Measured:
    fitting = SUFFIXES.get(facts.format, ())
    spelt = SPELT.get(facts.format, facts.format)
    if facts.suffix.lower() in fitting:
        return met(facts.suffix, f"{facts.suffix} is what {spelt} files are called")
    sentence = f"it is called '{facts.suffix or facts.name}' and holds {spelt}"
    return missed(facts.suffix, sentence, f"call it {fitting[0] if fitting else 'by its format'}")


def megabytes(facts: FileFacts, limit: Range) -> Measured:
    """1 MB = 1,000,000 bytes, the stricter reading."""
    value = facts.bytes / 1e6
    if limit.holds(value):
        return met(value, f"it has {value:.2f} MB")
    return missed(value, f"it has {value:.2f} MB ({facts.bytes:,} bytes)", "save it with a byte budget")


def bits(facts: FileFacts, limit: Range) -> Measured:
    sentence = f"it has {facts.bits} bits a channel"
    return met(facts.bits, sentence) if limit.holds(facts.bits) else missed(facts.bits, sentence, "save it with 8 bits")


def colours(facts: FileFacts, limit: Colours) -> Measured:
    model, profile = facts.colour_model, facts.colour_profile
    value = {"model": model, "profile": profile}
    tagged = {"srgb": "tagged as sRGB", "none": "without a profile", "other": "in another colour space than sRGB"}
    sentence = f"its colours are {_COLOURS[model]}, {tagged[profile]}"
    if model in limit.models and profile in limit.profiles:
        return met(value, sentence)
    return missed(value, sentence, "convert it to sRGB")


def animation(facts: FileFacts, _: bool) -> Measured:
    if facts.animated:
        return missed(True, "it moves", "save its first frame alone")
    return met(False, "it is one still picture")

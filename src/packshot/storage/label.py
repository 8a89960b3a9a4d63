"""What a finished file says of itself: where it comes from (IPTC's Digital Source Type), and whose it is.

Rights outlive `metadata: drop`, which takes places, cameras and thumbnails away: author, copyright, credit, usage terms
and licensor of XMP, EXIF and IPTC. The file gets all of them as XMP, and what stood in EXIF or IPTC there too.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from PIL import Image as Pillow

from packshot.provenance import VOCABULARY, code_of, uri
from packshot.storage import xmp
from packshot.storage.metadata import Metadata
from packshot.storage.xmp import BadPacket, Packet

SOURCE_TYPE = f"{{{xmp.IPTC_EXT}}}DigitalSourceType"
_CREATOR, _NOTICE = f"{{{xmp.DC}}}creator", f"{{{xmp.DC}}}rights"
_CREDIT = f"{{{xmp.PHOTOSHOP}}}Credit"
_RIGHTS_NAMES = (_CREATOR, _NOTICE, _CREDIT)
_RIGHTS_SPACES = (f"{{{xmp.RIGHTS}}}", f"{{{xmp.PLUS}}}")
_MOST_RIGHTS = 16_000  # bytes of XMP
_ARTIST, _COPYRIGHT = 0x013B, 0x8298  # of EXIF
_CHARSET = (1, 90)
_BYLINE, _IIM_CREDIT, _IIM_COPYRIGHT = (2, 80), (2, 110), (2, 116)
_UTF8 = b"\x1b%G"


def said_by(metadata: Metadata, data: bytes = b"") -> str:
    """The code that a file gives of its own making, "" where it gives none.

    XMP is asked first. A C2PA manifest spells the code out as text, so the file's bytes are asked next: what an AI made
    stays known without any library that reads such manifests.
    """
    try:
        words = xmp.words_of(xmp.parsed(metadata.xmp).get(SOURCE_TYPE)) if metadata.xmp else []
    except BadPacket:
        words = []
    for word in words:
        if code := code_of(word):
            return code
    named = set(_codes_in(data))
    order = ("trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic")
    return next((code for code in order if code in named), named.pop() if len(named) == 1 else "")


def _codes_in(data: bytes) -> Iterator[str]:
    sign = VOCABULARY.encode()
    at = data.find(sign)
    while at >= 0:
        at += len(sign)
        word = re.match(rb"[A-Za-z]{4,40}", data[at : at + 40])
        # In CBOR the next text may follow at once, so the longest code that fits is meant.
        fits = [code_of(word[0][:end].decode()) for end in range(len(word[0]), 3, -1)] if word else []
        yield from [code for code in fits if code][:1]
        at = data.find(sign, at)


def labelled(
    metadata: Metadata, code: str, *, keep: bool, rights: bool = True, most: int = 2**31
) -> tuple[Metadata, dict[str, Any]]:
    """The blocks to embed, and what had to be left out.

    With `keep` all the source has, with the label merged in; else its rights alone, or nothing of it. A block of more
    than `most` bytes gives way to its rights.
    """
    facts: dict[str, Any] = {}
    try:
        source = xmp.parsed(metadata.xmp) if metadata.xmp else Packet()
    except BadPacket as error:
        facts["xmp_ignored"] = str(error)
        source = Packet()
    owned = _short_enough(_rights(source, metadata), facts) if rights else Packet()
    block = _with_code(owned, code)
    if not keep:
        if not rights:
            return Metadata(xmp=block), facts
        return Metadata(_exif_rights(metadata.exif), block, _iim_rights(metadata.iptc)), facts
    missing = [each for each in owned.properties if source.get(each.tag) is None]
    if not code and not missing:
        return metadata, facts
    whole = _with_code(Packet([*source.properties, *missing], source.prefixes), code)
    if len(whole) <= most:
        block = whole
    else:
        facts["metadata_too_long"] = ["xmp"]
    return replace(metadata, xmp=block), facts


def _with_code(packet: Packet, code: str) -> bytes:
    if code:
        packet = packet.without([SOURCE_TYPE])
        packet.properties.insert(0, xmp.simple(SOURCE_TYPE, uri(code)))
    return xmp.serialised(packet)


def rights_in(metadata: Metadata) -> dict[str, list[str]]:
    """Author, notice and so on, by the names XMP gives them."""
    try:
        source = xmp.parsed(metadata.xmp) if metadata.xmp else Packet()
    except BadPacket:
        source = Packet()
    return {each.tag.partition("}")[2]: xmp.words_of(each) for each in _rights(source, metadata).properties}


def _rights(source: Packet, metadata: Metadata) -> Packet:
    """Those of XMP that say anything; what it lacks from IPTC, then from EXIF."""
    named = [each for each in source.properties if each.tag in _RIGHTS_NAMES or each.tag.startswith(_RIGHTS_SPACES)]
    found = [each for each in named if xmp.words_of(each)]  # some programs write an author who is called ""
    iim, exif = dict(_iim_texts(metadata.iptc)), _exif_texts(metadata.exif)
    have = {each.tag for each in found}
    if _CREATOR not in have and (names := iim.get(_BYLINE) or exif.get(_ARTIST)):
        found.append(xmp.listed(_CREATOR, "Seq", names))
    if _NOTICE not in have and (notice := iim.get(_IIM_COPYRIGHT) or exif.get(_COPYRIGHT)):
        found.append(xmp.listed(_NOTICE, "Alt", ["; ".join(notice)]))
    if _CREDIT not in have and (credit := iim.get(_IIM_CREDIT)):
        found.append(xmp.simple(_CREDIT, credit[0]))
    return Packet(found, source.prefixes)


def _short_enough(packet: Packet, facts: dict[str, Any]) -> Packet:
    """Without the longest properties, where all are more than anybody reads."""
    while len(xmp.serialised(packet)) > _MOST_RIGHTS:
        longest = max(packet.properties, key=lambda each: len(xmp.serialised(Packet([each]))))
        facts.setdefault("rights_too_long", []).append(longest.tag.partition("}")[2])
        packet = Packet([each for each in packet.properties if each is not longest], packet.prefixes)
    return packet


def _exif_texts(data: bytes) -> dict[int, list[str]]:
    found = {}
    for tag, value in _exif_of(data).items():
        parts = re.split(r"\0|;" if tag == _ARTIST else r"\0", value)
        if texts := [part.strip() for part in parts if part.strip()]:
            found[tag] = texts
    return found


def _exif_of(data: bytes) -> dict[int, str]:
    exif = Pillow.Exif()
    try:
        exif.load(data)
        return {tag: text for tag in (_ARTIST, _COPYRIGHT) if (text := _text(exif.get(tag))).strip(" \0")}
    except Exception:  # noqa: BLE001 - odd EXIF raises nearly anything, and then holds no rights
        return {}


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    # Pillow reads EXIF's text as Latin-1; nearly everybody writes UTF-8.
    try:
        return value.encode("latin-1").decode() if isinstance(value, str) else ""
    except UnicodeError:
        return str(value)


def _exif_rights(data: bytes) -> bytes:
    found = _exif_of(data) if data else {}
    if not found:
        return b""
    exif = Pillow.Exif()
    for tag, text in found.items():
        exif[tag] = text[:2000].encode()
    return exif.tobytes()


def _iim_texts(block: bytes) -> Iterator[tuple[tuple[int, int], list[str]]]:
    sets = list(_datasets(block))
    utf8 = any(key == _CHARSET and value == _UTF8 for key, value in sets)
    for wanted in (_BYLINE, _IIM_CREDIT, _IIM_COPYRIGHT):
        texts = [_iim_text(value, utf8) for key, value in sets if key == wanted]
        if any(texts):
            yield wanted, [text for text in texts if text]


def _iim_text(value: bytes, utf8: bool) -> str:
    try:
        return value.decode().strip(" \0")
    except UnicodeDecodeError:
        return value.decode("utf-8" if utf8 else "latin-1", "replace").strip(" \0")


def _datasets(block: bytes) -> Iterator[tuple[tuple[int, int], bytes]]:
    """IIM 4.2, chapter 3: 0x1C, record, number, length, value. Extended lengths hold no rights."""
    at = 0
    while at + 5 <= len(block) and block[at] == 0x1C:
        length = int.from_bytes(block[at + 3 : at + 5], "big")
        if length >= 0x8000 or at + 5 + length > len(block):
            return
        yield (block[at + 1], block[at + 2]), block[at + 5 : at + 5 + length]
        at += 5 + length


def _iim_rights(block: bytes) -> bytes:
    kept = [(key, value) for key, value in _datasets(block) if key in (_CHARSET, _BYLINE, _IIM_CREDIT, _IIM_COPYRIGHT)]
    if all(key == _CHARSET for key, _ in kept):
        return b""
    return b"".join(bytes((0x1C, *key)) + len(value).to_bytes(2, "big") + value for key, value in kept)

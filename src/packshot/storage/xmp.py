"""XMP packets: read safely from whatever file they come in, written the same way every time.

A packet is a flat list of properties, each an element. The attribute form of a property is read as the element form
that means the same (XMP specification part 1, 7.9.2.2). Reading refuses document types, and with them entities, before
any is expanded, and packets that are too long, too deep or of too many elements.
"""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element
from xml.parsers import expat

RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DC = "http://purl.org/dc/elements/1.1/"
PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
RIGHTS = "http://ns.adobe.com/xap/1.0/rights/"
PLUS = "http://ns.useplus.org/ldf/xmp/1.0/"
IPTC_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_META = "adobe:ns:meta/"
_XML = "http://www.w3.org/XML/1998/namespace"

_PREFIXES = {
    RDF: "rdf",
    DC: "dc",
    PHOTOSHOP: "photoshop",
    RIGHTS: "xmpRights",
    PLUS: "plus",
    IPTC_EXT: "Iptc4xmpExt",
    _XML: "xml",
}
_MOST_BYTES = 1_000_000
_MOST_ELEMENTS = 20_000
_DEEPEST = 40
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class BadPacket(ValueError):
    """Not XMP, or not XMP that is safe to read."""


@dataclass
class Packet:
    """Properties in their order, each named `{namespace}name`, and the prefixes they came with."""

    properties: list[Element] = field(default_factory=list)
    prefixes: dict[str, str] = field(default_factory=dict)

    def get(self, name: str) -> Element | None:
        return next((each for each in self.properties if each.tag == name), None)

    def without(self, names: Iterable[str]) -> "Packet":
        gone = set(names)
        return Packet([each for each in self.properties if each.tag not in gone], self.prefixes)


def parsed(data: bytes) -> Packet:
    """The properties of a packet. Raises BadPacket."""
    if len(data) > _MOST_BYTES:
        raise BadPacket(f"{len(data)} bytes are too many for XMP")
    builder = _Builder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = builder.refuse
    parser.StartElementHandler = builder.start
    parser.EndElementHandler = builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartNamespaceDeclHandler = builder.namespace
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise BadPacket(str(error)) from error
    roots = [builder.root] if builder.root is not None else []
    packet = Packet(prefixes=builder.prefixes)
    for rdf in (each for root in roots for each in root.iter(f"{{{RDF}}}RDF")):
        for description in rdf:
            packet.properties += [*_attributes_as_elements(description), *description]
    return packet


class _Builder:
    def __init__(self) -> None:
        self.root: Element | None = None
        self.prefixes: dict[str, str] = {}
        self._open: list[Element] = []
        self._count = 0

    def refuse(self, *_: object) -> None:
        raise BadPacket("it declares a document type, which XMP never does")

    def namespace(self, prefix: str | None, namespace: str) -> None:
        if prefix and namespace:
            self.prefixes.setdefault(namespace, prefix)

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > _MOST_ELEMENTS or len(self._open) >= _DEEPEST:
            raise BadPacket("it has too many elements, or too deep")
        element = Element(_clark(name), {_clark(key): value for key, value in attributes.items()})
        if self._open:
            self._open[-1].append(element)
        elif self.root is None:
            self.root = element
        self._open.append(element)

    def end(self, _: str) -> None:
        self._open.pop()

    def text(self, text: str) -> None:
        if self._open and len(self._open[-1]) == 0:  # what follows a child is only layout
            element = self._open[-1]
            element.text = (element.text or "") + text


def _clark(name: str) -> str:
    namespace, _, local = name.rpartition(" ")
    return f"{{{namespace}}}{local}" if namespace else local


def _attributes_as_elements(description: Element) -> list[Element]:
    found = []
    for name, value in description.attrib.items():
        if name.startswith("{") and not name.startswith((f"{{{RDF}}}", f"{{{_XML}}}")):
            element = Element(name)
            element.text = value
            found.append(element)
    return found


def simple(name: str, text: str) -> Element:
    element = Element(name)
    element.text = text
    return element


def listed(name: str, kind: str, texts: Iterable[str]) -> Element:
    """An array property; `kind` is Seq, Bag or Alt, and of an Alt the text is the default one."""
    element = Element(name)
    array = Element(f"{{{RDF}}}{kind}")
    element.append(array)
    for text in texts:
        item = simple(f"{{{RDF}}}li", text)
        if kind == "Alt":
            item.set(f"{{{_XML}}}lang", "x-default")
        array.append(item)
    return element


def words_of(element: Element | None) -> list[str]:
    """Every text in a property, in its order; a resource by its address."""
    if element is None:
        return []
    found = []
    for each in element.iter():
        text = (each.text or "").strip() or each.get(f"{{{RDF}}}resource", "").strip()
        if text:
            found.append(text)
        found += [
            value.strip()
            for name, value in each.attrib.items()
            if value.strip() and name.startswith("{") and not name.startswith((f"{{{RDF}}}", f"{{{_XML}}}"))
        ]
    return found


def serialised(packet: Packet) -> bytes:
    """The packet as it is embedded: UTF-8, no padding, the same bytes for the same properties. Of none, b""."""
    if not packet.properties:
        return b""
    used = dict.fromkeys(_namespaces(packet.properties))
    prefixes = _prefixes(used, packet.prefixes)
    spaces = "".join(f' xmlns:{prefixes[each]}="{html.escape(each)}"' for each in used if each not in (RDF, _XML))
    body = "".join(_written(each, prefixes) for each in packet.properties)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="{_META}"><rdf:RDF xmlns:rdf="{RDF}"><rdf:Description rdf:about=""{spaces}>'
        f'{body}</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    ).encode()


def _namespaces(properties: Iterable[Element]) -> Iterable[str]:
    for each in properties:
        for element in each.iter():
            for name in (element.tag, *element.attrib):
                if name.startswith("{"):
                    yield name[1:].partition("}")[0]


def _prefixes(used: Iterable[str], wished: dict[str, str]) -> dict[str, str]:
    prefixes: dict[str, str] = {}
    taken = {"x", "xmlns", *_PREFIXES.values()}
    for namespace in used:
        prefix = _PREFIXES.get(namespace, "")
        if not prefix:
            prefix = wished.get(namespace, "")
            number = 1
            while not prefix or prefix in taken or prefix.lower().startswith("xml"):
                prefix, number = f"ns{number}", number + 1
            taken.add(prefix)
        prefixes[namespace] = prefix
    return prefixes


def _written(element: Element, prefixes: dict[str, str]) -> str:
    name = _named(element.tag, prefixes)
    attributes = "".join(f' {_named(key, prefixes)}="{_escaped(value)}"' for key, value in element.attrib.items())
    inside = "".join(_written(child, prefixes) for child in element) if len(element) else _escaped(element.text or "")
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


def _named(tag: str, prefixes: dict[str, str]) -> str:
    namespace, _, local = tag[1:].partition("}")
    return f"{prefixes[namespace]}:{local}" if tag.startswith("{") else tag


def _escaped(text: str) -> str:
    return html.escape(_NOT_XML.sub("", text))

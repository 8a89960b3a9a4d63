"""XMP is read safely and written the same way every time."""

import pytest

from packshot.storage import xmp
from packshot.storage.xmp import BadPacket, Packet, parsed, serialised

SOURCE = b"""<?xpacket begin='\xef\xbb\xbf' id='W5M0MpCehiHzreSzNTczkc9d'?>
<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>
 <rdf:Description rdf:about='' xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/'
   xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:shop='http://example.org/shop/' photoshop:Credit='Bild &amp; Co'>
  <dc:creator><rdf:Seq><rdf:li>Ada &lt;A&gt;</rdf:li><rdf:li>B\xc3\xa9la</rdf:li></rdf:Seq></dc:creator>
  <shop:Place rdf:parseType='Resource'><shop:Shelf>4</shop:Shelf></shop:Place>
 </rdf:Description>
 <rdf:Description rdf:about='' xmlns:xmp='http://ns.adobe.com/xap/1.0/'><xmp:Rating>5</xmp:Rating></rdf:Description>
</rdf:RDF></x:xmpmeta>
<?xpacket end='w'?>"""


def test_properties_are_read_from_attributes_and_elements_and_every_description() -> None:
    packet = parsed(SOURCE)
    names = [each.tag.rpartition("}")[2] for each in packet.properties]
    assert names == ["Credit", "creator", "Place", "Rating"]
    assert xmp.words_of(packet.get(f"{{{xmp.DC}}}creator")) == ["Ada <A>", "Béla"]
    assert xmp.words_of(packet.get(f"{{{xmp.PHOTOSHOP}}}Credit")) == ["Bild & Co"]


def test_what_is_written_reads_as_what_was_read() -> None:
    once = serialised(parsed(SOURCE))
    again = parsed(once)
    assert serialised(again) == once
    assert [xmp.words_of(each) for each in again.properties] == [
        xmp.words_of(each) for each in parsed(SOURCE).properties
    ]
    assert b"<shop:Shelf>4</shop:Shelf>" in once


def test_utf_16_is_read_too() -> None:
    assert len(parsed(SOURCE.decode().replace("\ufeff", "").encode("utf-16")).properties) == 4


def test_a_foreign_prefix_that_is_taken_gives_way() -> None:
    packet = parsed(
        SOURCE.replace(b"xmlns:shop=", b"xmlns:plus=").replace(b"<shop:", b"<plus:").replace(b"</shop:", b"</plus:")
    )
    written = serialised(packet)
    assert b'xmlns:ns1="http://example.org/shop/"' in written
    assert len(parsed(written).properties) == 4


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><x>&c;</x>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY file SYSTEM "file:///etc/passwd">]><x>&file;</x>"""


@pytest.mark.parametrize(
    "hostile",
    [
        LAUGHS,
        OUTSIDE,
        LAUGHS.replace(b'<?xml version="1.0"?>', b"").decode().encode("utf-16"),
        b"<x>" * 100_000,
        b"<x>" + b"<y/>" * 100_000 + b"</x>",
        b"<x>" + b" " * 2_000_000 + b"</x>",
        b"<x",
        b"\xff\xd8\xff",
    ],
    ids=["laughs", "outside", "laughs in utf-16", "deep", "many", "long", "cut short", "no xml"],
)
def test_a_hostile_packet_is_refused(hostile: bytes) -> None:
    with pytest.raises(BadPacket):
        parsed(hostile)


def test_words_that_xml_cannot_hold_are_left_out() -> None:
    written = serialised(Packet([xmp.simple(f"{{{xmp.PHOTOSHOP}}}Credit", "a\0b\x1f<&\"'>")]))
    assert xmp.words_of(parsed(written).properties[0]) == ["ab<&\"'>"]


def test_nothing_said_is_nothing_written() -> None:
    assert serialised(Packet()) == b""

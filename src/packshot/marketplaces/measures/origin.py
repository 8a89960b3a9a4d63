"""Of its making: what a generative model made, and whether the file says so."""

from collections.abc import Sequence

from packshot.marketplaces.facts import FileFacts
from packshot.marketplaces.measures.measured import Measured, met, missed, not_applicable, unknown


def ai_label(facts: FileFacts, codes: Sequence[str]) -> Measured:
    """Whether what a generative model made carries its IPTC DigitalSourceType."""
    label = facts.source_type
    said = f"its DigitalSourceType is {label}" if label else "it carries no DigitalSourceType"
    if facts.generated == "nothing":
        return not_applicable(f"nothing of it was generated, and {said}")
    if facts.generated == "unknown":
        return unknown(f"{said}, and no receipt tells how it was made")
    if label in codes:
        return met(label, said)
    sentence = f"a generative model made the {facts.generated}, and {said}"
    return missed(label, sentence, f"write DigitalSourceType {codes[0]} into its XMP")


def photograph(facts: FileFacts, _: bool) -> Measured:
    """Whether the product was photographed, not generated."""
    made = facts.generated
    if made == "unknown":
        return unknown("no receipt tells how it was made, and the file does not say")
    if made == "product":
        sentence = "a generative model made the product, as the file or its receipt says"
        return missed(made, sentence, "use a photograph of the thing itself")
    return met(made, "the product was photographed, as the receipt says")

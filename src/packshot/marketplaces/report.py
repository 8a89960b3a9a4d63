"""A finished file against a profile: for every rule what was measured, what was asked, and what would cure a miss."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, TypeAlias

from packshot.image import Box
from packshot.marketplaces.facts import FileFacts, FoundBy
from packshot.marketplaces.measures import MEASURES
from packshot.marketplaces.measures.measured import Cure, Measured
from packshot.marketplaces.profile import Confidence, Profile, Rule, Severity, Source

Status: TypeAlias = Literal["pass", "warn", "fail", "not-applicable", "unknown"]
STATUSES: tuple[Status, ...] = ("fail", "warn", "pass", "unknown", "not-applicable")


@dataclass(frozen=True)
class Finding:
    """One rule, and how the file stands to it. `because` says why a miss of it is no fail."""

    rule: str
    check: str
    status: Status
    severity: Severity
    confidence: Confidence
    measured: Any
    limit: str
    sentence: str
    fix: str
    cure: Cure
    because: str
    source: Source
    checked: date

    @property
    def is_advice(self) -> bool:
        return self.status == "warn" and self.severity == "advice"

    @property
    def in_words(self) -> str:
        """What was measured; of a miss, with what was asked, and why it is no fail."""
        asked = f"; asked is {self.limit}" if self.status in ("fail", "warn") else ""
        return self.sentence + asked + (f" ({self.because})" if self.because else "")

    def as_data(self) -> dict[str, Any]:
        data = asdict(self)
        return data | {"source": self.source.model_dump(), "checked": self.checked.isoformat()}


@dataclass(frozen=True)
class Report:
    """A file against a profile. `found_by` tells how the product was found, None where it was not.

    `look` says why a person should look at it all the same, by its receipt: no rule asks whether the cutout is right.
    """

    profile: str
    file: str
    format: str
    bytes: int
    size: tuple[int, int]
    box: Box | None
    found_by: FoundBy | None
    has_receipt: bool
    findings: tuple[Finding, ...]
    look: str = ""

    @property
    def status(self) -> Literal["fail", "warn", "pass"]:
        """Advice that was not taken is no warning."""
        if any(finding.status == "fail" for finding in self.findings):
            return "fail"
        warned = any(finding.status == "warn" and not finding.is_advice for finding in self.findings)
        return "warn" if warned else "pass"

    @property
    def counts(self) -> Counter[Status]:
        return Counter(finding.status for finding in self.findings)

    @property
    def misses(self) -> Sequence[Finding]:
        return [finding for finding in self.findings if finding.status in ("fail", "warn")]

    def finding(self, rule: str) -> Finding:
        return next(finding for finding in self.findings if finding.rule == rule)

    def in_short(self, title: str, day: date) -> dict[str, Any]:
        """As a receipt keeps it: how the file stood on that day, every miss, and what could not be told."""
        told = [(each, "advice" if each.is_advice else each.status) for each in self.misses]
        return {
            "profile": self.profile,
            "title": title,
            "on": day.isoformat(),
            "status": self.status,
            "counts": {status: self.counts[status] for status in STATUSES},
            "misses": [{"rule": each.rule, "status": word, "sentence": each.in_words} for each, word in told],
            "unknown": [each.rule for each in self.findings if each.status == "unknown"],
        }

    def as_data(self) -> dict[str, Any]:
        return {
            "profile": self.profile,
            "status": self.status,
            "counts": {status: self.counts[status] for status in STATUSES},
            "format": self.format,
            "bytes": self.bytes,
            "size": list(self.size),
            "product": {"box": list(self.box) if self.box else None, "found_by": self.found_by},
            "receipt": self.has_receipt,
            "look": self.look,
            "findings": [finding.as_data() for finding in self.findings],
        }


def check(profile: Profile, facts: FileFacts, today: date) -> Report:
    """Every rule of `profile` on one file, as it stands on the day `today`."""
    product = facts.product
    return Report(
        profile=profile.name,
        file=facts.name,
        format=facts.format,
        bytes=facts.bytes,
        size=facts.size,
        box=product.box if product else None,
        found_by=product.found_by if product else None,
        has_receipt=facts.manifest is not None,
        findings=tuple(_finding(rule, facts, today) for rule in profile.rules),
        look=_look(facts),
    )


def _look(facts: FileFacts) -> str:
    receipt = facts.manifest
    if receipt is None or receipt.verdict != "doubtful":
        return ""
    sure = "" if receipt.confidence is None else f"the cutout is {receipt.confidence:.0%} sure"
    return "; ".join(part for part in (sure, *receipt.reasons[:2]) if part) or "its receipt calls it doubtful"


def _finding(rule: Rule, facts: FileFacts, today: date) -> Finding:
    measured = _measured(rule, facts, today)
    status, because = _judged(rule, measured, today)
    measure = MEASURES[rule.check]
    return Finding(
        rule=rule.id,
        check=rule.check,
        status=status,
        severity=rule.severity,
        confidence=rule.confidence,
        measured=measured.value,
        limit=rule.limit_in_words,
        sentence=measured.sentence,
        fix=measured.fix,
        cure=measure.cure if measured.outcome == "missed" else "none",
        because=because,
        source=rule.source,
        checked=rule.checked,
    )


def _measured(rule: Rule, facts: FileFacts, today: date) -> Measured:
    if rule.ends is not None and today > rule.ends:
        return Measured("not-applicable", None, f"it bound until {_spelt(rule.ends)}")
    if rule.formats and facts.format not in rule.formats:
        return Measured("not-applicable", None, f"it is for {', '.join(rule.formats)} files")
    return MEASURES[rule.check].take(facts, rule.limit)


def _judged(rule: Rule, measured: Measured, today: date) -> tuple[Status, str]:
    """What a miss is depends on who says that it is one, how surely it was measured, and from when it counts."""
    if measured.outcome == "met":
        return "pass", ""
    if measured.outcome != "missed":
        return measured.outcome, ""
    if rule.severity != "fail":
        return "warn", ""
    if rule.confidence != "P":
        return "warn", "only others say so" if rule.confidence == "S" else "nobody confirms it"
    if rule.starts is not None and today < rule.starts:
        return "warn", f"it binds from {_spelt(rule.starts)}"
    if measured.doubt:
        return "warn", measured.doubt
    return "fail", ""


def _spelt(day: date) -> str:
    return f"{day.day} {day:%B %Y}"

"""How a check is shown: a table for people, JSON for programs, JUnit XML for build servers."""

import sys
import textwrap
from collections import Counter
from collections.abc import Sequence
from shutil import get_terminal_size
from typing import Any
from xml.etree import ElementTree

from packshot.cli.shown import name_of, one_line
from packshot.marketplaces import Finding, Profile, Report
from packshot.marketplaces.measures.file import SPELT
from packshot.tasks.check import Checked
from packshot.tasks.cure import Cured

WIDEST = 110  # columns of a line
WORDS = {"fail": "fails", "warn": "warns", "pass": "passes", "unreadable": "cannot be read"}
_COLOURS = {"fail": "1;31", "unreadable": "1;31", "warn": "33", "advice": "36", "pass": "32", "unknown": "2"}


class Table:
    """Tells people of many files; what is missed stands first. `every` shows every rule."""

    def __init__(self, profile: Profile, *, every: bool = False) -> None:
        self._profile = profile
        self._every = every
        self._width = min(WIDEST, get_terminal_size((WIDEST, 24)).columns)
        self._names = max(len(rule.id) for rule in profile.rules)
        self._coloured = sys.stdout.isatty()

    def of_checks(self, checked: Sequence[Checked]) -> None:
        for one in checked:
            self._file(one)
        looks = sum(bool(one.report and one.report.look) for one in checked)
        print(self._total([status_of(one) for one in checked], looks))
        self._settles(looks)
        if any(one.report and one.report.misses for one in checked):
            print(f"packshot marketplaces {self._profile.name} explains each rule; --fix -o OUT cures what it can")

    def of_cures(self, checked: Sequence[Checked], cured: Sequence[Cured]) -> None:
        for one, done in zip(checked, cured, strict=True):
            self._cure(one, done)
        print("before: " + self._total([status_of(one) for one in checked]))
        looks = sum(bool(done.look) for done in cured)
        print("after:  " + self._total([_status_after(done) for done in cured], looks))
        self._settles(looks)

    def _settles(self, looks: int) -> None:
        if looks:
            words = f"packshot run {self._profile.name} PHOTO -o OUT --box LEFT,TOP,RIGHT,BOTTOM"
            print(f"a box around the product settles most doubts: {words}")

    def _file(self, one: Checked) -> None:
        self._heading(status_of(one), one, one.report)
        if one.report is None:
            self._error(one.error)
            return
        for finding in one.report.findings if self._every else _worth_showing(one.report):
            self._finding(finding)
        self._look(one.report.look)
        print()

    def _look(self, why: str) -> None:
        """What no rule asks: whether the picture is right."""
        if not why:
            return
        label = f"  {'look':<7}  "
        for number, line in enumerate(self._lines(f"a person should look at it: {why}", len(label))):
            print((self._painted("warn", label) if number == 0 else " " * len(label)) + line)

    def _heading(self, status: str, one: Checked, report: Report | None) -> None:
        about = ""
        if report is not None:
            kind = SPELT.get(report.format, report.format)
            about = f"   {report.size[0]} x {report.size[1]} {kind}, {report.bytes / 1e6:.2f} MB"
        print(f"{self._painted(status, WORDS[status].upper())}  {name_of(one.path)}{about}")

    def _finding(self, finding: Finding) -> None:
        word = word_of(finding)
        label = f"  {word:<7}  {finding.rule:<{self._names}}  "
        for number, line in enumerate(self._lines(finding.in_words, len(label))):
            print((self._painted(word, label) if number == 0 else " " * len(label)) + line)
        if finding.fix and (self._every or finding.status == "fail"):
            for line in self._lines(f"try: {finding.fix}", len(label)):
                print(" " * len(label) + line)

    def _lines(self, words: str, indent: int) -> list[str]:
        return textwrap.wrap(one_line(words), max(30, self._width - indent)) or [""]

    def _error(self, error: dict[str, Any] | None) -> None:
        if error:
            for label, words in (("error", error["message"]), ("try", error["hint"])):
                for line in self._lines(f"{label}: {words}", 2) if words else ():
                    print(f"  {line}")
        print()

    def _cure(self, one: Checked, done: Cured) -> None:
        after = _status_after(done)
        if one.report is None:
            self._file(one)
            return
        before = WORDS[status_of(one)]
        print(f"{self._painted(after, WORDS[after].upper())}  {name_of(one.path)}   {before} as it came; {done.plan}")
        if done.output is not None:
            print(f"  {'copied' if done.kept else 'made':<6}   {name_of(done.output)}")
        if done.error is not None:
            self._error(done.error)
            return
        if done.cured:
            for line in self._lines("cured    " + ", ".join(finding.rule for finding in done.cured), 11):
                print(f"  {line}")
        for reason in done.why_left(self._profile):
            first, *rest = self._lines(reason, 11)
            print(f"  {self._painted('warn', 'left')}     {first}")
            for line in rest:
                print(f"           {line}")
        self._look(done.look)
        print()

    def _total(self, statuses: Sequence[str], looks: int = 0) -> str:
        counts = Counter(statuses)
        number = f"{len(statuses)} {'file' if len(statuses) == 1 else 'files'}"
        parts = []
        for status, one in WORDS.items():
            if counts[status]:
                many = one.removesuffix("s") if status in ("fail", "warn") else "pass" if status == "pass" else one
                parts.append(f"{counts[status]} {one if counts[status] == 1 else many}")
        look = f"; a person should look at {looks}" if looks else ""
        return f"{self._profile.name}, {number}: {', '.join(parts)}{look}"

    def _painted(self, status: str, words: str) -> str:
        code = _COLOURS.get(status)
        return f"\033[{code}m{words}\033[0m" if self._coloured and code else words


def status_of(one: Checked) -> str:
    return one.report.status if one.report else "unreadable"


def _status_after(done: Cured) -> str:
    if done.error is not None or done.after is None:
        return done.before.status if done.before else "unreadable"
    return done.after.status


def word_of(finding: Finding) -> str:
    if finding.status == "not-applicable":
        return "-"
    return "advice" if finding.is_advice else finding.status


def _worth_showing(report: Report) -> list[Finding]:
    order = {"fail": 0, "warn": 1, "advice": 2, "unknown": 3}
    shown = [finding for finding in report.findings if word_of(finding) in order]
    return sorted(shown, key=lambda finding: order[word_of(finding)])


def as_data(profile: Profile, checked: Sequence[Checked], cured: Sequence[Cured]) -> dict[str, Any]:
    """Plain JSON of all that was found."""
    files = []
    for number, one in enumerate(checked):
        data: dict[str, Any] = {"file": name_of(one.path), "status": status_of(one), "error": one.error}
        data |= {"report": one.report.as_data() if one.report else None}
        if cured:
            done = cured[number]
            data["fix"] = {
                "plan": done.plan,
                "output": name_of(done.output) if done.output else None,
                "status": _status_after(done),
                "cured": [finding.rule for finding in done.cured],
                "left": [finding.rule for finding in done.left],
                "why": done.why_left(profile),
                "look": done.look,
                "error": done.error,
                "report": done.after.as_data() if done.after else None,
            }
        files.append(data)
    counts = Counter(status_of(one) for one in checked)
    return {
        "profile": profile.name,
        "title": profile.title,
        "counts": {status: counts[status] for status in WORDS},
        "files": files,
    }


def junit(profile: Profile, checked: Sequence[Checked], strict: bool) -> bytes:
    """One suite for the profile, one case for each rule of each file; `strict` makes failures of warnings."""
    suite = ElementTree.Element("testsuite", name=f"packshot check {profile.name}")
    counts: Counter[str] = Counter()
    for one in checked:
        if one.report is None:
            case = ElementTree.SubElement(suite, "testcase", classname=name_of(one.path), name="readable")
            error = one.error or {}
            ElementTree.SubElement(case, "error", message=one_line(error.get("message", ""))).text = error.get("hint")
            counts.update(tests=1, errors=1)
            continue
        for finding in one.report.findings:
            case = ElementTree.SubElement(suite, "testcase", classname=name_of(one.path), name=finding.rule)
            counts["tests"] += 1
            words = one_line(f"{finding.sentence}; asked is {finding.limit}")
            if finding.status == "fail" or (strict and finding.status == "warn" and not finding.is_advice):
                ElementTree.SubElement(case, "failure", message=words).text = one_line(
                    f"{finding.fix} | {finding.source.title} {finding.source.address} | checked {finding.checked}"
                )
                counts["failures"] += 1
            elif finding.status in ("unknown", "not-applicable"):
                ElementTree.SubElement(case, "skipped", message=words)
                counts["skipped"] += 1
            elif finding.status == "warn":
                said = f"{word_of(finding)}: {words}"
                ElementTree.SubElement(case, "system-out").text = said
    for name in ("tests", "failures", "errors", "skipped"):
        suite.set(name, str(counts[name]))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))

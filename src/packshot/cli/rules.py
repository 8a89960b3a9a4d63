"""The profiles in words: which there are, what each asks for and who says so, what can be checked."""

import textwrap
from collections.abc import Sequence
from shutil import get_terminal_size

from packshot.marketplaces import CONFIDENCE, MEASURES, Profile, Rule, profiles, recipe_for
from packshot.tasks.check import open_profile

WIDEST = 118  # columns of a line
_HOW = {"fail": "fails", "warn": "warns", "advice": "is advice"}


def listing() -> str:
    """A line for each profile."""
    opened = [Profile.named(name) for name in profiles()]
    name = max(len(profile.name) for profile in opened)
    lines = [f"{profile.name:<{name}}  {_number(profile):<38}  {profile.summary}" for profile in opened]
    return "\n".join([*lines, "", "packshot marketplaces NAME explains one; packshot run NAME photos -o OUT meets it"])


def _number(profile: Profile) -> str:
    sure = sum(rule.may_fail for rule in profile.rules)
    return f"{len(profile.rules)} rules, {sure or 'none'} of which can fail"


def explained(wanted: str) -> str:
    """Every rule of a profile with its limit, its severity, its source and when somebody last looked there."""
    profile = open_profile(wanted)
    width = min(WIDEST, get_terminal_size((WIDEST, 24)).columns)
    sources = list(dict.fromkeys((rule.source, rule.checked) for rule in profile.rules))
    rows = [("rule", "asks for", "a miss", "source")]
    rows += [
        (rule.id, _asked(rule), _miss(rule), f"{sources.index((rule.source, rule.checked)) + 1} {rule.confidence}")
        for rule in profile.rules
    ]
    lines = [f"{profile.title}: {profile.summary}", "", *_columns(rows, width)]
    lines.append("")
    for number, (source, checked) in enumerate(sources, 1):
        lines += _wrapped(f"{number}  {source.title}, looked up {checked}", width, "")
        lines += [f"   {source.address}"] if source.address else []
    lines += ["", *(f"{mark}  {words}" for mark, words in CONFIDENCE.items())]
    lines.append("A miss of what is S or U only ever warns.")
    notes = [f"{rule.id}: {rule.note}" for rule in profile.rules if rule.note]
    for heading, points in (("How we read it:", notes), ("Only a person can see:", profile.not_checked)):
        if points:
            lines += ["", heading]
            for point in points:
                lines += _wrapped(f"- {point}", width, "  ")
    return "\n".join([*lines, "", f"The recipe that meets it: {recipe_for(profile)}"])


def _asked(rule: Rule) -> str:
    only = f" ({', '.join(rule.formats)})" if rule.formats else ""
    limit = rule.limit_in_words
    said = rule.says or MEASURES[rule.check].what
    return f"{said}{only} [{rule.check}]" if rule.limit is True else f"{said}{only} [{rule.check}: {limit}]"


def _miss(rule: Rule) -> str:
    how = "only warns" if rule.severity == "fail" and not rule.may_fail else _HOW[rule.severity]
    if rule.starts:
        how += f" from {rule.starts}"
    return how + (f" until {rule.ends}" if rule.ends else "")


def _columns(rows: Sequence[tuple[str, str, str, str]], width: int) -> list[str]:
    """In columns; what the second says goes on in the next line where it is long."""
    first, third, fourth = (max(len(row[column]) for row in rows) for column in (0, 2, 3))
    second = max(24, min(width - first - third - fourth - 6, max(len(row[1]) for row in rows)))
    lines = []
    for rule, asks, miss, source in rows:
        start, *rest = textwrap.wrap(asks, second)
        lines.append(f"{rule:<{first}}  {start:<{second}}  {miss:<{third}}  {source}".rstrip())
        lines += [f"{'':<{first}}  {line}" for line in rest]
    return lines


def _wrapped(words: str, width: int, indent: str) -> list[str]:
    return textwrap.wrap(words, width, initial_indent=indent, subsequent_indent=indent + "  ")


def checks_in_words() -> str:
    """Every measure that a rule can name, and the fields of its limit."""
    name = max(map(len, MEASURES))
    lines = []
    for check, measure in MEASURES.items():
        fields = getattr(measure.limit, "model_fields", None)
        takes = (
            f"{{{', '.join(fields)}}}"
            if fields
            else {"format": "a list of formats", "ai-label": "a list of codes"}.get(check, "")
        )
        lines.append(f"{check:<{name}}  {measure.what}{f'; limit: {takes}' if takes else ''}")
    return "\n".join(lines)

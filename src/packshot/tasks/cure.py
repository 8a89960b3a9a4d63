"""Cures a finished file that misses rules: by the profile's recipe, or by writing the file anew; and checks again.

The photograph is taken where the receipt names it and it is still there, else the file itself. Nothing is enlarged
beyond what the profile's recipe allows, so what is too small for the marketplace stays so, and that is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from packshot.errors import PackshotError
from packshot.manifest import Manifest, digest_of
from packshot.marketplaces import Finding, Profile, Report, encoding_for, recipe_for
from packshot.ports import TextReader
from packshot.services import Services
from packshot.storage.folder import write_whole
from packshot.tasks.batch import printable
from packshot.tasks.check import Checked, check_bytes, receipt_of
from packshot.tasks.given import read_file
from packshot.tasks.images import process_image
from packshot.tasks.order import Planned
from packshot.tasks.receipts import receipt_path


@dataclass(frozen=True)
class Cured:
    """What became of one file: `plan` in words, the reports before and after, or an error's five fields.

    `kept` says that the file was copied as it is: there was nothing to do, or, where `tried` is what came of it, doing
    it cured nothing.
    """

    path: Path
    output: Path | None
    plan: str
    before: Report | None
    after: Report | None = None
    kept: bool = False
    tried: Report | None = None
    error: dict[str, Any] | None = None

    @property
    def cured(self) -> Sequence[Finding]:
        """What was missed before and is not now."""
        if self.before is None or self.after is None:
            return []
        still = {finding.rule for finding in self.after.misses}
        return [finding for finding in self.before.misses if finding.rule not in still]

    @property
    def left(self) -> Sequence[Finding]:
        """What is missed now."""
        return self.after.misses if self.after else self.before.misses if self.before else []

    @property
    def passes(self) -> bool:
        return self.error is None and self.after is not None and self.after.status != "fail"

    def why_left(self, profile: Profile) -> list[str]:
        """For each rule that is still missed, why no recipe of ours cures it."""
        return [
            f"{finding.rule}{' (advice)' if finding.is_advice else ''}: {_why(finding, profile, self.tried)}"
            for finding in sorted(self.left, key=lambda finding: finding.is_advice)
        ]

    @property
    def look(self) -> str:
        """Why a person should look at what was made, or what would have been."""
        report = self.tried or self.after
        return report.look if report else ""


def cure(
    checked: Checked,
    planned: Planned,
    profile: Profile,
    services: Services,
    *,
    originals: Path | None = None,
    reader: TextReader | None = None,
) -> Cured:
    """Do what would cure the file that was checked, write it to its place, and check that. Errors are results."""
    before = checked.report
    if before is None:
        return Cured(checked.path, None, "", None, error=checked.error)
    try:
        return _cured(checked.path, before, planned.output, profile, services, originals, reader)
    except PackshotError as error:
        plan = "nothing could be done"
        return Cured(checked.path, None, plan, before, error=error.at(printable(checked.path.name)).as_dict())


def _cured(
    path: Path,
    before: Report,
    output: Path,
    profile: Profile,
    services: Services,
    originals: Path | None,
    reader: TextReader | None,
) -> Cured:
    limits = services.settings.limits
    data = read_file(path, limits)
    cures = {finding.cure for finding in before.misses if not finding.is_advice}
    if not cures & {"encode", "recipe"}:
        return _copied(path, data, before, output)
    recipe, plan = encoding_for(profile), "the file written anew, its pixels as they are"
    named, taken = path, data
    if "recipe" in cures:
        manifest = receipt_of(path, data)
        named = (_original(path, manifest, originals) if manifest else None) or path
        taken = data if named is path else read_file(named, limits)
        whence = "the file itself" if named is path else f"the photograph {printable(named.name)}"
        recipe, plan = recipe_for(profile), f"the recipe {profile.name}, from {whence}"
    made = process_image(taken, recipe, services, name=printable(named.name), output=printable(output.name))
    after = check_bytes(made.data, output, profile, services, receipt=made.manifest, reader=reader)
    done = Cured(path, output, plan, before, after)
    if not done.cured:
        # Another generation of the same would be worth less.
        return replace(_copied(path, data, before, output), tried=after, plan=f"{plan}, cured nothing; copied as it is")
    write_whole(output, made.data)
    write_whole(receipt_path(output), made.manifest.as_json().encode())
    return done


def _copied(path: Path, data: bytes, before: Report, output: Path) -> Cured:
    output = output.with_suffix(path.suffix)
    write_whole(output, data)
    receipt = receipt_path(path)
    if receipt.is_file():
        write_whole(receipt_path(output), receipt.read_bytes())
    plan = "nothing to cure, copied as it is" if not before.misses else "nothing that a recipe cures, copied as it is"
    return Cured(path, output, plan, before, before, kept=True)


def _original(path: Path, manifest: Manifest, originals: Path | None) -> Path | None:
    """The photograph that a receipt names, looked for beside the file, above it and in `originals`, by its digest."""
    name = Path(manifest.source.name).name
    places = [path.parent / name, path.parent.parent / name]
    if originals is not None:
        places = [*(sorted(originals.rglob(name)) if originals.is_dir() else [originals]), *places]
    for place in places:
        if place.is_file() and place.stat().st_size == manifest.source.bytes and _is(place, manifest.source.digest):
            return place
    return None


def _is(path: Path, digest: str) -> bool:
    return digest_of(path.read_bytes()) == digest


_SMALL = {"shortest-side", "longest-side", "width", "height", "enlarged"}


def _why(finding: Finding, profile: Profile, tried: Report | None = None) -> str:
    """Why a rule is still missed; where the recipe was `tried`, what it would have come to."""
    if tried is not None and finding.cure == "recipe" and finding.check not in _SMALL:
        return f"{finding.sentence}; made anew, {tried.finding(finding.rule).sentence}"
    if finding.check in _SMALL and finding.check != "enlarged" and profile.recipe.enlarge == 1:
        return f"{finding.sentence}; the photograph has no more, and {profile.title} wants nothing enlarged"
    if finding.check in _SMALL:
        return f"{finding.sentence}; the photograph has no more"
    if finding.cure == "none":
        return f"{finding.sentence}; no recipe cures that: {finding.fix}"
    return f"{finding.sentence}; {finding.fix}"

"""Finds steps, recipes and models by name among entry points: ours and other people's through the same door."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from packshot.errors import PluginClash, UnknownName


@cache
def offers(group: str) -> dict[str, EntryPoint]:
    """Every entry point of `group` by name. Two packages that claim one name are an error naming both."""
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=group):
        other = found.setdefault(entry.name, entry)
        if other.value != entry.value:
            raise PluginClash(
                f"two packages offer '{entry.name}' in {group}: {other.value} and {entry.value}",
                hint="uninstall one of them, or ask its author for another name",
            )
    return dict(sorted(found.items()))


def load(group: str, name: str) -> Any:
    """What goes by `name` in `group`, imported. Raises UnknownName with the nearest name."""
    kind = group.removeprefix("packshot.")
    known = offers(group)
    if name not in known:
        raise UnknownName.of(kind, name, known, listing=f"packshot {kind}s")
    return known[name].load()

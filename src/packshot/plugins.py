"""Finds steps, recipes and models by name among entry points: ours and other people's through the same door."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from packshot.errors import PluginClash, UnknownName


@cache
def _installed() -> Any:
    """The entry points of every package there is: one look at the disk, whatever is asked for.

    Typed Any, for Python 3.11 says otherwise than 3.12 what they are.
    """
    return entry_points()


@cache
def offers(group: str) -> dict[str, EntryPoint]:
    """Every entry point of `group` by name. Two packages that claim one name are an error naming both."""
    found: dict[str, EntryPoint] = {}
    for entry in _installed().select(group=group):
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

"""The sets, one a file: a name, a summary, and looks by name, each a scene."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules

from packshot.errors import RecipeError, UnknownName
from packshot.studio.palette import Colour
from packshot.studio.scene import Scene


@dataclass(frozen=True)
class Set:
    """A place to stand a product in. The first look is the usual one."""

    name: str
    summary: str
    looks: Mapping[str, Scene]
    paint: Callable[[Scene, Colour], Scene] | None = None

    def painted(self, scene: Scene, colour: Colour) -> Scene:
        """A look in another colour. Raises RecipeError where the set has nothing to paint."""
        if self.paint is None:
            raise RecipeError(f"the set {self.name} has nothing to paint", hint="leave 'colour' out, or take its looks")
        return self.paint(scene, colour)

    def look(self, name: str | None) -> tuple[str, Scene]:
        """By its name, or the usual one. Raises UnknownName with the nearest."""
        if name is None:
            return next(iter(self.looks.items()))
        if name not in self.looks:
            raise UnknownName.of(f"look of the set {self.name}", name, self.looks, listing="packshot sets")
        return name, self.looks[name]


def names() -> tuple[str, ...]:
    """Of every set, in alphabetical order."""
    return tuple(sorted(module.name.replace("_", "-") for module in iter_modules(__path__)))


def named(name: str) -> Set:
    """Raises UnknownName with the nearest one."""
    if name not in names():
        raise UnknownName.of("set", name, names(), listing="packshot sets")
    found: Set = import_module(f"{__name__}.{name.replace('-', '_')}").SET
    return found

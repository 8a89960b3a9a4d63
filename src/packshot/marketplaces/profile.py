"""A marketplace profile: the rules of one marketplace for its main picture, and the recipe that meets them, as data."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, Self, TypeAlias

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from packshot import plugins
from packshot.errors import ProfileError, UnknownName
from packshot.marketplaces.limits import Format, as_tuple
from packshot.marketplaces.measures import MEASURES

GROUP = "packshot.marketplace"
TEMPLATE = "template"

Severity: TypeAlias = Literal["fail", "warn", "advice"]
Confidence: TypeAlias = Literal["P", "S", "U"]
CONFIDENCE: dict[Confidence, str] = {
    "P": "the marketplace's own page says so",
    "S": "others say so; the marketplace's own page could not be read",
    "U": "nobody confirms it",
}

_Name = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Source(_Entry):
    """Where a rule stands."""

    title: str = Field(min_length=3)
    address: str = Field(default="", pattern=r"^(https?://\S+)?$", description="empty for a rule of one's own house")


class Rule(_Entry):
    """One thing a marketplace asks for. `limit` is of the type that its `check` takes."""

    id: _Name
    check: str = Field(description="which measure; `packshot marketplaces --checks` lists them")
    limit: Any = True
    severity: Severity = Field(default="fail", description="what a miss is: a fail, a warning, or a piece of advice")
    source: Source
    checked: date = Field(description="when somebody last looked at the source")
    confidence: Confidence = Field(description="P primary, S secondary, U unconfirmed; S and U only ever warn")
    says: str = Field(default="", description="the rule in a few words")
    note: str = Field(default="", description="how we read it, where the source leaves that open")
    formats: Annotated[tuple[Format, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="only for files of these formats; none named: for all"
    )
    starts: date | None = Field(default=None, description="the day from which it binds; a miss warns before")
    ends: date | None = Field(default=None, description="the last day on which it binds")

    @model_validator(mode="before")
    @classmethod
    def _typed_limit(cls, value: Any) -> Any:
        if not isinstance(value, Mapping) or not isinstance(value.get("check"), str):
            return value
        check = value["check"]
        if check not in MEASURES:
            unknown = UnknownName.of("check", check, MEASURES, listing="packshot marketplaces --checks")
            raise ProfileError(f"{unknown.message}", hint=unknown.hint)
        given = value.get("limit", True)
        try:
            limit = TypeAdapter(MEASURES[check].limit).validate_python(given, strict=True)
        except ValidationError as error:
            raise _translated(error, "limit") from error
        return {**value, "limit": limit}

    @property
    def limit_in_words(self) -> str:
        return MEASURES[self.check].in_words(self.limit)

    @property
    def may_fail(self) -> bool:
        """Whether a miss can ever be a fail: a primary source says that the marketplace refuses it."""
        return self.severity == "fail" and self.confidence == "P"


class Making(_Entry):
    """The recipe that meets the rules, in a shop's words; `recipe_for` makes steps of it."""

    canvas: Annotated[tuple[int, int] | Literal["native"], BeforeValidator(as_tuple)] = Field(
        default=(2000, 2000), description="[width, height] in pixels; native keeps the photograph's own pixels"
    )
    aspect: float | None = Field(default=None, gt=0.05, lt=20, description="width / height of a native canvas")
    largest: int = Field(default=4000, ge=1, le=20000, description="pixels of the longer side of a native canvas")
    smallest: int = Field(
        default=1, ge=1, le=20000, description="pixels of the shorter side of a native canvas, by more air if need be"
    )
    fill: float = Field(default=0.85, gt=0.05, le=1, description="share of the canvas side that the product takes")
    background: str = Field(default="#ffffff", description="'#rrggbb' or transparent")
    enlarge: float = Field(
        default=4, ge=1, le=16, description="most times larger than photographed; 1 interpolates no pixel"
    )
    until: int | None = Field(default=None, ge=1, le=20000, description="pixels of the product to enlarge to")
    format: Literal["jpeg", "png", "webp", "avif"] = "jpeg"
    quality: int = Field(default=92, ge=1, le=100)
    max_kilobytes: float | None = Field(default=None, gt=0, description="byte budget, 1 kB = 1000 bytes")


class Profile(_Entry):
    """The rules of one marketplace for its main picture."""

    name: _Name
    title: str
    summary: str
    rules: Annotated[tuple[Rule, ...], BeforeValidator(as_tuple), Field(min_length=1)]
    recipe: Making = Making()
    not_checked: Annotated[tuple[str, ...], BeforeValidator(as_tuple)] = Field(
        default=(), description="what it asks for besides, that only a person can see"
    )

    @model_validator(mode="after")
    def _ids_are_its_own(self) -> Self:
        ids = [rule.id for rule in self.rules]
        twice = sorted({one for one in ids if ids.count(one) > 1})
        if twice:
            raise ValueError(f"two rules are called '{twice[0]}'")
        return self

    @classmethod
    def of(cls, value: Any) -> Self:
        """From plain data. Raises ProfileError naming the rule, the field and the limit, with the nearest name."""
        if not isinstance(value, Mapping):
            raise ProfileError(f"a profile is a mapping with 'name' and 'rules', got {type(value).__name__}")
        place = f"profile {value.get('name', '')}".rstrip()
        rules = value.get("rules")
        try:
            if isinstance(rules, list):
                value = {**value, "rules": tuple(_rule(rule, number) for number, rule in enumerate(rules, 1))}
            return cls.model_validate(value)
        except ProfileError as error:
            raise error.at(place) from None
        except ValidationError as error:
            raise _translated(error).at(place) from error

    @classmethod
    def from_yaml(cls, text: str) -> Self:
        try:
            value = yaml.safe_load(text)
        except yaml.YAMLError as error:
            raise ProfileError(f"not YAML: {' '.join(str(error).split())}", hint="mend the line it names") from error
        return cls.of(value)

    @classmethod
    def named(cls, name: str) -> "Profile":
        """A shipped profile or a plugin's. Raises UnknownName with the nearest name."""
        texts = profiles()
        if name not in texts:
            raise UnknownName.of("marketplace", name, texts, listing="packshot marketplaces")
        return _opened(name)

    def rule(self, id: str) -> Rule:
        return next(rule for rule in self.rules if rule.id == id)


def profiles() -> dict[str, Callable[[], str]]:
    """How to read the text of every profile there is, by name: *.yaml of the packages in `packshot.marketplace`."""
    found = {name: read for name, read in _texts().items() if name != TEMPLATE}
    return dict(sorted(found.items()))


def template() -> str:
    """A profile to begin one's own with, every field explained."""
    return _texts()[TEMPLATE]()


@cache
def _texts() -> Mapping[str, Callable[[], str]]:
    packages: Iterable[str] = (entry.module for entry in plugins.offers(GROUP).values())
    found: dict[str, Callable[[], str]] = {}
    for package in packages:
        for file in files(package).iterdir():
            if file.name.endswith(".yaml"):
                found[file.name.removesuffix(".yaml")] = file.read_text
    return found


@cache
def _opened(name: str) -> Profile:
    return Profile.from_yaml(profiles()[name]())


def _rule(value: Any, number: int) -> Rule:
    place = f"rule {number}"
    if isinstance(value, Mapping) and value.get("id"):
        place += f", {value['id']}"
    try:
        return Rule.model_validate(value)
    except ProfileError as error:
        raise error.at(place) from None
    except ValidationError as error:
        raise _translated(error).at(place) from error


_KNOWN: dict[str, type[BaseModel]] = {"source": Source, "recipe": Making}
_UNION_SIDE = re.compile(r"(constrained-)?(float|int|str)$|literal\[|tuple\[|function-")


def _translated(error: ValidationError, *above: str) -> ProfileError:
    """What pydantic minds, as a sentence: which field, which limit, what was given."""
    # A misspelt word is two mistakes to pydantic: one too many, and one missing.
    first = next((one for one in error.errors() if one["type"] == "extra_forbidden"), error.errors()[0])
    path = [*above, *(str(part) for part in first["loc"] if not _UNION_SIDE.match(str(part)))]
    name = ".".join(path)
    if first["type"] == "extra_forbidden":
        known = _fields_beside(path, error)
        near = get_close_matches(path[-1], known, n=1, cutoff=0.5)
        hint = f"did you mean '{near[0]}'?" if near else f"there are: {', '.join(known)}"
        return ProfileError(f"no field is called '{name}'", hint=hint)
    if first["type"] == "missing":
        return ProfileError(f"'{name}' is missing", hint="packshot marketplaces --template explains every field")
    if first["type"] == "value_error":
        return ProfileError(f"{name}: {first['ctx']['error']}" if name else str(first["ctx"]["error"]))
    wanted = first["msg"].removeprefix("Input should be ")
    hint = "packshot marketplaces --template explains every field"
    return ProfileError(f"{name} must be {wanted}, got {first['input']!r}", hint=hint)


def _fields_beside(path: list[str], error: ValidationError) -> list[str]:
    if len(path) > 1 and path[-2] in _KNOWN:
        return sorted(_KNOWN[path[-2]].model_fields)
    kinds: dict[str, type[BaseModel]] = {kind.__name__: kind for kind in (Rule, Profile)}
    if error.title in kinds:
        return sorted(kinds[error.title].model_fields)
    from packshot.marketplaces import limits

    kind = getattr(limits, error.title, None)
    return sorted(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else []

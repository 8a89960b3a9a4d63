"""Writes docs/reference and the index of decisions from the code, so that they cannot be wrong.

python docs/generate.py            write the pages
python docs/generate.py --check    write nothing; exit 1 where a page is not what it would be
"""

import argparse
import ast
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from pkgutil import walk_packages
from typing import Any, get_args, get_origin, get_type_hints

import yaml

import packshot
from packshot import plugins
from packshot.cli.app import app
from packshot.cli.explain import _kind_in_words as kind_in_words
from packshot.errors import InputError, PackshotError
from packshot.manifest import Manifest
from packshot.recipe import Encoding, Recipe, shipped
from packshot.settings import ALIASES, Settings, leaves, variable

DOCS = Path(__file__).resolve().parent
SOURCE = DOCS.parent / "src" / "packshot"
_MADE = "<!-- Made by docs/generate.py; change the code, not this page. -->\n\n"


def pages() -> dict[str, str]:
    """Every generated page by its path below docs."""
    made = {
        "reference/commands.md": commands(),
        "reference/recipes.md": recipes(),
        "reference/steps.md": steps(),
        "reference/settings.md": settings(),
        "reference/errors.md": errors(),
        "reference/manifest.md": manifest(),
        "decisions/index.md": decisions(),
    }
    return {name: _MADE + text.rstrip() + "\n" for name, text in made.items()}


@cache
def prose() -> dict[str, Any]:
    """What only a person can say."""
    said: dict[str, Any] = yaml.safe_load((DOCS / "prose.yaml").read_text(encoding="utf-8"))
    return said


def intro(page: str) -> str:
    return str(prose()[page]).rstrip()


def commands() -> str:
    """From what each command declares."""
    parts = ["# Commands", intro("commands")]
    for name, command in every_command():
        function: Any = command.callback
        taken = [_Taken(*each) for each in declared(function)]
        usage = " ".join(["packshot", name, *(one.usage for one in taken if one.is_argument)])
        parts += [f"## {name}", f"`{usage}`", (function.__doc__ or "").strip()]
        if taken:
            parts.append(_table(("", "meaning", "default"), (one.row for one in taken)))
    return "\n\n".join(parts)


def every_command() -> Iterator[tuple[str, Any]]:
    """Each command with its whole name, those of a group behind it."""
    for command in app.registered_commands:
        yield str(command.name), command
    for group in app.registered_groups:
        for command in group.typer_instance.registered_commands if group.typer_instance else ():
            yield f"{group.name} {command.name}", command


def declared(function: Callable[..., Any]) -> Iterator[tuple[str, Any, Any, Any]]:
    """Each parameter of a command: its name, its type, its default, and what typer was told about it."""
    hints = get_type_hints(function, include_extras=True)
    for name, parameter in signature(function).parameters.items():
        kind, *notes = get_args(hints[name])
        yield name, kind, parameter.default, notes[0]


@dataclass(frozen=True)
class _Taken:
    """A parameter of a command; `info` is typer's ArgumentInfo or OptionInfo."""

    name: str
    kind: Any
    default: Any
    info: Any

    @property
    def is_argument(self) -> bool:
        return type(self.info).__name__ == "ArgumentInfo"

    @property
    def usage(self) -> str:
        word = self.name.upper() + ("..." if get_origin(self.kind) is list else "")
        return word if self.default is Parameter.empty else f"[{word}]"

    @property
    def row(self) -> tuple[str, str, str]:
        said = self.info.min is None or str(self.info.max) in self.info.help
        limits = "" if said else f" From {self.info.min} to {self.info.max}."
        empty = self.default is None or isinstance(self.default, bool)
        default = "needed" if self.default is Parameter.empty else "" if empty else f"`{self.default}`"
        return self._shown, f"{self.info.help}{limits}", default

    @property
    def _shown(self) -> str:
        if self.is_argument:
            return f"`{self.name.upper()}`"
        # Inside Annotated typer takes the first name for a default, and knows better later.
        named = [str(one) for one in (self.info.default, *self.info.param_decls) if str(one).startswith("-")]
        named = named or [f"--{self.name.replace('_', '-')}"]
        shown = ", ".join(f"`{name}`" for name in sorted(named, key=len))
        if self.kind is bool:
            return shown
        kinds = {int: "NUMBER", float: "NUMBER", Path: "PATH"}
        plain = next((one for one in get_args(self.kind) if one is not type(None)), self.kind)
        return f"{shown} {self.info.metavar or kinds.get(plain, 'NAME')}"


def recipes() -> str:
    """Every recipe as it prints itself, and as the file it is."""
    parts = [
        "# Recipes",
        _table(("recipe", "what comes out"), ((f"[{name}](#{name})", _recipe(name).summary) for name in shipped())),
        intro("recipes"),
    ]
    for name, text in shipped().items():
        shown = str(_recipe(name))
        parts += [f"## {name}", _recipe(name).summary, _block("text", shown), _block("yaml", text())]
    return "\n\n".join(parts)


def _recipe(name: str) -> Recipe:
    return Recipe.named(name)


def steps() -> str:
    """Every step with its parameters, and the encoding that ends a recipe."""
    known = {op: plugins.load("packshot.step", op) for op in plugins.offers("packshot.step")}
    parts = [
        "# Steps",
        intro("steps"),
        _table(
            ("step", "what it does", "edit"),
            ((f"[{op}](#{op})", _sentence(kind), kind.edit) for op, kind in known.items()),
        ),
    ]
    for op, kind in known.items():
        parts += [f"## {op}", _sentence(kind), _fields(kind)]
    parts += ["## output", _sentence(Encoding) + " Not a step: it stands at the end of a recipe.", _fields(Encoding)]
    return "\n\n".join(parts)


def _sentence(kind: type) -> str:
    return " ".join((kind.__doc__ or "").partition("\n\n")[0].split())


def _fields(kind: Any) -> str:
    schema = kind.model_json_schema()
    shared = schema.get("$defs", {})
    rows = [
        (f"`{name}`", kind_in_words(facts, shared), f"`{_typed(facts.get('default'))}`", facts.get("description", ""))
        for name, facts in schema.get("properties", {}).items()
    ]
    return _table(("parameter", "takes", "default", "meaning"), rows) if rows else "It takes no parameters."


def settings() -> str:
    """Every setting, how the environment spells it, and what it does."""
    known_as = {name: alias for alias, name in ALIASES.items()}
    parts = [
        "# Settings",
        intro("settings"),
    ]
    schema = Settings.model_json_schema()
    for name, field in leaves().items():
        facts: Mapping[str, Any] = {"properties": schema["properties"]}
        for part in name.split("."):
            facts = facts["properties"][part]
            facts = schema["$defs"][facts["$ref"].rpartition("/")[2]] if "$ref" in facts else facts
        alias = f" `{known_as[name]}` is understood too." if name in known_as else ""
        parts += [
            f"## {name}",
            f"{(field.description or ' ')[0].upper()}{(field.description or ' ')[1:]}.",
            f"In the environment `{variable(name)}`.{alias}",
            f"Takes {kind_in_words(facts, schema.get('$defs', {}))}; default `{_typed(field.default)}`.",
        ]
    return "\n\n".join(parts)


def errors() -> str:
    """Every code with its class, its exit code and the prose of prose.yaml."""
    codes = prose()["codes"]
    kinds = error_kinds()
    parts = [
        "# Errors",
        intro("errors"),
        _table(
            ("code", "meaning", "exit"),
            ((f"[{code}](#{code})", entry["means"], _exit_code(kinds.get(code))) for code, entry in codes.items()),
        ),
    ]
    for code, entry in codes.items():
        kind = kinds.get(code)
        known = f"`packshot.errors.{kind.__name__}`" if kind else "In the results of a batch only."
        again = " Trying again may help." if kind is not None and kind.retryable else ""
        parts += [
            f"## {code}",
            f"{known}{again}",
            entry["means"],
            f"**Why.** {entry['why']}",
            f"**Way out.** {entry['way_out']}",
        ]
    return "\n\n".join(parts)


def error_kinds() -> dict[str, type[PackshotError]]:
    """Every class of error anywhere in Packshot, by its code."""
    for module in walk_packages(packshot.__path__, "packshot."):
        if not module.name.endswith(("__main__", "migrations.env")):  # which only run
            import_module(module.name)
    kinds: list[type[PackshotError]] = [PackshotError]
    for kind in kinds:
        kinds.extend(kind.__subclasses__())
    ours = (kind for kind in kinds if kind.__module__.startswith("packshot."))
    return {kind.code: kind for kind in reversed(list(ours))}


def codes_of_failures() -> set[str]:
    """The codes that a batch gives to what is no PackshotError: the literals handed to `failed`."""
    found = set()
    for file in (SOURCE / "tasks").glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "failed":
                found |= {one.value for one in call.args[1:2] if isinstance(one, ast.Constant)}
    return {str(code) for code in found}


def _exit_code(kind: type[PackshotError] | None) -> str:
    if kind is None:
        return "3"
    return "130" if kind.code == "cancelled" else "2" if issubclass(kind, InputError) else "3"


def manifest() -> str:
    """The receipt's fields, from its model."""
    schema = Manifest.model_json_schema()
    parts = [
        "# The manifest",
        intro("manifest"),
        _fields_of(schema, schema),
    ]
    for name in ("Source", "StepRecord", "Output"):
        parts += [f"## {name}", schema["$defs"][name].get("description", ""), _fields_of(schema["$defs"][name], schema)]
    return "\n\n".join(parts)


def _fields_of(part: Mapping[str, Any], schema: Mapping[str, Any]) -> str:
    rows = [(f"`{name}`", _shape(facts), facts.get("description", "")) for name, facts in part["properties"].items()]
    return _table(("field", "is", "meaning"), rows)


def _shape(facts: Mapping[str, Any]) -> str:
    if "$ref" in facts:
        name = facts["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in facts:
        return " or ".join(_shape(each) for each in facts["anyOf"])
    if "enum" in facts:
        return ", ".join(facts["enum"])
    if facts.get("type") == "array":
        return "list of " + ", ".join(
            dict.fromkeys(_shape(item) for item in facts.get("prefixItems", [facts.get("items", {})]))
        )
    return {"string": "text", "object": "names and values"}.get(facts.get("type", ""), str(facts.get("type", "any")))


def decisions() -> str:
    """The decisions by number."""
    parts = ["# Decisions", intro("decisions")]
    lines = []
    for file in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        title = re.sub(r"^#\s*(\d+\s+)?", "", file.read_text(encoding="utf-8").splitlines()[0])
        lines.append(f"- {file.name[:3]} [{title}]({file.name})")
    return "\n\n".join([*parts, "\n".join(lines)])


def _typed(value: Any) -> str:
    """As it is written in YAML."""
    return yaml.safe_dump(value, default_flow_style=True, width=1000).removesuffix("...\n").strip()


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(heads)
    lines = [heads, ["---"] * len(heads), *([str(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _block(language: str, text: str) -> str:
    return f"```{language}\n{text.rstrip()}\n```"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="only compare")
    check = parser.parse_args().check
    stale = []
    for name, text in pages().items():
        path = DOCS / name
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            continue
        stale.append(name)
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
    for name in stale:
        print(f"docs/{name} {'is not current; run make docs' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())

"""`packshot recipes`, `steps`, `show`, `settings`: what there is, and what it means."""

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from packshot.cli import options, values
from packshot.cli.shown import two_columns, value, warn

Name = Annotated[str | None, typer.Argument(help="Explain this one.")]


def recipes(name: Name = None) -> None:
    """List the recipes, or explain one."""
    from packshot.recipe import Recipe, shipped

    if name is not None:
        show(name)
        return
    two_columns((known, Recipe.named(known).summary) for known in shipped())


def steps(name: Name = None) -> None:
    """List the words of recipes, or explain one with every parameter."""
    from packshot import plugins

    if name is None:
        known = plugins.offers("packshot.step")
        two_columns((op, _first_line(plugins.load("packshot.step", op))) for op in known)
        return
    kind = plugins.load("packshot.step", name)
    print(f"{name}\n  {_first_line(kind)}\n")
    schema = kind.model_json_schema()
    for field, facts in schema.get("properties", {}).items():
        print(f"  {field}: {_kind_in_words(facts, schema.get('$defs', {}))}; default {value(facts.get('default'))}")
        print(f"      {facts.get('description', '')}")
    if not schema.get("properties"):
        print("  it takes no parameters")


def show(
    recipe: Annotated[str, typer.Argument(help="A recipe's name or a YAML file.")],
    as_yaml: Annotated[bool, typer.Option("--yaml", help="Print it as YAML with every parameter.")] = False,
    set_: options.Set = None,
) -> None:
    """Print a recipe."""
    from packshot.settings import resolve
    from packshot.tasks.order import Adjustments
    from packshot.tasks.recipes import adjusted, open_recipe

    resolved = resolve()
    warn(resolved.warnings)
    chosen = adjusted(open_recipe(recipe, resolved.settings), Adjustments(changes=values.changes(set_ or [])))
    if as_yaml:
        print(chosen.to_yaml(), end="")
        return
    print(chosen)
    if chosen.summary:
        print(f"\n{chosen.summary}")


def settings() -> None:
    """Print every setting, and where its value comes from."""
    from packshot.settings import leaves, resolve, variable

    resolved = resolve()
    warn(resolved.warnings)
    for name, field in leaves().items():
        found: Any = resolved.settings
        for part in name.split("."):
            found = getattr(found, part)
        print(f"{name} = {value(found)}   ({resolved.origins[name]})")
        print(f"    {field.description}; {variable(name)}")


def _first_line(kind: type) -> str:
    return (kind.__doc__ or "").strip().partition("\n")[0]


def _kind_in_words(facts: Mapping[str, Any], shared: Mapping[str, Any]) -> str:
    """`number, at least 0, at most 3` of a JSON schema."""
    if "$ref" in facts:
        return _kind_in_words(shared[facts["$ref"].rpartition("/")[2]], shared)
    if "anyOf" in facts:
        return " or ".join(_kind_in_words(each, shared) for each in facts["anyOf"])
    if "enum" in facts:
        return "one of " + ", ".join(map(str, facts["enum"]))
    if "const" in facts:
        return str(facts["const"])
    if facts.get("type") == "array":
        items = facts.get("prefixItems") or [facts.get("items", {})]
        return "list of " + ", ".join(_kind_in_words(item, shared) for item in items)
    words = [
        {"null": "null", "string": "text", "boolean": "true or false"}.get(
            facts.get("type", ""), facts.get("type", "any")
        )
    ]
    for key, phrase in _LIMITS.items():
        if key in facts:
            words.append(f"{phrase} {facts[key]:g}")
    return ", ".join(words)


_LIMITS = {
    "minimum": "at least",
    "exclusiveMinimum": "over",
    "maximum": "at most",
    "exclusiveMaximum": "below",
}

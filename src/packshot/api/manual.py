"""`/docs`: every route on one page, from the OpenAPI document; no script, nothing from elsewhere."""

from collections.abc import Iterator
from html import escape
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h2 { margin-top: 3rem; border-bottom: 1px solid #ddd } h3 { margin: 2rem 0 .3rem; font-size: 1rem }
code { font-family: ui-monospace, monospace; font-size: .92em; overflow-wrap: anywhere }
h3 b { display: inline-block; min-width: 4.2rem; color: #2c5e4a } nav a { margin-right: 1rem }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 }
td { vertical-align: top; padding: .2rem .8rem .2rem 0 }
td:first-child { width: 14rem } td:nth-child(2) { width: 13rem; color: #666 }
summary { cursor: pointer; color: #2c5e4a }
"""
_LOCKED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/docs", response_class=HTMLResponse)
def manual(request: Request) -> HTMLResponse:
    """For people; programs read /openapi.json."""
    return HTMLResponse(page(request.app.openapi()), headers=_LOCKED)


def page(document: dict[str, Any]) -> str:
    """The HTML of an OpenAPI 3.1 document, its routes by tag in the order in which they come."""
    groups: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            tag = said.get("tags", ["service"])[0]
            groups.setdefault(tag, []).append("".join(_route(method, path, said, document)))
    links = "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in groups)
    parts = [f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(routes)}' for tag, routes in groups.items()]
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
        f"<h1>{title}</h1><p>{_prose(info['description'])}</p>"
        f'<p>For programs: <a href="/openapi.json">openapi.json</a>.</p><nav>{links}</nav>{"".join(parts)}</html>'
    )


def _route(method: str, path: str, said: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    yield f'<h3 id="{escape(said["operationId"])}"><b>{method.upper()}</b> <code>{escape(path)}</code></h3>'
    yield f"<p>{_prose(said.get('description', ''))}</p>"
    given = [
        (f"{each['name']} ({each['in']})", each["schema"], each.get("description", ""), each.get("required", False))
        for each in said.get("parameters", [])
    ]
    if given:
        yield _table(given, document)
    for kind, content in said.get("requestBody", {}).get("content", {}).items():
        fields = _fields(content.get("schema", {}), document)
        yield f"<p>Body, <code>{escape(kind)}</code></p>{_table(fields, document) if fields else ''}"
    for status, answer in said["responses"].items():
        for content in answer.get("content", {}).values():
            if status.startswith("2") and (fields := _fields(content.get("schema", {}), document)):
                yield f"<details><summary>{status}</summary>{_table(fields, document)}</details>"


def _fields(schema: dict[str, Any], document: dict[str, Any]) -> list[tuple[str, dict[str, Any], str, bool]]:
    """Name, schema, description, and whether it must be there."""
    whole = _meant(schema, document)
    needed = whole.get("required", [])
    return [
        (name, each, each.get("description", ""), name in needed) for name, each in whole.get("properties", {}).items()
    ]


def _table(rows: list[tuple[str, dict[str, Any], str, bool]], document: dict[str, Any]) -> str:
    cells = (
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_kind(schema, document))}{'' if needed else ', optional'}"
        f"</td><td>{_prose(told)}</td></tr>"
        for name, schema, told, needed in rows
    )
    return f"<table>{''.join(cells)}</table>"


def _kind(schema: dict[str, Any], document: dict[str, Any]) -> str:
    """What may stand there, in a few words."""
    if "$ref" in schema:
        return _kind(_meant(schema, document), document)
    if "enum" in schema:
        return " | ".join(str(each) for each in schema["enum"])
    sides = [each for side in ("anyOf", "oneOf") for each in schema.get(side, []) if each.get("type") != "null"]
    if sides:
        return " or ".join(dict.fromkeys(_kind(each, document) for each in sides))
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}), document)}"
    return str(schema.get("title" if schema.get("type") == "object" else "type", "anything"))


def _meant(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """The schema itself, where this only names it."""
    if "$ref" not in schema:
        return schema
    found: dict[str, Any] = document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
    return found


def _prose(words: str) -> str:
    """A docstring with its `code` as code."""
    parts = escape(words).split("`")
    marked = "".join(f"<code>{part}</code>" if number % 2 else part for number, part in enumerate(parts))
    return marked.replace("\n\n", "</p><p>")

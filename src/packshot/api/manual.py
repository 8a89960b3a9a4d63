"""`/docs`: every route on one page, from the OpenAPI document; no script, nothing from elsewhere."""

import json
import re
from collections.abc import Iterator
from html import escape
from typing import Any, TypeAlias

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

router = APIRouter(include_in_schema=False)

Field: TypeAlias = tuple[str, dict[str, Any], str, bool]  # name, schema, description, and whether it must be there

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; margin: 0; display: flex; align-items: flex-start }
nav { position: sticky; top: 0; box-sizing: border-box; width: 20rem; max-height: 100vh; overflow-y: auto;
  padding: 1.5rem; font-size: .85rem; flex: none; background: #f6f5f2 }
nav a { display: flex; color: inherit; text-decoration: none; padding: .1rem 0; overflow-wrap: anywhere }
nav a:hover { text-decoration: underline } nav b { display: block; margin-top: .8rem }
nav i { font-style: normal; color: #2c5e4a; flex: none; width: 3.4rem; font-size: .72rem; line-height: 1.8 }
main { max-width: 58rem; padding: 1.5rem 2.5rem; min-width: 0 }
h2 { margin-top: 3rem; border-bottom: 1px solid #ddd } h3 { margin: 2.4rem 0 .3rem; font-size: 1rem }
code, pre { font-family: ui-monospace, monospace; font-size: .92em; overflow-wrap: anywhere }
pre { background: #f6f5f2; padding: .7rem 1rem; white-space: pre-wrap; font-size: .82rem; margin: .5rem 0 }
h3 b { display: inline-block; min-width: 4.2rem; color: #2c5e4a } small { color: #666 }
table { border-collapse: collapse; width: 100%; margin: .4rem 0 }
td { vertical-align: top; padding: .2rem .8rem .2rem 0 }
td:first-child { width: 14rem } td:nth-child(2) { width: 13rem; color: #666 }
summary { cursor: pointer; color: #2c5e4a }
@media (max-width: 60rem) { body { display: block } nav { position: static; width: auto; max-height: 12rem }
  main { padding: 1rem } td { display: block; padding: 0 } td:first-child, td:nth-child(2) { width: auto } }
"""
_LOCKED = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/docs", response_class=HTMLResponse)
def manual(request: Request) -> HTMLResponse:
    """For people; programs read /openapi.json."""
    return HTMLResponse(page(request.app.openapi(), str(request.base_url).rstrip("/")), headers=_LOCKED)


def page(document: dict[str, Any], here: str = "http://localhost:8000") -> str:
    """The HTML of an OpenAPI 3.1 document, its routes by tag in the order in which they come. `here` is the service."""
    groups: dict[str, list[tuple[str, str, dict[str, Any]]]] = {}
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            groups.setdefault(said.get("tags", ["service"])[0], []).append((method, path, said))
    links, parts = "", ""
    for tag, routes in groups.items():
        links += f'<b><a href="#{escape(tag)}">{escape(tag)}</a></b>' + "".join(_link(*route) for route in routes)
        told = "".join(piece for route in routes for piece in _route(*route, document, here))
        parts += f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{told}'
    info = document["info"]
    title = f"{escape(info['title'])} {escape(info['version'])}"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style><nav>{links}</nav><main>"
        f"<h1>{title}</h1><p>{_prose(info['description'])}</p>"
        f'<p>For programs: <a href="/openapi.json">openapi.json</a>.</p>{parts}</main></html>'
    )


def _link(method: str, path: str, said: dict[str, Any]) -> str:
    short = escape(path.removeprefix("/api/v1")).replace("/", "<wbr>/")  # a line may end there
    return f'<a href="#{escape(said["operationId"])}"><i>{method.upper()}</i><span>{short}</span></a>'


def _route(method: str, path: str, said: dict[str, Any], document: dict[str, Any], here: str) -> Iterator[str]:
    yield f'<h3 id="{escape(said["operationId"])}"><b>{method.upper()}</b> <code>{escape(path)}</code></h3>'
    yield f"<p>{_prose(said.get('description', ''))}</p>"
    for scope in said.get("security", [{}])[0].get("Key", ()):
        yield f"<p><small>Where keys are asked for, with one that has the scope <b>{escape(scope)}</b>.</small></p>"
    given = [
        (f"{each['name']} ({each['in']})", each["schema"], each.get("description", ""), each.get("required", False))
        for each in said.get("parameters", [])
    ]
    if given:
        yield _table(given, document)
    bodies = said.get("requestBody", {}).get("content", {})
    for kind, content in bodies.items():
        fields = list(_deep(_fields(content.get("schema", {}), document), document))
        yield f"<p>Body, <code>{escape(kind)}</code></p>{_table(fields, document) if fields else ''}"
    for kind, content in bodies.items() or [("", {})]:
        yield f"<pre>{escape(_curl(method, path, here, kind, content.get('example')))}</pre>"
    yield from _answers(said["responses"], document)


def _answers(responses: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    problems = []
    for status, answer in responses.items():
        if "$ref" in answer:
            problems += [] if status == "default" else [_problem(status, answer, document)]
            continue
        for kind, content in answer.get("content", {}).items() or [("", {})]:
            fields = _fields(content.get("schema", {}), document)
            shown = _table(fields, document) if fields else ""
            if content.get("example") is not None:
                shown += f"<pre>{escape(_written(content['example']))}</pre>"
            said = f"{status} <code>{escape(kind)}</code>" if kind else f"{status} {escape(answer['description'])}"
            yield f"<details><summary>{said}</summary>{shown}</details>" if shown else f"<p>{said}</p>"
    if problems:
        yield f"<details><summary>problems</summary><table>{''.join(problems)}</table></details>"


def _problem(status: str, answer: dict[str, Any], document: dict[str, Any]) -> str:
    """A row that says which, with the words of one such."""
    found = document["components"]["responses"][answer["$ref"].rsplit("/", 1)[-1]]
    (content,) = found["content"].values()
    code, detail = content["example"]["code"], content["example"]["detail"]
    return f"<tr><td>{status} <code>{escape(code)}</code></td><td>as</td><td>{_prose(detail)}</td></tr>"


def _curl(method: str, path: str, here: str, kind: str, example: Any) -> str:
    """A command line that asks for it; what is to be put in stands in capitals."""
    address = re.sub(r"{(\w+)}", lambda name: name[1].upper(), path)
    line = f"curl {here}{address}" if method == "get" else f"curl -X {method.upper()} {here}{address}"
    if kind == "multipart/form-data":
        fields = (f"-F {name}={_quoted(_written(value))}" for name, value in example.items())
        return " \\\n  ".join((line, *fields))
    if kind:
        told = example if isinstance(example, str) else _written(example)
        data = f"--data-binary {told}" if told.startswith("@") else f"-d {_quoted(told)}"
        return f"{line} \\\n  -H 'Content-Type: {kind}' {data}"
    return line


def _written(example: Any) -> str:
    if isinstance(example, str):
        return example
    short = json.dumps(example, ensure_ascii=False)
    return short if len(short) < 80 else json.dumps(example, ensure_ascii=False, indent=2)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


def _fields(schema: dict[str, Any], document: dict[str, Any]) -> list[Field]:
    whole = _meant(schema, document)
    needed = whole.get("required", [])
    return [
        (name, each, each.get("description", ""), name in needed) for name, each in whole.get("properties", {}).items()
    ]


def _deep(rows: list[Field], document: dict[str, Any]) -> Iterator[Field]:
    """The same, and after each object, or list of objects, what is in it."""
    for name, schema, told, needed in rows:
        yield name, schema, told, needed
        for side in (schema, *schema.get("anyOf", ())):
            inner = side.get("items", side)
            for below, kind, words, must in _fields(inner, document):
                yield f"{name}{'[]' if 'items' in side else ''}.{below}", kind, words, must


def _table(rows: list[Field], document: dict[str, Any]) -> str:
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

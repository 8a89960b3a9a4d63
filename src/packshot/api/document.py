"""The OpenAPI document, completed: summaries, an example of every body and answer, and the problems of each route.

Examples come from `examples.yaml`, and else are put together from those that fields give.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml
from fastapi import FastAPI

from packshot import errors
from packshot.api.problems import MEDIA_TYPE, Problem, problem_of

Schema = Mapping[str, Any]

# What may go wrong, one of each status; the others that share a status differ in code and words only.
TOLD: Final[Mapping[str, errors.PackshotError]] = {
    "400": errors.InputError("the body is not JSON", hint="send an object with application/json"),
    "401": errors.UnknownCaller("this needs a key", hint="send the header Authorization: Bearer and a key"),
    "403": errors.NotAllowed("this key may read, and this needs write", hint="make one that may: packshot keys create"),
    "404": errors.NotFound("there is no such image", hint="check its id"),
    "408": errors.TooSlow("of the body 9000 bytes came in 14 s, and no more is waited for", hint="send it faster"),
    "409": errors.Conflict("another request was given under the key 'order-7'", hint="choose another key"),
    "412": errors.Outdated(
        "anna has approved it since you looked, and it is approved now", hint="look at it again, and say it anew"
    ),
    "413": errors.ImageTooLarge("the picture is larger than the 100 MB that are taken", hint="compress it"),
    "415": errors.UnsupportedMedia("the body is of no kind that is said", hint="send Content-Type: application/json"),
    "422": errors.UnknownName("no recipe is called 'marketplace-wite'", hint="did you mean 'marketplace-white'?"),
    "429": errors.TooManyRequests("more than 60 requests a minute are not taken", hint="ask less often"),
    "501": errors.NotMadeYet("products are not found in videos yet", hint="hand in pictures instead"),
    "503": errors.Busy("12 pictures are under way, and no more are taken at once", hint="ask again in a moment"),
}

_MOMENT: Final = "2026-11-28T12:00:00Z"
_ID: Final = "019f3a52-7c1e-7b64-9d1f-0a6f5a3c2e10"


@dataclass(frozen=True)
class Examples:
    """`parts` by the name of their schema, `requests` and `answers` by method and path, and then by their kind."""

    parts: Mapping[str, Any]
    requests: Mapping[str, Mapping[str, Any]]
    answers: Mapping[str, Mapping[str, Any]]


def document(app: FastAPI) -> None:
    """Have `app` give the whole document."""
    plain = app.openapi

    @cache
    def whole() -> dict[str, Any]:
        text = files("packshot.api").joinpath("examples.yaml").read_text(encoding="utf-8")
        return completed(plain(), Examples(**yaml.safe_load(text)))

    app.openapi = whole  # type: ignore[method-assign]  # as FastAPI's own documentation has it


def completed(found: dict[str, Any], examples: Examples) -> dict[str, Any]:
    """The same document with what it lacked."""
    parts = found.setdefault("components", {})
    parts.setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
    parts["responses"] = {f"Problem{status}": _problem(error) for status, error in TOLD.items()}
    for name, example in examples.parts.items():
        if name in parts["schemas"]:  # a document without jobs has fewer
            parts["schemas"][name]["examples"] = [example]
    parts["responses"]["Problem"] = {"description": "What went wrong", "content": {MEDIA_TYPE: _PROBLEM}}
    for path, methods in found["paths"].items():
        for method, said in methods.items():
            said["summary"] = _first_sentence(said.get("description", said["summary"]))
            for status in list(said["responses"]):
                if MEDIA_TYPE in said["responses"][status].get("content", {}):
                    known = status if status in TOLD else ""
                    said["responses"][status] = {"$ref": f"#/components/responses/Problem{known}"}
            if "default" in said["responses"]:
                for status in _may_go_wrong(path, said):
                    said["responses"].setdefault(status, {"$ref": f"#/components/responses/Problem{status}"})
            said["responses"] = dict(sorted(said["responses"].items()))
            asked = examples.requests.get(f"{method} {path}", {})
            answers = examples.answers.get(f"{method} {path}", {})
            for kind, content in said.get("requestBody", {}).get("content", {}).items():
                _exemplify(content, found, asked.get(kind), asked=True)
            for status, answer in said["responses"].items():
                if status.startswith("2"):
                    for kind, content in answer.get("content", {}).items():
                        _exemplify(content, found, answers.get(kind), asked=False)
    return found


_PROBLEM: Final = {"schema": {"$ref": "#/components/schemas/Problem"}}


def _problem(error: errors.PackshotError) -> dict[str, Any]:
    told = problem_of(error)
    return {
        "description": told.title,
        "content": {MEDIA_TYPE: {**_PROBLEM, "example": told.model_dump(exclude_none=True)}},
    }


def _may_go_wrong(path: str, said: Schema) -> Iterator[str]:
    """What can be told from the form of a route alone."""
    names = {each["name"]: each["in"] for each in said.get("parameters", ())}
    if "security" in said:
        yield from ("401", "403", "429", "503")
    if "{" in path:
        yield "404"
    if "requestBody" in said:
        yield from ("400", "408", "413", "415", "422")
    if "cursor" in names:
        yield "400"
    if set(names.values()) - {"path"}:
        yield "422"
    if {"idempotency-key", "if-match"} & names.keys():
        yield "409"
    if "if-match" in names:
        yield "412"


def _first_sentence(words: str) -> str:
    first = " ".join(words.partition("\n\n")[0].split())
    return re.split(r"(?<=[a-z`)])[.;:](?:\s|$)", first, maxsplit=1)[0].replace("`", "")


def _exemplify(content: dict[str, Any], document: Schema, given: Any, *, asked: bool) -> None:
    if given is not None:
        content["example"] = given
    elif "schema" in content and "example" not in content and content["schema"].get("format") != "binary":
        content["example"] = example_of(content["schema"], document, asked=asked)


def example_of(schema: Schema, document: Schema, *, asked: bool) -> Any:
    """A value that fits: of what is `asked` for only what must be there and what gives an example itself."""
    if "$ref" in schema:
        return example_of(document["components"]["schemas"][schema["$ref"].rpartition("/")[2]], document, asked=asked)
    if schema.get("examples"):
        return schema["examples"][0]
    if "const" in schema:
        return schema["const"]
    if schema.get("enum"):
        return schema["enum"][0]
    for sides in (schema.get("anyOf", ()), schema.get("oneOf", ())):
        for side in sides:
            return example_of(side, document, asked=asked)
    if schema.get("type") == "object" or "properties" in schema:
        return _object(schema, document, asked=asked)
    if schema.get("type") == "array":
        items = schema.get("prefixItems") or [schema.get("items", {})]
        return [example_of(each, document, asked=asked) for each in items]
    if schema.get("default") is not None:
        return schema["default"]
    if schema.get("format") == "date-time":
        return _MOMENT
    if schema.get("format") == "binary":
        return "@photo.jpg"
    if schema.get("title") in ("Id", "Image", "Rendition", "Job"):
        return _ID
    return {"integer": 1, "number": 1.0, "boolean": True, "string": "text"}.get(schema.get("type", ""))


def _object(schema: Schema, document: Schema, *, asked: bool) -> dict[str, Any]:
    needed = schema.get("required", ())
    return {
        name: example_of(each, document, asked=asked)
        for name, each in schema.get("properties", {}).items()
        if not asked or name in needed or "examples" in each
    }

"""Answers in the shape that was asked for, out of the text that a language model wrote."""

import json
import re
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from packshot.models.hosted.failure import nonsense
from packshot.ports import Answer

_FENCED: Final = re.compile(r"```(?:json)?\s*(.*?)\s*```", re.DOTALL)


def shaped(data: bytes, answer: type[Answer], provider: str) -> Answer:
    """The answer, validated. Raises ModelError that says which field is wrong."""
    try:
        return answer.model_validate(json_in(data.decode("utf-8", "replace"), provider))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the whole"
        raise nonsense(provider, f"{field}: {first['msg']}").error from error


def json_in(text: str, provider: str) -> Any:
    """The JSON in a text, fenced or bare. Raises ModelError."""
    fenced = _FENCED.search(text)
    try:
        return json.loads(fenced[1] if fenced else text)
    except (ValueError, RecursionError) as error:
        raise nonsense(provider, f"no JSON in {len(text)} characters").error from error


def strict_schema(answer: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema with every field required and no others allowed, as strict structured output wants it."""
    schema: dict[str, Any] = _strict(answer.model_json_schema())
    return schema


def _strict(node: Any) -> Any:
    if isinstance(node, list):
        return [_strict(each) for each in node]
    if not isinstance(node, dict):
        return node
    kept = {name: _strict(value) for name, value in node.items() if name not in ("default", "title")}
    if isinstance(node.get("properties"), dict):
        kept["properties"] = {name: _strict(value) for name, value in node["properties"].items()}
        kept |= {"additionalProperties": False, "required": list(node["properties"])}
    return kept


def tokens_in(prompt: str, pictures: int) -> int:
    """How many tokens a prompt may be at most: one for two bytes, and for a picture what the dearest of them counts."""
    return len(prompt.encode()) // 2 + 64 + 2600 * pictures

"""What does not fit in a request, as a sentence. What was given stays out of it: it may be a whole picture."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

_SAID: Final[Mapping[str, str]] = {
    "missing": "is missing",
    "extra_forbidden": "is not known",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "dict_type": "must be a JSON object",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "bool_parsing": "must be true or false",
}


def misfit(found: Mapping[str, Any], place: Sequence[int | str]) -> str:
    """One of pydantic's findings; `place` leads to the field, and an empty one means the whole request."""
    said = _SAID.get(found["type"])
    if said is None:
        said = found["msg"].removeprefix("Value error, ").replace("Input should be ", "must be ")
        return f"{'.'.join(map(str, place))} {said}".strip()
    return f"{'.'.join(map(str, place)) or 'the body'} {said}"

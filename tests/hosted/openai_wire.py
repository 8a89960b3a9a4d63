"""How api.openai.com speaks: /v1/chat/completions, /v1/images/generations, /v1/images/edits."""

import base64
import re
from typing import Any

from drawn import png
from server import Asked, Reply

KEY = "sk-secret-8a2c"
USAGE = {"prompt_tokens": 812, "completion_tokens": 40, "total_tokens": 852}
IMAGE_USAGE = {
    "input_tokens": 340,
    "input_tokens_details": {"image_tokens": 323, "text_tokens": 17},
    "output_tokens": 1056,
    "total_tokens": 1396,
}


def answers(asked: Asked, key: str = KEY, paths: str = "/v1/") -> Reply:
    if asked.headers.get("authorization") != f"Bearer {key}":
        return error(401, "invalid_api_key", f"Incorrect API key provided: {key[:5]}***.")
    if asked.path == f"{paths}chat/completions":
        return _chat(asked.json())
    if asked.path == f"{paths}images/generations":
        content = asked.json()
        assert content["prompt"]
        assert content["n"] == 1
        return painted(_of_size(content["size"]))
    if asked.path == f"{paths}images/edits":
        assert asked.headers["content-type"].startswith("multipart/form-data; boundary=")
        fields = form(asked)
        assert fields["image[]"].startswith(b"\x89PNG")
        return painted(_of_size(fields["size"].decode()))
    return error(404, "not_found", f"Invalid URL (POST {asked.path})")


def _of_size(size: str) -> bytes:
    width, height = size.split("x")
    return png(int(width), int(height))


def _chat(content: dict[str, Any]) -> Reply:
    shape = content["response_format"]
    if shape["type"] == "json_schema":
        schema = shape["json_schema"]
        if schema["strict"] is not True or schema["schema"]["additionalProperties"] is not False:
            return error(400, "invalid_request_error", "Invalid schema for response_format")
    for message in content["messages"]:
        for part in message["content"] if isinstance(message["content"], list) else []:
            if part["type"] == "image_url":
                base64.b64decode(part["image_url"]["url"].removeprefix("data:image/jpeg;base64,"), validate=True)
    return said('{"colour": "blue", "count": 3}')


def said(text: str | None, finish: str = "stop", refusal: str | None = None) -> Reply:
    message: dict[str, Any] = {"role": "assistant", "content": text, "refusal": refusal, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    whole = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1764288000, "model": "some", "usage": USAGE}
    return Reply.of({**whole, "choices": [choice]})


def painted(picture: bytes) -> Reply:
    data = [{"b64_json": base64.b64encode(picture).decode()}]
    return Reply.of({"created": 1764288000, "data": data, "output_format": "png", "usage": IMAGE_USAGE})


def error(status: int, code: str, message: str, **headers: str) -> Reply:
    told = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return Reply.of({"error": told}, status, **headers)


def busy(seconds: float | None) -> Reply:
    told = {"retry_after": str(seconds)} if seconds else {}
    return error(429, "rate_limit_exceeded", "Rate limit reached for requests", **told)


def refusal() -> Reply:
    return said(None, refusal="I'm sorry, I can't help with that.")


def picture_refusal() -> Reply:
    return error(400, "moderation_blocked", "Your request was rejected by the safety system.")


def form(asked: Asked) -> dict[str, bytes]:
    """The fields of a multipart form by name; of several files the first."""
    found: dict[str, bytes] = {}
    boundary = b"--" + asked.headers["content-type"].partition("boundary=")[2].encode()
    for part in asked.body.split(boundary)[1:-1]:
        head, _, body = part.partition(b"\r\n\r\n")
        name = re.search(rb'name="([^"]+)"', head)
        assert name is not None
        found.setdefault(name[1].decode(), body.removesuffix(b"\r\n"))
    return found

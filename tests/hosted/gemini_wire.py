"""How generativelanguage.googleapis.com speaks: POST /v1beta/models/MODEL:generateContent."""

import base64
import json
import re
from typing import Any

from drawn import png
from server import Asked, Reply

KEY = "gemini-secret-4f1d"
USAGE = {"promptTokenCount": 30, "candidatesTokenCount": 40, "totalTokenCount": 70}
RATIOS = {"1:1": (1024, 1024), "3:2": (1254, 836), "4:3": (1182, 887), "16:9": (1364, 768)}


def answers(asked: Asked, text: str = '{"colour": "blue", "count": 3}') -> Reply:
    """A text, or a picture where pictures were asked for; what the API would refuse is refused."""
    if asked.headers.get("x-goog-api-key") != KEY:
        return error(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.")
    if not re.fullmatch(r"/v1beta/models/[\w.\-]+:generateContent", asked.path):
        return error(404, "NOT_FOUND", f"{asked.path} is not found for API version v1beta")
    content = asked.json()
    for part in content["contents"][0]["parts"]:
        if "inlineData" in part:
            assert base64.urlsafe_b64decode(part["inlineData"]["data"])[:2] in (b"\xff\xd8", b"\x89P")
    config = content.get("generationConfig", {})
    if config.get("responseModalities") == ["IMAGE"]:
        return painted(png(*RATIOS[config["imageConfig"]["aspectRatio"]]))
    return said(text)


def saying(text: str) -> Any:
    return lambda asked: answers(asked, text)


def said(text: str, finish: str = "STOP") -> Reply:
    return _content([{"text": text}], finish)


def painted(picture: bytes, finish: str = "STOP") -> Reply:
    return _content([{"inlineData": {"mimeType": "image/png", "data": base64.b64encode(picture).decode()}}], finish)


def _content(parts: list[dict[str, Any]], finish: str) -> Reply:
    candidate = {"content": {"parts": parts, "role": "model"}, "finishReason": finish, "index": 0}
    return Reply.of({"candidates": [candidate], "usageMetadata": USAGE, "modelVersion": "some", "responseId": "x"})


def error(status: int, word: str, message: str, *details: dict[str, Any]) -> Reply:
    return Reply.of({"error": {"code": status, "message": message, "status": word, "details": list(details)}}, status)


def busy(seconds: float | None) -> Reply:
    """Google says how long to wait in the body."""
    told = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": f"{seconds}s"}
    return error(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota.", *([told] if seconds else []))


def refusal() -> Reply:
    return Reply.of({"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": USAGE})


def refusal_at_the_end() -> Reply:
    candidate = {"finishReason": "IMAGE_SAFETY", "index": 0}
    return Reply.of({"candidates": [candidate], "usageMetadata": USAGE})


def masks(entries: Any) -> Any:
    return saying("```json\n" + json.dumps(entries) + "\n```")

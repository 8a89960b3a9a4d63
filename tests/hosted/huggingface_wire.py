"""How router.huggingface.co/hf-inference speaks: POST /models/NAME, and the picture itself comes back."""

import base64
from typing import Any

from drawn import png
from server import Asked, Reply

KEY = "hf_secret9e33"


def answers(asked: Asked) -> Reply:
    if asked.headers.get("authorization") != f"Bearer {KEY}":
        return error(401, "Invalid username or password.")
    if not asked.path.startswith("/models/"):
        return error(404, "Not Found")
    content: dict[str, Any] = asked.json()
    told = content["parameters"]
    if "target_size" in told:
        base64.b64decode(content["inputs"], validate=True)
        told = told["target_size"]
    return painted(png(told["width"], told["height"]))


def painted(picture: bytes) -> Reply:
    return Reply(picture, headers={"content-type": "image/png"})


def error(status: int, message: str, **headers: str) -> Reply:
    return Reply.of({"error": message}, status, **headers)


def busy(seconds: float | None) -> Reply:
    return error(429, "Too Many Requests", **({"retry_after": str(seconds)} if seconds else {}))


def loading(seconds: float) -> Reply:
    return Reply.of({"error": "Model is currently loading", "estimated_time": seconds}, 503)

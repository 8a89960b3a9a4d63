"""Stored bytes as answers: what they are is told from the bytes, and they never change under their name."""

from urllib.parse import quote

from fastapi import Response

from packshot.ports import AssetStore
from packshot.storage.opening import format_of

_TYPES = {
    "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp", "avif": "image/avif", "heif": "image/heif",
    "tiff": "image/tiff", "gif": "image/gif", "bmp": "image/bmp",
}  # fmt: skip


def sent(assets: AssetStore, asset: str, if_none_match: str | None, *, name: str = "") -> Response:
    """The bytes of an asset; 304 where the caller has them. Raises NotFound."""
    mark = f'"{asset.removeprefix("sha256:")}"'
    headers = {
        "ETag": mark,
        "Cache-Control": "private, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    if if_none_match is not None and mark in if_none_match:
        return Response(status_code=304, headers=headers)
    if name:
        headers["Content-Disposition"] = f"inline; filename*=UTF-8''{quote(name, safe='')}"
    data = assets.get(asset)
    return Response(data, media_type=media_type(data), headers=headers)


def media_type(data: bytes) -> str:
    """`image/jpeg`; what no browser shows is `application/octet-stream`."""
    return _TYPES.get(format_of(data) or "", "application/octet-stream")

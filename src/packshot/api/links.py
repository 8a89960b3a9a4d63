"""`/files/...`: what signed links open, for those who have no key."""

import time
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response
from fastapi import Path as InPath

from packshot.api.access import Shop
from packshot.api.files import sent
from packshot.api.problems import RESPONSES
from packshot.errors import NotFound
from packshot.storage.links import Links

router = APIRouter(tags=["files"], responses=RESPONSES)


@router.get("/files/{digest}/{name}", response_class=Response, responses={200: {"content": {"image/*": {}}}})
def file(
    digest: Annotated[str, InPath(pattern="^[0-9a-f]{64}$", description="SHA-256 of the bytes")],
    name: Annotated[str, InPath(max_length=255, description="what a browser is to call it")],
    request: Request,
    shop: Shop,
    signature: Annotated[str, Query(max_length=64)],
    until: Annotated[int, Query(ge=0, lt=2**53, description="unix seconds; 0 for a link that never ends")] = 0,
    if_none_match: Annotated[str | None, Header(max_length=400)] = None,
) -> Response:
    """The picture of a signed link, as feeds have them. Whoever has the link sees that one picture, without a key."""
    links: Links | None = request.app.state.links
    if links is None:
        raise NotFound(
            "this service makes no links, and opens none",
            hint="whoever runs it sets PACKSHOT_STORAGE__PUBLIC_URL",
        )
    links.check(digest, name, until, signature, time.time())
    return sent(shop.memory.assets, f"sha256:{digest}", if_none_match, name=name)

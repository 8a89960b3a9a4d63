"""Links to assets for those who have no key: signed, so that nobody can make one up, and most of them end.

    <base>/files/<64 hex digits>/<name>?until=<unix seconds>&signature=<...>

`until` is 0 in a public link, which never ends; whoever changes the secret ends them all.
"""

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from urllib.parse import quote

from packshot.errors import NotFound, OutputError

_HINT = "ask for a new one"


class Links:
    """Makes links and tells whether one is ours. `base` is how the outside reaches this service, without a slash."""

    def __init__(self, secret: bytes, base: str) -> None:
        self._secret = secret
        self._base = base.rstrip("/")

    def to(self, asset: str, name: str, until: int = 0) -> str:
        """A link to an asset under the name that a browser is to give it; until then, in unix seconds, 0 for ever."""
        signature = self._signature(asset, name, until)
        place = f"{self._base}/files/{asset.removeprefix('sha256:')}/{quote(name, safe='')}"
        return f"{place}?until={until}&signature={signature}"

    def check(self, asset: str, name: str, until: int, signature: str, now: float) -> None:
        """Raises NotFound where the link was not made here, or has ended; of the asset itself that says nothing."""
        if not hmac.compare_digest(self._signature(asset, name, until).encode(), signature.encode()):
            raise NotFound("that is no link of ours", hint=_HINT)
        if until and now >= until:
            raise NotFound("the link has ended", hint=_HINT)

    def _signature(self, asset: str, name: str, until: int) -> str:
        said = "\n".join([asset.removeprefix("sha256:"), str(until), name]).encode()
        return base64.urlsafe_b64encode(hmac.digest(self._secret, said, hashlib.sha256)[:24]).decode()


def secret_in(path: Path) -> bytes:
    """The secret that a file keeps, made where there is none; only its owner may read it. Raises OutputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
        try:
            with open(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:  # noqa: PTH123
                file.write(secrets.token_bytes(32))
            os.link(part, path)  # whoever was first has won, and nobody reads half a secret
        except FileExistsError:
            pass
        finally:
            part.unlink(missing_ok=True)
        return path.read_bytes()
    except OSError as error:
        hint = "check the state folder, or set PACKSHOT_STORAGE__LINK_SECRET"
        raise OutputError(f"{path} cannot be used: {error.strerror}", hint=hint) from error

"""Assets in a bucket of Amazon S3, or of whatever speaks its language."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from packshot.errors import NotFound, OutputError, SettingsError
from packshot.manifest import digest_of
from packshot.settings import Storage
from packshot.storage.assets import Kept, digits_of

_RENEWED: Final = timedelta(days=1)  # what is put again counts as new from then on, once a day


class S3Assets:
    """An `AssetStore` under `<prefix>/ab/ab12...` of one bucket."""

    def __init__(self, settings: Storage) -> None:
        """Raises SettingsError where `storage.url` names no bucket. Nothing is asked yet."""
        scheme, _, rest = (settings.url or "").partition("://")
        bucket, _, prefix = rest.partition("/")
        if scheme != "s3" or not bucket:
            raise SettingsError("storage.url names no bucket", hint="write it as s3://bucket/prefix")
        options: dict[str, Any] = {"region": settings.region, "endpoint": settings.endpoint}
        if settings.key_id is not None and settings.secret is not None:
            options["access_key_id"] = settings.key_id.get_secret_value()
            options["secret_access_key"] = settings.secret.get_secret_value()
        if settings.endpoint is not None:
            options["virtual_hosted_style_request"] = False
        http: Any = {"allow_http": (settings.endpoint or "").startswith("http://"), "timeout": timedelta(seconds=60)}
        given = {name: value for name, value in options.items() if value is not None}
        self._store = S3Store(bucket, prefix=prefix.strip("/") or None, client_options=http, **given)

    def put(self, data: bytes) -> str:
        """Raises OutputError where it cannot be written."""
        asset = digest_of(data)
        key = _key(digits_of(asset))
        with _told("written"):
            found = self._head(key)
            if found is None or found["last_modified"] < datetime.now(UTC) - _RENEWED:
                obstore.put(self._store, key, data)
        return asset

    def get(self, asset: str) -> bytes:
        """Raises NotFound, and OutputError where it cannot be read, or is no longer what it was."""
        with _told("read"):
            data = self._read(_key(digits_of(asset)))
        if data is None:
            raise NotFound("the asset is not there", hint="it may have been cleaned away; hand it in again")
        if digest_of(data) != asset:
            raise OutputError("a stored asset is damaged", hint="take it away and run again")
        return data

    def link(self, asset: str, seconds: float) -> str:
        """An address that gives the bytes to whoever has it, until so many seconds from now."""
        with _told("linked"):
            return obstore.sign(self._store, "GET", _key(digits_of(asset)), timedelta(seconds=seconds))

    def kept(self) -> Iterator[Kept]:
        """Every asset, a page at a time."""
        with _told("listed"):
            for page in obstore.list(self._store, chunk_size=1000):
                for found in page:
                    name = found["path"].rpartition("/")[2]
                    if len(name) == 64:
                        yield Kept(f"sha256:{name}", found["size"], found["last_modified"])

    def clear_parts(self, before: datetime) -> None:
        """A bucket has none: what did not come whole is not there."""

    def remove(self, asset: str) -> None:
        """Nothing happens where it is not there."""
        with _told("removed"):
            obstore.delete(self._store, _key(digits_of(asset)))

    def _read(self, key: str) -> bytes | None:
        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError:
            return None

    def _head(self, key: str) -> Any:
        try:
            return obstore.head(self._store, key)
        except FileNotFoundError:
            return None


def _key(digits: str) -> str:
    return f"{digits[:2]}/{digits}"


@contextmanager
def _told(what: str) -> Iterator[None]:
    """What the store says, without its addresses and keys."""
    try:
        yield
    except (BaseError, OSError, ValueError) as error:
        raise OutputError(
            f"an asset could not be {what}: {type(error).__name__}",
            hint="check PACKSHOT_STORAGE__URL, the endpoint, and what its key may do",
        ) from error

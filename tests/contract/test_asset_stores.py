"""Every asset store keeps the same promises: a folder, and a bucket of a server that speaks S3."""

import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.request import urlopen

import pytest
from pydantic import SecretStr

from packshot.errors import NotFound, OutputError, SettingsError
from packshot.manifest import digest_of
from packshot.settings import Settings, Storage
from packshot.storage.assets import FolderAssets
from packshot.storage.s3 import S3Assets
from packshot.wiring import open_assets

BUCKET = "packshot-test"


@pytest.fixture(scope="module")
def bucket() -> Iterator[Storage]:
    """A server of its own, with an empty bucket."""
    moto = pytest.importorskip("moto.server")
    boto3 = pytest.importorskip("boto3")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    boto3.client(
        "s3", endpoint_url=url, aws_access_key_id="a", aws_secret_access_key="b", region_name="us-east-1"
    ).create_bucket(Bucket=BUCKET)
    yield Storage(
        url=f"s3://{BUCKET}/shop", endpoint=url, key_id=SecretStr("a"), secret=SecretStr("b"), region="us-east-1"
    )
    server.stop()


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FolderAssets | S3Assets:
    return FolderAssets(tmp_path) if request.param == "folder" else S3Assets(request.getfixturevalue("bucket"))


def test_what_is_put_comes_back_under_its_digest(store: FolderAssets | S3Assets) -> None:
    for data in (b"", b"picture", bytes(range(256)) * 20_000):
        asset = store.put(data)
        assert asset == digest_of(data)
        assert store.get(asset) == data
    assert store.put(b"picture") == digest_of(b"picture")


def test_what_is_not_there_is_not_found(store: FolderAssets | S3Assets) -> None:
    with pytest.raises(NotFound):
        store.get(digest_of(b"never put"))


@pytest.mark.parametrize(
    "name", ["", "sha256:", "../../etc/passwd", "sha256:../" + "a" * 61, "sha256:" + "A" * 64, "md5:" + "a" * 64]
)
def test_what_is_no_digest_leads_nowhere(store: FolderAssets | S3Assets, name: str) -> None:
    for ask in (store.get, store.remove):
        with pytest.raises(NotFound):
            ask(name)


def test_all_that_is_kept_is_listed_and_removed(store: FolderAssets | S3Assets) -> None:
    before = {kept.asset for kept in store.kept()}
    put = {store.put(f"picture {number}".encode()) for number in range(25)}
    listed = {kept.asset: kept for kept in store.kept()}
    assert set(listed) == before | put
    one = digest_of(b"picture 7")
    assert listed[one].size == 9
    assert abs(datetime.now(UTC) - listed[one].at) < timedelta(minutes=1)
    for asset in put:
        store.remove(asset)
        store.remove(asset)  # a second time does nothing
    assert {kept.asset for kept in store.kept()} == before
    with pytest.raises(NotFound):
        store.get(one)


def test_many_who_put_the_same_disturb_nobody(store: FolderAssets | S3Assets) -> None:
    data = bytes(300_000)
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: store.put(data), range(16))) == {digest_of(data)}
    assert store.get(digest_of(data)) == data


def test_a_link_to_a_bucket_gives_the_bytes_to_whoever_has_it(bucket: Storage) -> None:
    store = S3Assets(bucket)
    url = store.link(store.put(b"a picture"), 60)
    assert "X-Amz-Expires=60" in url
    assert "b" not in url.partition("Secret")[2]
    with urlopen(url) as answer:
        assert answer.read() == b"a picture"


def test_a_bucket_that_does_not_answer_or_exist_is_an_error_without_its_key(bucket: Storage) -> None:
    gone = bucket.model_copy(update={"url": "s3://another-bucket"})
    with pytest.raises(OutputError) as caught:
        S3Assets(gone).put(b"x")
    assert "PACKSHOT_STORAGE__URL" in caught.value.hint


@pytest.mark.parametrize("url", ["s3://", "gs://bucket", "bucket"])
def test_an_address_of_another_kind_is_a_setting_that_cannot_be(url: str) -> None:
    with pytest.raises(SettingsError):
        S3Assets(Storage(url=url))


def test_the_settings_say_which_store_it_is(bucket: Storage, tmp_path: Path) -> None:
    assert isinstance(open_assets(Settings(state=tmp_path)), FolderAssets)
    assert isinstance(open_assets(Settings(state=tmp_path, storage=bucket)), S3Assets)

"""What tenants may keep, and what is taken away; the same on every server."""

import os
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from catalogue import finished, photographs
from packshot.database.sessions import Sessions
from packshot.database.tables import Job, ProductImage, StoredAsset, Tenant
from packshot.errors import NotFound, OutputError, QuotaExceeded
from packshot.jobs.claims import Claims
from packshot.jobs.store import JobStore
from packshot.manifest import digest_of
from packshot.settings import Storage
from packshot.storage.assets import FolderAssets
from packshot.storage.tenants import TenantAssets, forget, stored_bytes
from packshot.tasks.cleaning import clean
from packshot.tasks.pictures import keep_image

NOW = datetime.now(UTC)
POLICY = Storage(temporary_hours=24, unused_days=30, finished_days=90)


def keeps(sessions: Sessions, tenant: str) -> int:
    return sessions.read(lambda session: stored_bytes(session, tenant))


def test_what_is_put_counts_once_and_what_is_forgotten_no_more(sessions: Sessions, tmp_path: Path) -> None:
    store = FolderAssets(tmp_path)
    one, two = (TenantAssets(store, sessions, name) for name in ("one", "two"))
    for _ in range(2):
        asset = one.put(bytes(1000))
    two.put(bytes(1000))
    assert (keeps(sessions, "one"), keeps(sessions, "two")) == (1000, 1000)
    assert one.get(asset) == bytes(1000)
    assert sessions.write(lambda session: forget(session, "one", [asset])) == 1
    assert sessions.write(lambda session: forget(session, "one", [asset])) == 0
    assert (keeps(sessions, "one"), keeps(sessions, "two")) == (0, 1000)


def test_more_than_the_limit_is_refused_and_not_written(sessions: Sessions, tmp_path: Path) -> None:
    store = FolderAssets(tmp_path)
    mine = TenantAssets(store, sessions, "one", limit=2500)
    for number in (1, 2):
        mine.put(bytes([number]) * 1000)
    with pytest.raises(QuotaExceeded) as caught:
        mine.put(b"x" * 1000)
    assert caught.value.hint
    assert keeps(sessions, "one") == 2000
    with pytest.raises(NotFound):
        store.get(digest_of(b"x" * 1000))
    mine.put(bytes([1]) * 1000)  # what is there already costs nothing
    sessions.write(lambda session: session.execute(update(Tenant).values(stored_limit=5000)))
    mine.put(b"x" * 1000)
    TenantAssets(store, sessions, "two", limit=2500).put(b"x" * 1000)


def test_who_puts_side_by_side_cannot_overdraw(sessions: Sessions, tmp_path: Path) -> None:
    store = FolderAssets(tmp_path)

    def put(number: int) -> bool:
        try:
            TenantAssets(store, sessions, "one", limit=5000).put(bytes([number]) * 1000)
        except QuotaExceeded:
            return False
        return True

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(put, range(12))) == 5
    assert keeps(sessions, "one") == 5000


def test_what_could_not_be_written_does_not_count(sessions: Sessions, tmp_path: Path) -> None:
    (tmp_path / "assets").write_bytes(b"no folder")
    with pytest.raises(OutputError):
        TenantAssets(FolderAssets(tmp_path / "assets"), sessions, "one").put(b"x")
    assert keeps(sessions, "one") == 0
    rows = select(func.count()).select_from(StoredAsset)
    assert sessions.read(lambda session: session.scalar(rows)) == 0


def aged(folder: Path, asset: str, days: float) -> None:
    path = next(folder.rglob(asset.removeprefix("sha256:")))
    then = (NOW - timedelta(days=days)).timestamp()
    os.utime(path, (then, then))


def test_only_what_nothing_speaks_of_any_more_is_taken_away(sessions: Sessions, tmp_path: Path) -> None:
    store = FolderAssets(tmp_path)
    mine = TenantAssets(store, sessions, "")
    photo, rendition, of_job, unused, fresh = (
        mine.put(name.encode()) for name in ("photo", "made", "job", "unused", "fresh")
    )
    (image,) = photographs(sessions, "S1")

    def has(session: Any) -> None:
        session.get_one(ProductImage, image).asset = photo

    sessions.write(has)
    finished(sessions, image, 90, asset=rendition)
    JobStore(sessions).submit("place", {"pictures": [{"asset": of_job}]})
    for asset in (photo, rendition, of_job, unused):
        aged(tmp_path, asset, 40)
    aged(tmp_path, fresh, 20)
    looked = clean(sessions, store, POLICY, NOW, only_look=True)
    assert (looked.assets, looked.bytes) == (1, len("unused"))
    assert store.get(unused) == b"unused"
    done = clean(sessions, store, POLICY, NOW)
    assert (done.assets, done.bytes) == (1, len("unused"))
    assert {kept.asset for kept in store.kept()} == {photo, rendition, of_job, fresh}
    assert keeps(sessions, "") == sum(map(len, ("photo", "made", "job", "fresh")))
    assert clean(sessions, store, POLICY, NOW).assets == 0


def test_what_was_only_passing_through_goes_sooner_unless_somebody_keeps_it(sessions: Sessions, tmp_path: Path) -> None:
    store = FolderAssets(tmp_path)
    passing = TenantAssets(store, sessions, "", keeping="temporary")
    gone, kept, again = (passing.put(name) for name in (b"gone", b"kept", b"again"))
    TenantAssets(store, sessions, "other").put(b"kept")
    TenantAssets(store, sessions, "").put(b"again")
    later = NOW + timedelta(days=2)
    for asset in (gone, kept, again):
        aged(tmp_path, asset, 0)
    assert clean(sessions, store, POLICY, later).assets == 1
    assert {each.asset for each in store.kept()} == {kept, again}


def test_jobs_that_are_long_over_are_forgotten_with_their_pictures(sessions: Sessions, tmp_path: Path) -> None:
    store = FolderAssets(tmp_path)
    moment = NOW - timedelta(days=100)
    jobs, claims = JobStore(sessions, clock=lambda: moment), Claims(sessions, clock=lambda: moment)
    asset = TenantAssets(store, sessions, "").put(b"result")
    aged(tmp_path, asset, 100)
    batch = jobs.submit("batch", {})
    claim = claims.claim("host/1/1/1", batch)
    assert claim is not None
    jobs.submit("paint", {}, batch=batch)
    waiting = jobs.submit("paint", {})
    claims.finish(claim, {})
    child = claims.claim("host/1/1/2")
    assert child is not None
    claims.finish(child, {"asset": asset})
    done = clean(sessions, store, POLICY, NOW)
    assert (done.jobs, done.assets) == (2, 1)
    left = select(Job.id)
    assert sessions.read(lambda session: session.scalars(left).all()) == [waiting]


def test_a_photograph_that_was_handed_in_and_never_used_goes_with_its_bytes(sessions: Sessions, tmp_path: Path) -> None:
    store = FolderAssets(tmp_path)
    mine = TenantAssets(store, sessions, "")
    names = ("never", "made", "asked", "digest", "fresh")
    images = {name: keep_image(sessions, "", name=f"{name}.png", asset=mine.put(name.encode())).id for name in names}
    (of_sku,) = photographs(sessions, "S1")
    finished(sessions, images["made"], 90, asset=mine.put(b"rendition"))
    JobStore(sessions).submit("image.enhance", {"image": images["asked"].upper()})
    JobStore(sessions).submit("place", {"product": digest_of(b"digest")})
    for kept in store.kept():
        aged(tmp_path, kept.asset, 40)
    old = update(ProductImage).where(ProductImage.id.notin_([images["fresh"]]))
    sessions.write(lambda session: session.execute(old.values(updated_at=NOW - timedelta(days=40))))
    assert clean(sessions, store, POLICY, NOW, only_look=True).photographs == 1
    done = clean(sessions, store, POLICY, NOW)
    assert (done.photographs, done.assets) == (1, 1)
    left = sessions.read(lambda session: set(session.scalars(select(ProductImage.id))))
    assert left == {of_sku, *images.values()} - {images["never"]}
    with pytest.raises(NotFound):
        store.get(digest_of(b"never"))


def test_parts_that_dead_programs_left_go_and_what_is_being_written_stays(
    tmp_path: Path, database_of: Callable[[str], Sessions], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    store = FolderAssets(tmp_path / "assets")
    shelf = tmp_path / "assets" / store.put(b"whole")[7:9]
    parts = [shelf / ".packshot-old.part", shelf / ".packshot-new.part"]
    fetched = [tmp_path / f"packshot-fetch-{age}" for age in ("old", "new")]
    for path in parts:
        path.write_bytes(b"a part")
    for folder in fetched:
        folder.mkdir()
        (folder / "photograph").write_bytes(b"a part")
    for path in (parts[0], fetched[0]):
        os.utime(path, ((NOW - timedelta(hours=25)).timestamp(),) * 2)
    clean(database_of("sqlite"), store, POLICY, NOW)
    assert [path.exists() for path in (*parts, *fetched)] == [False, True, False, True]
    assert store.get(digest_of(b"whole")) == b"whole"

"""The schema and its transactions, the same on every server."""

import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import URL, func, insert, make_url, select, text, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from packshot.database.base import is_id, new_id
from packshot.database.engine import open_engine, url_of
from packshot.database.migrate import newest, open_sessions, status, upgrade
from packshot.database.sessions import Sessions, hold, insert_new
from packshot.database.tables import Job, JobEvent, LedgerEntry, ProductImage, Sku, Table, Tenant
from packshot.errors import DatabaseBehind, DatabaseUnavailable, SettingsError
from packshot.settings import Settings, resolve

NOON = datetime(2026, 11, 28, 12, 0, 0, 123456, tzinfo=UTC)


def test_the_migrations_make_the_schema_that_the_tables_declare(empty_database: URL) -> None:
    engine = open_engine(empty_database)
    upgrade(engine)
    with engine.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection), Table.metadata)
    engine.dispose()
    # MySQL gives every foreign key an index, whether it was asked for or not.
    assert [each for each in found if "remove_index" not in each] == []


def test_two_programs_that_upgrade_at_once_both_find_it_done(empty_database: URL) -> None:
    one = """
import sys
from sqlalchemy import make_url
from packshot.database.engine import open_engine
from packshot.database.migrate import status, upgrade
engine = open_engine(make_url(sys.argv[1]))
sys.stdin.readline()
upgrade(engine)
assert status(engine).is_current
"""
    url = empty_database.render_as_string(hide_password=False)
    both = [subprocess.Popen([sys.executable, "-c", one, url], stdin=subprocess.PIPE) for _ in range(2)]
    time.sleep(1)
    for each in both:
        each.communicate(b"\n", timeout=60)
    assert [each.returncode for each in both] == [0, 0]


def test_an_upgrade_can_be_given_twice_and_taken_back(empty_database: URL) -> None:
    from alembic import command
    from alembic.config import Config

    engine = open_engine(empty_database)
    assert upgrade(engine).revision is None
    assert upgrade(engine).revision == newest()  # a second time does nothing
    config = Config()
    config.set_main_option("script_location", "packshot:database/migrations")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")
    with engine.connect() as connection:
        assert set(MigrationContext.configure(connection).get_current_heads()) == set()
    engine.dispose()


def test_jobs_and_their_events_outlive_the_change_of_what_they_may_be(empty_database: URL) -> None:
    from alembic import command
    from alembic.config import Config

    engine = open_engine(empty_database)
    config = Config()
    config.set_main_option("script_location", "packshot:database/migrations")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
    sessions = Sessions(engine)
    job = new_id()
    # With the columns of then, not all those of now.
    asked = insert(Job).values(id=job, task="t", request={}, request_digest="d")
    sessions.write(lambda session: session.execute(asked))
    sessions.write(lambda session: session.add(JobEvent(job_id=job, number=1, kind="waiting", data={})))
    upgrade(engine)
    sessions.write(lambda session: session.execute(update(Job).values(status="asking")))
    with pytest.raises((IntegrityError, OperationalError)):
        sessions.write(lambda session: session.execute(update(Job).values(status="pondering")))
    assert sessions.read(lambda session: session.get_one(Job, job).status) == "asking"
    assert sessions.read(lambda session: session.get_one(JobEvent, (job, 1)).kind) == "waiting"
    sessions.close()


def test_a_server_is_not_changed_unless_asked(empty_database: URL) -> None:
    if empty_database.get_backend_name() == "sqlite":
        sessions = open_sessions(empty_database)
        assert status(sessions.engine).is_current
        sessions.close()
        return
    with pytest.raises(DatabaseBehind) as caught:
        open_sessions(empty_database)
    assert caught.value.hint == "packshot database upgrade"


def test_a_database_of_a_later_version_is_left_alone(empty_database: URL) -> None:
    engine = open_engine(empty_database)
    upgrade(engine)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(DatabaseBehind, match="of a later Packshot"):
        open_sessions(empty_database)


def test_a_moment_comes_back_to_the_microsecond_and_in_utc(sessions: Sessions) -> None:
    there = NOON.astimezone(timezone(timedelta(hours=5)))
    sessions.write(lambda session: session.add(Tenant(name="a", created_at=there)))
    back = sessions.read(lambda session: session.scalars(select(Tenant.created_at)).one())
    assert back == NOON
    assert back.tzinfo is UTC


def test_an_amount_is_exact_and_adds_up(sessions: Sessions) -> None:
    def spend(session: Session) -> None:
        for _ in range(10):
            session.add(
                LedgerEntry(
                    provider="p", model="m", request="r", units={}, price=Decimal("0.1"), currency="USD", seconds=1.0
                )
            )

    sessions.write(spend)
    assert sessions.read(lambda session: session.scalar(select(func.sum(LedgerEntry.price)))) == Decimal(1)


def test_names_that_differ_in_case_or_accent_are_different(sessions: Sessions) -> None:
    sessions.write(lambda session: session.add_all([Sku(shop_key=key) for key in ("a1", "A1", "Müller", "Muller")]))
    assert sessions.read(lambda session: session.scalar(select(func.count()).select_from(Sku))) == 4


def test_what_may_be_there_once_is_refused_the_second_time(sessions: Sessions) -> None:
    sessions.write(lambda session: session.add(Sku(shop_key="a1")))
    with pytest.raises(IntegrityError):
        sessions.write(lambda session: session.add(Sku(shop_key="a1")))
    sessions.write(lambda session: session.add(Sku(shop_key="a1", tenant="another")))


def test_a_status_that_does_not_exist_is_refused(sessions: Sessions) -> None:
    def add(session: Session) -> None:
        sku = Sku(shop_key="a1")
        session.add(sku)
        session.flush()
        session.add(ProductImage(sku_id=sku.id, image_url="u", url_digest="d", status="nearly"))

    with pytest.raises(Exception, match="ck_product_images_status"):
        sessions.write(add)


def test_nothing_is_kept_of_a_transaction_that_fails(sessions: Sessions) -> None:
    def fails(session: Session) -> None:
        session.add(Tenant(name="a"))
        session.flush()
        raise KeyError("half way")

    with pytest.raises(KeyError):
        sessions.write(fails)
    assert sessions.read(lambda session: session.get(Tenant, "a")) is None


def test_of_many_who_insert_one_row_one_does(sessions: Sessions) -> None:
    def insert(_: int) -> bool:
        return sessions.write(lambda session: insert_new(session, Tenant, {"name": "a"}, ["name"]))

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(insert, range(12))) == [False] * 11 + [True]


def test_who_holds_a_name_counts_alone(sessions: Sessions) -> None:
    """Read, think, write: without the lock two would read the same count."""

    def add_one(_: int) -> None:
        def counted(session: Session) -> None:
            hold(session, "counting")
            count = session.scalar(select(func.count()).select_from(Tenant)) or 0
            session.add(Tenant(name=f"number {count}"))

        sessions.write(counted)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(add_one, range(24)))
    assert sessions.read(lambda session: session.scalar(select(func.count()).select_from(Tenant))) == 24


def test_transactions_that_meet_are_tried_again(sessions: Sessions) -> None:
    """Two hold two names in opposite order: one of them is turned away by the server, and comes again."""
    both_hold_one = threading.Barrier(2, timeout=5)
    times = {"ab": 0, "ba": 0}

    def cross(order: str) -> str:
        def crossed(session: Session) -> str:
            times[order] += 1
            hold(session, order[0])
            if times[order] == 1 and session.get_bind().dialect.name != "sqlite":
                both_hold_one.wait()
            hold(session, order[1])
            return order

        return sessions.write(crossed)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(cross, ["ab", "ba"])) == ["ab", "ba"]
    if sessions.engine.dialect.name != "sqlite":
        assert sum(times.values()) == 3


def test_a_reader_does_not_wait_for_a_writer(sessions: Sessions) -> None:
    def writes(session: Session) -> int:
        session.add(Tenant(name="a"))
        session.flush()
        return sessions.read(lambda other: len(other.scalars(select(Tenant.name)).all()))

    assert sessions.write(writes) == 0


def test_ids_sort_by_age_and_are_uuids_of_version_seven() -> None:
    made = [new_id() for _ in range(2000)]
    assert made == sorted(made)
    assert all(is_id(each) and each[14] == "7" and each[19] in "89ab" for each in made)


@pytest.mark.parametrize("text", ["", "1", "../etc/passwd", "{00000000-0000-7000-8000-000000000000}", "ä" * 36])
def test_what_is_no_id_is_known_before_a_database_sees_it(text: str) -> None:
    assert not is_id(text)


def test_sqlite_keeps_a_write_ahead_log_and_has_patience(tmp_path: Path) -> None:
    engine = open_engine(make_url(f"sqlite+pysqlite:///{tmp_path}/a.db"))
    with engine.connect() as connection:
        asked = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "busy_timeout", "journal_size_limit", "foreign_keys")
        }
    engine.dispose()
    assert asked == {"journal_mode": "wal", "busy_timeout": 10000, "journal_size_limit": 67108864, "foreign_keys": 1}


def test_a_server_that_is_not_there_is_told_without_the_password() -> None:
    with pytest.raises(DatabaseUnavailable) as caught:
        open_sessions(make_url("postgresql+psycopg://shop:s3cret@127.0.0.1:1/packshot"))
    assert "does not answer" in caught.value.message
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.retryable


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("postgres://u:p@h/n", "postgresql+psycopg://u:***@h/n"),
        ("mysql://u:p@h:3307/n", "mysql+pymysql://u:***@h:3307/n"),
        ("mariadb://u@h/n", "mariadb+pymysql://u@h/n"),
        ("sqlite:////tmp/x.db", "sqlite+pysqlite:////tmp/x.db"),
    ],
)
def test_a_url_gets_the_driver_that_comes_with_packshot(tmp_path: Path, written: str, meant: str) -> None:
    settings = resolve(environment={"PACKSHOT_DATABASE__URL": written}, folder=tmp_path).settings
    assert url_of(settings).render_as_string(hide_password=True) == meant


@pytest.mark.parametrize("written", ["oracle://u:s3cret@h/n", "u:s3cret@h"])
def test_a_url_of_another_kind_is_refused_without_showing_its_password(tmp_path: Path, written: str) -> None:
    settings = resolve(environment={"PACKSHOT_DATABASE__URL": written}, folder=tmp_path).settings
    with pytest.raises(SettingsError) as caught:
        url_of(settings)
    assert "s3cret" not in f"{caught.value} {caught.value.hint}"
    assert caught.value.__cause__ is None


def test_the_mysql_names_of_earlier_systems_are_understood(tmp_path: Path) -> None:
    said = {"MYSQL_HOST": "db", "MYSQL_USER": "shop", "MYSQL_PASSWORD": "p@ss/word", "MYSQL_DATABASE": "images"}
    url = url_of(resolve(environment=said, folder=tmp_path).settings)
    assert (url.host, url.port, url.username, url.password, url.database) == ("db", 3306, "shop", "p@ss/word", "images")
    assert url.drivername == "mysql+pymysql"


def test_without_anything_said_it_is_a_file_in_the_state_folder(tmp_path: Path) -> None:
    assert url_of(Settings(state=tmp_path)).database == str(tmp_path / "packshot.db")

"""The event stream, against the brokers that librdkafka brings along for tests."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer
from sqlalchemy import URL, select

from packshot.database.migrate import open_sessions
from packshot.database.sessions import Sessions
from packshot.database.tables import Job, ProductImage, Sku
from packshot.errors import DatabaseUnavailable, FetchFailed
from packshot.jobs.claims import Claims
from packshot.jobs.kafka import Place, Publisher, consume
from packshot.settings import Kafka, Settings
from packshot.tasks.streaming import job_of
from packshot.wiring import open_stream


@pytest.fixture
def broker() -> Iterator[str]:
    """host:port of a broker that lives as long as its producer."""
    owner = Producer({"test.mock.num.brokers": 1, "log_level": 0})
    (found,) = owner.list_topics(timeout=10).brokers.values()
    yield f"{found.host}:{found.port}"
    owner.flush(1)


def put(broker: str, topic: str, *messages: object) -> None:
    producer = Producer({"bootstrap.servers": broker})
    for message in messages:
        producer.produce(topic, message if isinstance(message, bytes) else json.dumps(message).encode())
    assert producer.flush(15) == 0


def taken(broker: str, topic: str, count: int) -> list[dict[str, object]]:
    consumer = Consumer({"bootstrap.servers": broker, "group.id": "test", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    found: list[dict[str, object]] = []
    until = time.monotonic() + 40
    while len(found) < count and time.monotonic() < until:
        message = consumer.poll(0.5)
        if message is not None and message.error() is None:
            found.append(json.loads(message.value() or b""))
    consumer.close()
    return found


def reading(work: Callable[[threading.Event], int], is_enough: Callable[[], bool]) -> int:
    """Run a reader until there is enough; what it says at the end."""
    stop, said = threading.Event(), []
    thread = threading.Thread(target=lambda: said.append(work(stop)))
    thread.start()
    until = time.monotonic() + 40
    while not is_enough() and time.monotonic() < until:
        time.sleep(0.05)
    stop.set()
    thread.join(timeout=30)
    return said[0]


def jobs(sessions: Sessions) -> list[Job]:
    return sessions.read(lambda session: list(session.scalars(select(Job).order_by(Job.id))))


def test_a_message_becomes_one_job_of_its_sku_however_often_it_is_read(sessions: Sessions) -> None:
    body = json.dumps(
        {"sku_id": "S1", "product_group_id": "G", "image_url": "https://a.example/1.jpg", "recipe": "full"}
    )
    place = str(Place("images", 0, 7))
    assert job_of(sessions, body.encode(), place) == job_of(sessions, body.encode(), place)
    (job,) = jobs(sessions)
    image, sku = sessions.read(
        lambda session: session.execute(
            select(ProductImage.id, Sku.shop_key).join(Sku, Sku.id == ProductImage.sku_id)
        ).one()
    )
    assert (job.task, job.request, sku) == ("image.enhance", {"recipe": "full", "image": image}, "S1")


def test_a_message_without_a_sku_is_done_by_its_address(sessions: Sessions) -> None:
    assert job_of(sessions, b'{"image_url": "https://a.example/1.jpg"}', "kafka a/0/0")
    assert jobs(sessions)[0].request == {"url": "https://a.example/1.jpg"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b'{"image_url": "file:///etc/passwd"}',
        b'{"image_url": 1}',
        b'{"image_url": "urn:sha256:%s", "sku_id": "S"}' % (b"a" * 64),
    ],
)
def test_a_message_that_can_be_no_job_is_refused_and_the_next_is_read(sessions: Sessions, body: bytes) -> None:
    assert job_of(sessions, body, "kafka a/0/0") is None
    assert jobs(sessions) == []


def test_messages_are_read_again_from_where_the_last_reader_was(broker: str) -> None:
    put(broker, "images", *({"n": number} for number in range(5)))
    seen: list[int] = []
    read = partial(consume, {"bootstrap.servers": broker, "session.timeout.ms": 6000}, "images", "readers")

    def handle(body: bytes, place: Place) -> None:
        seen.append(place.offset)

    assert reading(lambda stop: read(handle, stop), lambda: len(seen) >= 5) == 5
    put(broker, "images", {"n": 5})
    assert reading(lambda stop: read(handle, stop), lambda: len(seen) >= 6) == 1
    assert len(seen) == 6


def test_while_the_database_is_away_a_message_is_tried_until_it_is_back(broker: str) -> None:
    put(broker, "images", {"n": 1})
    tries: list[str] = []
    told: list[str] = []

    def handle(body: bytes, place: Place) -> None:
        tries.append(str(place))
        if len(tries) < 3:
            raise DatabaseUnavailable("the database does not answer")

    done = reading(
        lambda stop: consume({"bootstrap.servers": broker}, "images", "g", handle, stop, trouble=told.append),
        lambda: len(tries) >= 3,
    )
    assert done == 1
    assert len(set(tries)) == 1
    assert told == ["the database does not answer"] * 2


def test_photographs_come_in_by_one_topic_and_results_go_out_by_another(broker: str, tmp_path: Path) -> None:
    sessions = open_sessions(URL.create("sqlite+pysqlite", database=str(tmp_path / "packshot.db")))
    settings = Settings(state=tmp_path, kafka=Kafka(brokers=broker))
    good = {"sku_id": "S1", "image_url": "https://a.example/1.jpg"}
    put(broker, "packshot.images", good, b"nonsense", {**good, "image_url": "https://a.example/2.jpg"})
    claims = Claims(sessions)

    def worker() -> bool:
        """Finishes what is submitted, and says whether both jobs were."""
        while (claim := claims.claim("host/1/1/1")) is not None:
            claims.finish(claim, {"asset": "x"})
        return sum(job.status == "done" for job in jobs(sessions)) == 2

    heard: list[dict[str, object]] = []

    def enough() -> bool:
        if not worker():
            return False
        heard.extend(taken(broker, "packshot.results", 5))
        return True

    stream = open_stream(settings, sessions)
    assert reading(lambda stop: stream("packshot.images", stop, print), enough) == 3
    sessions.close()
    assert sorted(str(each["type"]) for each in heard) == [
        *("job.done", "job.done", "job.running", "job.running"),
        "message.refused",
    ]


def test_a_broker_that_is_not_there_is_an_error_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    import packshot.jobs.kafka as kafka

    monkeypatch.setattr(kafka, "PATIENCE", 1.0)
    publisher = Publisher({"bootstrap.servers": "127.0.0.1:1", "log_level": 0})
    with pytest.raises(FetchFailed, match="did not take the message"):
        publisher.post("kafka:results", b"{}", {})

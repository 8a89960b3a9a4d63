"""The catalogue's event stream: photographs come from one topic of Kafka, and what became of them goes to another.

A message is done with once its job is a row. Its offset is only then stored, so that whoever dies in between reads it
again; and the job's key is the message's place, so that it is submitted once. What is told goes through the outbox
like every webhook: `kafka:<topic>` is an endpoint.
"""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer

from packshot.errors import FetchFailed, PackshotError

SCHEME: Final = "kafka:"  # how the address of an endpoint begins that is a topic
PATIENCE: Final = 15.0  # seconds for a broker to take a message
_POLL: Final = 0.5
_PAUSE: Final = 1.0


@dataclass(frozen=True)
class Place:
    """Where a message lies."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"kafka {self.topic}/{self.partition}/{self.offset}"


def consume(
    options: Mapping[str, Any],
    topic: str,
    group: str,
    handle: Callable[[bytes, Place], None],
    stop: threading.Event,
    *,
    trouble: Callable[[str], None] = lambda words: None,
) -> int:
    """Give every message of a topic to `handle` until `stop`; how many that were.

    What `handle` raises and may be tried again (the database is away) is tried again; nothing else may come from it.
    """
    own = {
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.offset.store": False,
        "partition.assignment.strategy": "cooperative-sticky",
    }
    consumer = Consumer({**options, **own})
    consumer.subscribe([topic])
    done = 0
    try:
        while not stop.is_set():
            message = consumer.poll(_POLL)
            if message is None:
                continue
            error = message.error()
            if error is not None:
                trouble(f"the broker says: {error.str()}")
                stop.wait(_PAUSE if error.code() != KafkaError._PARTITION_EOF else 0)
                continue
            if _handled(message, handle, stop, trouble):
                consumer.store_offsets(message)
                done += 1
    finally:
        consumer.close()  # commits what is stored
    return done


def _handled(
    message: Message, handle: Callable[[bytes, Place], None], stop: threading.Event, trouble: Callable[[str], None]
) -> bool:
    place = Place(str(message.topic()), int(message.partition() or 0), int(message.offset() or 0))
    while not stop.is_set():
        try:
            handle(message.value() or b"", place)
        except PackshotError as error:
            if not error.retryable:
                raise
            trouble(error.message)
            stop.wait(_PAUSE)
        else:
            return True
    return False


@dataclass(frozen=True)
class Taken:
    """What a broker that took a message is, in the words of a webhook."""

    status: int = 204
    retry_after: float | None = None


class Publisher:
    """Puts messages into topics, each acknowledged by every replica before it counts as told."""

    def __init__(self, options: Mapping[str, Any]) -> None:
        self._producer = Producer({**options, "enable.idempotence": True, "message.timeout.ms": int(PATIENCE * 1000)})

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Taken:
        """To the topic that `url` names. Raises FetchFailed where no broker takes it in time."""
        trouble: list[KafkaError | None] = []
        try:
            self._producer.produce(
                url.removeprefix(SCHEME),
                body,
                key=headers.get("webhook-id"),
                headers=[(name, value.encode()) for name, value in headers.items()],
                on_delivery=lambda error, _: trouble.append(error),
            )
            self._producer.flush(PATIENCE + 1)
        except (KafkaException, BufferError) as error:
            raise FetchFailed(f"Kafka takes no messages: {error}", hint="check PACKSHOT_KAFKA__BROKERS") from error
        if not trouble or trouble[0] is not None:
            said = trouble[0].str() if trouble and trouble[0] is not None else "it does not answer"
            raise FetchFailed(f"Kafka did not take the message: {said}", hint="check PACKSHOT_KAFKA__BROKERS")
        return Taken()

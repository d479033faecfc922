"""A pipeline that can be recovered: real emulators, and the function in this process."""

import base64
import hashlib
import json
import sys
import uuid
from datetime import UTC, datetime

import pytest
from google.api_core.exceptions import NotFound
from google.cloud import bigquery

from app.selection import Filter, Selection
from app.settings import Settings
from app.store import BigQueryStore
from local import layout
from recovery.place import Place
from servicekit import contract
from tests.function.conftest import push_headers, start_function  # noqa: F401 - they are fixtures
from tests.local.pubsub.doubles import Emulator, announced_port, eventually, running_process

IMPATIENT = """
from local.pubsub import service
service.PULL_WAIT_S = 0.2
from local.pubsub.__main__ import main
main(["--port", "0", "--issuer", "http://127.0.0.1:9"])
"""
"""It answers an empty pull sooner, for which each replay waits three times."""


@pytest.fixture(scope="session")
def emulator(tmp_path_factory):
    """The embedded Pub/Sub."""
    log = tmp_path_factory.mktemp("recovery") / "pubsub.log"
    with running_process([sys.executable, "-c", IMPATIENT], log):
        assert eventually(lambda: announced_port(log), 60)
        running = Emulator(f"127.0.0.1:{announced_port(log)}")
        yield running
        running.close()


class Pipeline:
    """The resources of a pipeline; the test is its function's push."""

    def __init__(self, place, emulator, client, headers, api):
        self.place = place
        self.emulator = emulator
        self._client = client
        self._headers = headers
        self._api = api

    def bury(self, data, *, published=None, died=None, subscription=None, **attributes):
        """Put a dead letter where Pub/Sub puts it, with its marks; return its id."""
        died = died or datetime.now(UTC)
        source = (subscription or self.place.subscription).split("/")
        marks = {
            "Subscription": source[3],
            "SubscriptionProject": source[1],
            "DeliveryCount": "5",
            "TopicPublishTime": (published or died).isoformat(),
        }
        message = {
            "data": data,
            "attributes": {
                **attributes,
                **{f"CloudPubSubDeadLetterSource{mark}": text for mark, text in marks.items()},
            },
        }
        topic = f"projects/{self.place.project}/topics/data-ingest-dead-letter"
        (message_id,) = self.emulator.publish(topic, message)
        return message_id

    def dead(self, count=1):
        """Look at the dead letters without taking any; wait a moment for `count` of them."""
        received = self.emulator.pull(self.place.dead_letters, count, within_s=1)
        if received:
            self.emulator.subscriptions.modify_ack_deadline(
                subscription=self.place.dead_letters,
                ack_ids=[entry.ack_id for entry in received],
                ack_deadline_seconds=0,
            )
        return sorted(entry.message.message_id for entry in received)

    def deliver(self, statuses=(204,)):
        """Push what is on the replay topic to the function; return how many messages."""
        received = self.emulator.pull_now(self.place.replay_subscription)
        for entry in received:
            answer = self.push(entry.message, self.place.replay_subscription)
            assert answer in statuses
            self.emulator.subscriptions.acknowledge(
                subscription=self.place.replay_subscription, ack_ids=[entry.ack_id]
            )
        return len(received)

    def push(self, message, subscription):
        """Push one message as Pub/Sub does; return the function's status."""
        body = {
            "subscription": subscription,
            "message": {
                "messageId": message.message_id,
                "publishTime": message.publish_time.isoformat(),
                "attributes": dict(message.attributes),
                "data": base64.b64encode(message.data).decode(),
            },
        }
        answer = self._client.post("/", data=json.dumps(body), headers=self._headers)
        return answer.status_code

    def read(self):
        """Read the ids of all rows as a reader would."""
        return sorted(row["id"] for row in self._api.read(Selection(Filter(), 1000)).rows)

    def quarantine(self, data, **changes):
        """Put a row into quarantine, as the function writes it."""
        now = datetime.now(UTC).isoformat()
        row = {
            "reason": "unknown_field",
            "message_id": uuid.uuid4().hex,
            "publish_time": now,
            "attributes": "{}",
            "data": base64.b64encode(data).decode(),
            "size_bytes": str(len(data)),
            "sha256": hashlib.sha256(data).hexdigest(),
            "quarantine_time": now,
            **changes,
        }
        self.insert(layout.QUARANTINE_TABLE, row)
        return row["message_id"]

    def insert(self, table, *rows):
        """Stream rows into a table."""
        with self.place.bigquery() as client:
            name = self.place.table(table)
            assert client.insert_rows_json(name, rows, row_ids=bigquery.AutoRowIDs.DISABLED) == []


@pytest.fixture
def place(emulator, bigquery_url, dataset):
    """A place of the test's own: its project's Pub/Sub, its dataset."""
    place = Place(
        project=layout.PROJECT,
        dataset=dataset,
        pubsub_emulator=emulator.host,
        bigquery_emulator=bigquery_url,
    )
    topics = {
        layout.TOPIC: place.subscription,
        layout.DEAD_LETTER_TOPIC: place.dead_letters,
        place.replay_topic: place.replay_subscription,
    }
    day = {"seconds": 86400}
    for topic, subscription in topics.items():
        emulator.topics.create_topic(request={"name": topic, "message_retention_duration": day})
        emulator.subscriptions.create_subscription(
            request={"name": subscription, "topic": topic, "ack_deadline_seconds": 60}
        )
    yield place
    for topic, subscription in topics.items():
        emulator.subscriptions.delete_subscription(subscription=subscription)
        try:
            emulator.topics.delete_topic(topic=topic)
        except NotFound:
            continue  # the test deleted it


@pytest.fixture
def pipeline(place, emulator, bigquery_url, start_function, push_headers):  # noqa: F811 - as above
    """The pipeline at that place."""
    client = start_function(
        SUBSCRIPTIONS=place.subscription,
        REPLAY_SUBSCRIPTIONS=place.replay_subscription,
        BIGQUERY_EMULATOR_HOST=bigquery_url,
    )
    settings = Settings.from_env(
        {
            "PROJECT_ID": layout.PROJECT,
            "DATASET": place.dataset,
            "AUDIENCES": "https://a.test",
            "ALLOWED_CALLERS": "r@x.y",
            "BIGQUERY_EMULATOR_HOST": bigquery_url,
            "DEFAULT_LOOKBACK": "31d",
        }
    )
    return Pipeline(place, emulator, client, push_headers, BigQueryStore(settings, contract.load()))

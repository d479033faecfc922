"""What both services log, written by their own code in this process."""

import io
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, request

from function.batching import GroupCommit
from function.ingest import Ingest
from function.settings import Settings
from servicekit import contract
from servicekit.bigquery import BigQueryUnavailableError
from servicekit.identity import TokenVerifier
from servicekit.logs import Log
from servicekit.readiness import Readiness
from tests.app.doubles import Api
from tests.function_environment import AUDIENCE, PUSHER, environment, push_body

REPLAYS = "projects/test-project/subscriptions/data-ingest-replay"


class Function:
    """The function with tables in memory; what happens to it is one method each."""

    def __init__(self, issuer, keys):
        self.stream = io.StringIO()
        self._issuer = issuer
        self._available = True
        settings = Settings.from_env(environment(REPLAY_SUBSCRIPTIONS=REPLAYS))
        tables = [GroupCommit(self._write, linger_s=0, deadline_s=8) for _ in range(2)]
        ingest = Ingest(
            settings=settings,
            contract=contract.load(),
            verifier=TokenVerifier(settings.identity, keys),
            records=tables[0],
            poison=tables[1],
            readiness=Readiness(lambda: None),
            log=Log("test-project", self.stream),
        )
        self._app = Flask("function")
        self._app.add_url_rule("/", view_func=lambda: ingest.answer(request), methods=["POST"])

    def _write(self, rows, _within_s):
        if not self._available:
            raise BigQueryUnavailableError("no answer")
        return [None for _ in rows]

    def push(self, body, *, email=PUSHER):
        """Send a push as `email`, or as nobody; return the HTTP status."""
        token = self._issuer.mint(email, AUDIENCE) if email else None
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self._app.test_client().post("/", data=body, headers=headers).status_code

    def message(self, data=b'{"id": 1}', *, age_s=0.0, **changes):
        """Write the push of a message that was published so many seconds ago."""
        published = (datetime.now(UTC) - timedelta(seconds=age_s)).isoformat()
        return push_body(data, publishTime=published, publish_time=None, **changes)

    def down(self, body):
        """Send a push while BigQuery does not answer."""
        self._available = False
        status = self.push(body)
        self._available = True
        return status


@pytest.fixture
def function(issuer, signing_keys):
    """The function, as it runs behind Pub/Sub."""
    return Function(issuer, signing_keys)


@pytest.fixture
def api(issuer, signing_keys):
    """data-api with a store in memory."""
    return Api(issuer, signing_keys)

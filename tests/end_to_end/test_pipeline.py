"""The whole pipeline under fire: whatever dies, a reader finds every row once."""

import contextlib
import json
import signal
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path

import pytest
import requests

from local import layout, messaging
from local.caller import bearer, mint, pages
from local.layout import LocalError, Ports
from local.stack import Stack
from servicekit.keys import MIN_INTERVAL_S

RECORDS = 400
OVERSIZED = b'{"id": 1, "name": "' + b"x" * (8 << 20) + b'"}'


@pytest.fixture(scope="module", params=messaging.KINDS)
def stack(request, tmp_path_factory):
    """The running pipeline on each Pub/Sub; its tables outlive a restart of the emulator."""
    try:
        kind = messaging.choose(request.param)
    except LocalError:
        pytest.skip("Google's Pub/Sub emulator is not installed")
    changes = {"CACHE_TTL": "0ms", "RATE_LIMIT_PER_MINUTE": "100000"}
    folder = tmp_path_factory.mktemp("bigquery")
    with Stack(
        Ports.free(),
        pubsub=kind,
        api_changes=changes,
        bigquery_folder=folder,
        # Google's emulator makes five attempts within the seconds that a restart takes.
        max_delivery_attempts=100,
    ) as running:
        yield running


def publish(stack, payloads, **attributes):
    with messaging.publisher(f"127.0.0.1:{stack.ports.pubsub}") as client:
        futures = [client.publish(layout.TOPIC, data, **attributes) for data in payloads]
        return [future.result(30) for future in futures]


def read_rows(stack):
    token = mint(stack.ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
    got = []
    for page in pages(stack.ports.url("api"), token, "limit=150"):
        got += [(row["id"], row["name"]) for row in page]
    return got


def await_rows(stack, wanted, timeout_s=90):
    """Read until every wanted row is there; the tables may be away for a while."""
    until = time.monotonic() + timeout_s
    while True:
        got = []
        with contextlib.suppress(requests.RequestException):
            got = read_rows(stack)
        if set(wanted) <= set(got) or time.monotonic() > until:
            return got
        time.sleep(0.5)


def kill(stack, name):
    child = stack.children[name]
    child.process.send_signal(signal.SIGKILL)
    child.kill()


@pytest.mark.long
@pytest.mark.timeout(300)
def test_no_row_is_lost_or_doubled_when_parts_die(stack):
    """A kill -9 of the function in mid-load, then a restart of BigQuery, with copies sent twice."""
    wanted = [(number, f"row {number} é") for number in range(RECORDS)]
    payloads = [json.dumps({"id": number, "name": name}).encode() for number, name in wanted]
    for index, data in enumerate(payloads[:50]):
        publish(stack, [data, data], event_id=f"e{index}")
    publish(stack, payloads[50:250])
    time.sleep(0.3)
    kill(stack, "function")
    publish(stack, payloads[250:300])
    time.sleep(1.0)
    stack.start_function()
    publish(stack, payloads[300:350])
    stack.children["bigquery"].stop()
    publish(stack, payloads[350:])
    time.sleep(1.0)
    stack.start_bigquery()

    got = Counter(await_rows(stack, wanted))
    assert Counter(wanted) - got == Counter(), "lost"
    assert got - Counter(wanted) == Counter(), "doubled or changed"


@pytest.mark.long
@pytest.mark.timeout(180)
def test_a_message_that_no_table_can_hold_is_whole_in_the_dead_letters():
    """It fails five times, with growing pauses, before Pub/Sub gives up: some 15 s."""
    with Stack(Ports.free(), pubsub="embedded") as stack:
        publish(stack, [OVERSIZED], origin="test")
        until = time.monotonic() + 60
        received = []
        with messaging.subscriber(f"127.0.0.1:{stack.ports.pubsub}") as client:
            while not received and time.monotonic() < until:
                received = client.pull(
                    subscription=layout.DEAD_LETTER_SUBSCRIPTION, max_messages=1, timeout=30
                ).received_messages
    (message,) = [item.message for item in received]
    assert message.data == OVERSIZED
    assert message.attributes["origin"] == "test"
    source = message.attributes["CloudPubSubDeadLetterSourceSubscription"]
    assert layout.SUBSCRIPTION.endswith(f"/{source}")


def test_rotated_keys_are_noticed(stack):
    """At once, or when keys may be fetched again: 10 s after the fetch before."""
    issuer, api = stack.ports.url("issuer"), stack.ports.url("api")
    old = mint(issuer, layout.READER, layout.API_AUDIENCE)
    requests.post(f"{issuer}/rotate", timeout=5).raise_for_status()
    new = mint(issuer, layout.READER, layout.API_AUDIENCE)

    def status(token):
        return requests.get(f"{api}/data", headers=bearer(token), timeout=10).status_code

    until = time.monotonic() + MIN_INTERVAL_S + 5
    while status(new) != 200 and time.monotonic() < until:
        time.sleep(0.5)
    assert (status(new), status(old)) == (200, 200)


def test_the_services_trust_no_header_that_the_platform_did_not_check(stack):
    """A good token in one header does not carry a forged one in the other."""
    issuer, api = stack.ports.url("issuer"), stack.ports.url("api")
    stranger = mint(issuer, layout.STRANGER, layout.API_AUDIENCE)
    reader = mint(issuer, layout.READER, layout.API_AUDIENCE)
    forged = reader.rpartition(".")[0] + ".SIGNATURE_REMOVED_BY_GOOGLE"
    headers = {"X-Serverless-Authorization": f"Bearer {stranger}", **bearer(forged)}
    assert requests.get(f"{api}/data", headers=headers, timeout=10).status_code == 403


def test_everything_listens_on_loopback_alone(stack):
    """Issuer and emulators ask nobody for a password, so nobody else may reach them."""
    sockets = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = {f"{port:04X}" for port in asdict(stack.ports).values()}
    addresses = {
        local.split(":")[0]
        for _, local, _remote, state, *_ in sockets
        if state == "0A" and local.split(":")[1] in ours
    }
    assert addresses == {"0100007F"}

"""Every push request ends in one outcome, and only what is durable is acknowledged."""

import base64
import hashlib
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from function import body as limits
from function.ingest import Ingest
from function.settings import Settings
from local import layout
from local.faults import Fault
from servicekit.logs import Log
from tests.function_environment import AUDIENCE, PUSHER, environment, push_body

EVENTARC_HEADERS = {
    "ce-id": "1001",
    "ce-type": "google.cloud.pubsub.topic.v1.messagePublished",
    "ce-source": "//pubsub.googleapis.com/projects/p/topics/t",
    "ce-specversion": "1.0",
}


def post(client, headers, body=None, **more):
    return client.post("/", data=push_body() if body is None else body, headers=headers, **more)


def test_a_record_is_durable_before_it_is_acknowledged(
    start_function, push_headers, dataset, rows_of, events
):
    body = push_body(b'{"id": 5, "name": "x"}', attributes={"event_id": "e1"})
    response = post(start_function(), push_headers, body)
    assert (response.status_code, response.data) == (204, b"")
    (row,) = rows_of(dataset)
    assert (row["id"], row["name"], row["message_id"]) == (5, "x", "1001")
    assert row["attributes"] == {"event_id": "e1"}
    assert row["publish_time"].isoformat() == "2026-11-24T12:00:00.123000+00:00"
    assert row["ingest_time"] is not None
    (event,) = events("ingest.committed")
    assert event["fields"]["message_id"] == "1001"
    assert event["fields"]["e2e_seconds"] >= 0


def test_eventarc_in_binary_mode_works_too(start_function, push_headers, dataset, rows_of):
    response = post(start_function(), {**push_headers, **EVENTARC_HEADERS})
    assert response.status_code == 204
    assert len(rows_of(dataset)) == 1


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "not_json"),
        (b"\xff", "not_utf8"),
        (b'{"id": "1"}', "wrong_type"),
        (b'{"id": 1, "id": 2}', "duplicate_key"),
        (b"[" * 100_000, "nested_too_deeply"),
        (b"x" * (2 << 20), "too_large"),
        (b"x" * (7 << 20), "too_large"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_poison_is_kept_and_then_acknowledged(
    start_function, push_headers, dataset, rows_of, events, raw, reason
):
    body = push_body(raw, attributes={"origin": "test"})
    assert post(start_function(), push_headers, body).status_code == 204
    (row,) = rows_of(dataset, layout.QUARANTINE_TABLE)
    assert (row["reason"], row["message_id"]) == (reason, "1001")
    assert row["attributes"] == {"origin": "test"}
    assert row["data"] == raw
    assert (row["size_bytes"], row["sha256"]) == (len(raw), hashlib.sha256(raw).hexdigest())
    assert rows_of(dataset) == []
    (event,) = events("ingest.quarantined")
    assert (event["fields"]["reason"], event["fields"]["size_bytes"]) == (reason, len(raw))


def test_what_is_not_base64_is_poison(start_function, push_headers, dataset, rows_of):
    envelope = json.loads(push_body())
    envelope["message"]["data"] = "***"
    assert post(start_function(), push_headers, json.dumps(envelope)).status_code == 204
    (row,) = rows_of(dataset, layout.QUARANTINE_TABLE)
    assert (row["reason"], row["data"]) == ("not_base64", b"***")


def test_a_message_of_attributes_alone_is_poison_and_not_an_error(
    start_function, push_headers, dataset, rows_of
):
    envelope = json.loads(push_body(attributes={"only": "these"}))
    del envelope["message"]["data"]
    assert post(start_function(), push_headers, json.dumps(envelope)).status_code == 204
    assert len(rows_of(dataset, layout.QUARANTINE_TABLE)) == 1


def test_poison_that_no_row_can_hold_goes_to_the_dead_letters(
    start_function, push_headers, dataset, rows_of, events
):
    """Kept in part and not acknowledged, so that Pub/Sub hands the whole to the dead letters."""
    raw = b"x" * ((7 << 20) + 1)
    assert post(start_function(), push_headers, push_body(raw)).status_code == 503
    (row,) = rows_of(dataset, layout.QUARANTINE_TABLE)
    assert (len(row["data"]), row["size_bytes"]) == (1 << 20, len(raw))
    assert row["sha256"] == hashlib.sha256(raw).hexdigest()
    assert len(events("ingest.oversized")) == 1


@pytest.mark.parametrize("data", [b'{"id": 1}', b"poison"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=404, times=None),
        Fault("status", status=403, times=None),
        Fault("status", status=429, times=None),
        Fault("status", status=500, times=None),
        Fault("status", status=503, times=None),
        Fault("status", status=400, times=None),
        Fault("reset", times=None),
        Fault("slow", seconds=2, times=None),
        Fault("insert_errors", column="message_id", values=("1001",), times=None),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_while_bigquery_is_unwell_nothing_is_acknowledged(
    start_function, push_headers, faults, dataset, rows_of, events, fault, data
):
    client = start_function(DELIVERY_DEADLINE="700ms")
    faults.plan(fault)
    response = post(client, push_headers, push_body(data))
    assert response.status_code == 503
    (event,) = events("ingest.deferred")
    assert event["fields"]["message_id"] == "1001"
    faults.plan()
    assert post(client, push_headers, push_body(data)).status_code == 204
    table = layout.TABLE if data.startswith(b"{") else layout.QUARANTINE_TABLE
    assert {row["message_id"] for row in rows_of(dataset, table)} == {"1001"}


def test_a_bad_neighbour_fails_alone(start_function, push_headers, faults, dataset, rows_of):
    client = start_function(BATCH_LINGER="200ms")
    faults.plan(Fault("insert_errors", values=("3",), times=None))

    def deliver(number):
        body = push_body(b'{"id": %d}' % number, messageId=f"m{number}")
        return post(client.application.test_client(), push_headers, body).status_code

    with ThreadPoolExecutor(16) as pool:
        statuses = list(pool.map(deliver, range(16)))
    assert [number for number, status in enumerate(statuses) if status != 204] == [3]
    assert statuses[3] == 503
    assert sorted(row["id"] for row in rows_of(dataset)) == [n for n in range(16) if n != 3]
    assert len(faults.inserts) <= 6


NAMELESS = push_body(messageId=None, message_id=None)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"\xff", b'{"message": {}}', NAMELESS])
def test_what_is_no_push_is_a_bad_request(start_function, push_headers, events, body):
    response = post(start_function(), push_headers, body)
    assert response.status_code == 400
    assert len(events("push.malformed")) == 1


def test_a_push_of_another_subscription_is_forbidden(
    start_function, push_headers, dataset, rows_of
):
    body = push_body(subscription="projects/test-project/subscriptions/other")
    assert post(start_function(), push_headers, body).status_code == 403
    assert rows_of(dataset) == []


@pytest.mark.parametrize(
    ("claims", "status"),
    [
        ({}, 204),
        ({"email": "stranger@test-project.iam.gserviceaccount.com"}, 403),
        ({"audience": "https://other.test"}, 401),
        ({"email_verified": False}, 401),
        ({"exp": 1}, 401),
        ({"iss": "https://issuer.test"}, 401),
    ],
    ids=str,
)
def test_only_the_push_identity_may_push(
    start_function, token_issuer, dataset, rows_of, claims, status
):
    whole = {"email": PUSHER, "audience": AUDIENCE, **claims}
    headers = {"Authorization": f"Bearer {token_issuer.issuer.mint(**whole)}"}
    response = post(start_function(), headers)
    assert response.status_code == status
    assert len(rows_of(dataset)) == (status == 204)
    assert ("WWW-Authenticate" in response.headers) == (status == 401)


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer x"}, {"Authorization": "Basic x"}]
)
def test_without_a_token_nothing_is_taken(start_function, dataset, rows_of, headers):
    assert post(start_function(), headers).status_code == 401
    assert rows_of(dataset) == []


def test_behind_iam_a_removed_signature_is_accepted_and_elsewhere_it_is_not(
    start_function, push_headers, monkeypatch
):
    unsigned = push_headers["Authorization"].rpartition(".")[0] + ".SIGNATURE_REMOVED_BY_GOOGLE"
    assert post(start_function(), {"Authorization": unsigned}).status_code == 401
    iam = start_function(AUTH_MODE="iam", K_SERVICE="f", INGRESS="private")
    assert post(iam, {"Authorization": unsigned}).status_code == 204


def test_when_the_keys_cannot_be_had_the_message_comes_again(start_function, push_headers):
    client = start_function(KEYS_URL="http://127.0.0.1:9/")
    assert post(client, push_headers).status_code == 503


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
def test_any_other_method_is_refused(start_function, push_headers, method):
    response = start_function().open("/", method=method, headers=push_headers)
    assert (response.status_code, response.headers["Allow"]) == (405, "POST")


def test_health_is_answered_without_a_token(start_function, faults):
    client = start_function()
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 200
    client = start_function(TABLE_NAME="no_such_table")
    assert client.get("/health/live").status_code == 200
    assert client.get("/health/ready").status_code == 503


def test_a_url_has_a_limit(start_function, push_headers):
    response = start_function().post("/?" + "x" * 8192, data=push_body(), headers=push_headers)
    assert response.status_code == 414


def test_a_body_has_a_limit(start_function, push_headers):
    client = start_function()
    body = b"x" * (limits.MAX_BYTES + 1)
    assert post(client, push_headers, body).status_code == 413


def test_the_largest_message_of_pubsub_fits(start_function, push_headers):
    body = push_body(b"x" * 10_000_000)
    assert len(body) <= limits.MAX_BYTES
    assert post(start_function(), push_headers, body).status_code == 503


def test_a_redelivery_is_one_row_to_readers_and_two_in_the_table(
    start_function, push_headers, dataset, rows_of
):
    client = start_function()
    assert [post(client, push_headers).status_code for _ in range(2)] == [204, 204]
    assert [row["message_id"] for row in rows_of(dataset)] == ["1001", "1001"]


def test_no_line_of_the_log_and_no_answer_holds_payload_or_token(
    start_function, push_headers, faults, capsys
):
    client = start_function(DELIVERY_DEADLINE="300ms")
    secret = "swordfish"
    token = push_headers["Authorization"].split()[1]
    encoded = base64.b64encode(secret.encode()).decode()
    answers = []
    for raw in (f'{{"id": 1, "name": "{secret}"}}', secret, f'{{"{secret}": 1}}'):
        for fault in ([], [Fault("status", status=500, times=None)]):
            faults.plan(*fault)
            body = push_body(raw.encode())
            answers.append(post(client, push_headers, body).data)
            answers.append(post(client, {}, body).data)
            answers.append(post(client, push_headers, secret).data)
            forged = {"Authorization": f"Bearer {secret}"}
            answers.append(post(client, forged, body).data)
    written = capsys.readouterr()
    for text in (written.out, written.err, *(answer.decode() for answer in answers)):
        assert not [word for word in (secret, token, encoded) if word in text]
    assert written.out.count("\n") >= 24


def test_a_publishers_trace_is_logged_and_a_forged_one_is_not(start_function, push_headers, events):
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    client = start_function()
    post(client, push_headers, push_body(attributes={"googclient_traceparent": trace}))
    post(client, push_headers, push_body(attributes={"googclient_traceparent": "x\n" + trace}))
    first, second = events("ingest.committed")
    assert first["fields"]["publish_trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert second["fields"]["publish_trace_id"] is None


def test_a_mistake_of_ours_is_no_acknowledgement_and_tells_nothing(events):
    """Whatever goes wrong in our own code, the message comes again and the log says where."""

    class Broken:
        def verify(self, _headers):
            raise RuntimeError("swordfish")

    with Flask("broken").test_request_context("/", method="POST", data=push_body()) as context:
        settings = Settings.from_env(environment())
        parts = dict.fromkeys(("contract", "records", "poison", "readiness"))
        ingest = Ingest(settings=settings, verifier=Broken(), log=Log("p"), **parts)
        response = ingest.answer(context.request)
    assert response.status_code == 503
    failed, deferred = events()
    assert (failed["event"], failed["fields"]["error"]) == ("ingest.failed", "RuntimeError")
    assert any("test_ingest.py" in place for place in failed["fields"]["places"])
    assert deferred["fields"]["reason"] == "mistake"
    assert "swordfish" not in json.dumps([failed, deferred]) + response.get_data(as_text=True)

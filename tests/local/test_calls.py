"""A request is named by the API method that it is, or refused; nothing passes unnamed."""

import json

import pytest
from aiohttp.test_utils import make_mocked_request
from google.cloud import pubsub_v1

from app import query
from local import calls, layout
from local.calls import Call, UnknownCallError
from servicekit import contract

PROJECT = f"/bigquery/v2/projects/{layout.PROJECT}"
DATASET = f"{PROJECT}/datasets/{layout.DATASET}"
TABLE = f"`{layout.PROJECT}.{layout.DATASET}.{layout.TABLE}`"


def bigquery(method, path, sql=""):
    """Name one request to BigQuery as `(method, resource)`; in its query ROWS is the table."""
    body = json.dumps({"query": sql.replace("ROWS", TABLE)}).encode()
    found = calls.bigquery("somebody")(make_mocked_request(method, path), body)
    assert {call.identity for call in found} == {"somebody"}
    return {(call.method, call.resource) for call in found}


@pytest.mark.parametrize(
    ("method", "path", "name", "resource"),
    [
        ("GET", f"{PROJECT}/queries/a-b_1", "jobs.getQueryResults", "project"),
        ("GET", f"{PROJECT}/queries/1?maxResults=0", "jobs.getQueryResults", "project"),
        ("GET", f"{PROJECT}/jobs/1?projection=full", "jobs.get", "project"),
        ("POST", f"{PROJECT}/jobs/1/cancel", "jobs.cancel", "project"),
        ("GET", f"{DATASET}/tables/{layout.TABLE}", "tables.get", "rows"),
        ("GET", f"{DATASET}/tables/{layout.QUARANTINE_TABLE}", "tables.get", "quarantine"),
        ("POST", f"{DATASET}/tables/{layout.TABLE}/insertAll", "tabledata.insertAll", "rows"),
    ],
)
def test_a_request_to_bigquery_has_the_name_of_its_method(method, path, name, resource):
    assert bigquery(method, path) == {(f"bigquery.{name}", resource)}


def test_a_query_names_the_tables_that_it_reads():
    poison = TABLE.replace(layout.TABLE, layout.QUARANTINE_TABLE)
    path = f"{PROJECT}/queries"
    own = query.write(TABLE.strip("`"), contract.load())
    assert bigquery("POST", path, own) == {("bigquery.jobs.query", "rows")}
    joined = f"SELECT 1 FROM (SELECT 1 FROM ROWS) JOIN {poison} USING (id)"  # noqa: S608 - our constants
    assert {resource for _, resource in bigquery("POST", path, joined)} == {"rows", "quarantine"}


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", f"{DATASET}/tables/{layout.TABLE}"),
        ("GET", f"{DATASET}/tables/other"),
        ("GET", f"{DATASET}/tables"),
        ("GET", f"{DATASET}/tables/{layout.TABLE}/data"),
        ("GET", f"{PROJECT}/datasets/other/tables/{layout.TABLE}"),
        ("GET", f"/bigquery/v2/projects/other/datasets/{layout.DATASET}/tables/{layout.TABLE}"),
        ("POST", f"{PROJECT}/jobs"),
        ("GET", f"{PROJECT}/jobs"),
        ("DELETE", f"{PROJECT}/jobs/1/delete"),
        ("GET", "/"),
    ],
)
def test_what_is_not_listed_has_no_name(method, path):
    with pytest.raises(UnknownCallError):
        bigquery(method, path)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT 1",
        "SELECT 1 FROM ROWS, `other`",
        "SELECT 1 FROM ROWS JOIN `p.d.t` USING (id)",
        "SELECT 1 FROM `local-pipeline.other.example_table`",
        "SELECT 1 FROM ROWS ; DROP TABLE ROWS",
        "DELETE FROM ROWS WHERE TRUE",
        "INSERT INTO ROWS SELECT * FROM ROWS",
        "CREATE TABLE x AS SELECT * FROM ROWS",
        "EXPORT DATA OPTIONS (uri = 'gs://b/*') AS SELECT * FROM ROWS",
        "",
    ],
)
def test_a_query_that_reads_something_else_or_writes_has_no_name(sql):
    with pytest.raises(UnknownCallError):
        bigquery("POST", f"{PROJECT}/queries", sql)


def invocation(headers, path="/data", method="GET"):
    return calls.invocation("api")(make_mocked_request(method, path, headers=headers), b"")


def let_in(issuer, email):
    """Write the header that a front door hands on."""
    token = issuer.mint(email, layout.API_AUDIENCE).rpartition(".")[0]
    return {"Authorization": f"Bearer {token}.SIGNATURE_REMOVED_BY_GOOGLE"}


@pytest.mark.parametrize(
    ("email", "identity"), [(layout.READER, "caller"), (layout.PUSHER, "pubsub-push")]
)
def test_who_was_let_in_invoked_the_service(issuer, email, identity):
    assert invocation(let_in(issuer, email)) == [Call(identity, "run.routes.invoke", "api")]


def test_a_probe_is_nobodys_invocation():
    assert invocation({}, "/health/ready") == []


def test_who_came_past_the_front_door_or_is_nobody_here_has_no_name(issuer):
    whole = issuer.mint(layout.READER, layout.API_AUDIENCE)
    for headers in ({}, {"Authorization": f"Bearer {whole}"}, let_in(issuer, layout.STRANGER)):
        with pytest.raises(UnknownCallError):
            invocation(headers)
    with pytest.raises(UnknownCallError):
        invocation({}, "/health/ready", "POST")


def test_a_publication_names_its_topic():
    def publication(topic):
        request = pubsub_v1.types.PublishRequest(topic=topic)
        return calls.publication(pubsub_v1.types.PublishRequest.serialize(request))

    named = Call("publisher", "pubsub.projects.topics.publish", "topic")
    assert publication(layout.TOPIC) == [named]
    with pytest.raises(UnknownCallError):
        publication(layout.DEAD_LETTER_TOPIC)

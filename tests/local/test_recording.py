"""access/recorded.json holds every API call of the pipeline.

It is recorded anew, and compared with the code, which could call what no recording provokes: each
method of BigQuery's client that the code uses must be known here, with what it was seen to call,
and nothing else may reach the network.
"""

import ast
from concurrent.futures import Future

import pytest
import requests
from google.api_core.exceptions import GoogleAPICallError
from google.cloud import bigquery
from google.cloud.bigquery.job import QueryJob
from google.cloud.bigquery.table import RowIterator

from local import calls, exercise, layout, messaging, recording
from local.calls import Call
from local.layout import LocalError
from local.recording import Recording, Tap
from local.serving import serving

COMMITTED = layout.ROOT / "access" / "recorded.json"
REFRESH = "after a look at the difference: .venv/bin/python -m local record > access/recorded.json"
SERVICES = {"app": "data-api", "function": "pubsub-to-bigquery"}
SEEN = {
    "get_table": {"tables.get"},
    "insert_rows_json": {"tabledata.insertAll"},
    # A query that is not done at once is asked for again, and cancelled if that fails.
    "query_and_wait": {"jobs.query", "jobs.get", "jobs.getQueryResults", "jobs.cancel"},
}
"""What each method of BigQuery's client calls."""
HARMLESS = {"dataset"}
"""Makes a name, calls nothing; our settings have one too."""
CLASSES = (bigquery.Client, QueryJob, RowIterator)
"""What the client hands out calls BigQuery too: a job is reloaded, rows become a frame."""
WAYS_OUT = {
    ("app/store.py", "google.cloud.bigquery"),
    ("function/sink.py", "google.cloud.bigquery"),
    ("servicekit/bigquery.py", "google.api_core.exceptions.GoogleAPICallError"),
    ("servicekit/bigquery.py", "google.api_core.exceptions.GoogleAPIError"),
    ("servicekit/bigquery.py", "google.auth.credentials.AnonymousCredentials"),
    ("servicekit/bigquery.py", "google.auth.exceptions.GoogleAuthError"),
    ("servicekit/bigquery.py", "google.cloud.bigquery"),
    ("servicekit/bigquery.py", "requests"),  # its exceptions
    ("servicekit/keys.py", "requests"),  # Google's public keys, which need no permission
    # To a collector of one's own, where a deployment names one.
    (
        "servicekit/traces.py",
        "opentelemetry.exporter.otlp.proto.http.trace_exporter.OTLPSpanExporter",
    ),
}
WITHIN = (
    *("base64", "binascii", "collections", "contextlib", "contextvars", "dataclasses"),
    *("concurrent.futures.Future", "concurrent.futures.ThreadPoolExecutor", "datetime"),
    *("functools", "hashlib", "http.HTTPStatus", "io", "json", "logging", "math", "os"),
    *("pathlib", "re", "sys", "threading", "time", "traceback", "typing", "urllib.parse"),
    *("cryptography.hazmat", "flask", "gunicorn.config", "jwt", "limits.RateLimitItemPerMinute"),
    *("limits.storage.MemoryStorage", "limits.strategies", "werkzeug.datastructures"),
    *("importlib.util.find_spec", "opentelemetry.context", "opentelemetry.sdk.resources.Resource"),
    *("opentelemetry.sdk.trace", "opentelemetry.trace", "secrets"),
    *("werkzeug.exceptions", "werkzeug.http", "werkzeug.wsgi", "app", "function", "servicekit"),
)
"""What the services import that calls nobody; whatever else they import is a way out."""


def nodes(folder):
    for path in sorted((layout.ROOT / folder).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            yield path.relative_to(layout.ROOT).as_posix(), node


def client_methods(folder):
    """Find what looks like a method of BigQuery's client, whatever it is called on."""
    methods = {
        name
        for class_ in CLASSES
        for name in dir(class_)
        if callable(getattr(class_, name)) and not name.startswith("_")
    }
    attributes = {node.attr for _, node in nodes(folder) if isinstance(node, ast.Attribute)}
    # A future of our own has a result too.
    return attributes & (methods - HARMLESS - set(dir(Future)))


def imports(folder):
    for path, node in nodes(folder):
        if isinstance(node, ast.ImportFrom):
            yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((path, alias.name) for alias in node.names)


def test_the_pipeline_calls_what_is_recorded(tmp_path):
    live = recording.render(exercise.record(tmp_path))
    assert live == COMMITTED.read_text("utf-8"), REFRESH


@pytest.mark.parametrize("folder", SERVICES)
def test_every_client_method_in_the_code_was_recorded(folder):
    used = client_methods(folder)
    assert used <= set(SEEN), "provoke it in local/exercise.py, then say here what it calls"
    wanted = {f"bigquery.{call}" for method in used for call in SEEN[method]}
    recorded = {
        call["method"]
        for call in ast.literal_eval(COMMITTED.read_text("utf-8"))
        if call["identity"] == SERVICES[folder]
    }
    assert recorded == wanted


def test_what_both_services_share_calls_nothing_by_itself():
    assert client_methods("servicekit") == set()


def test_nothing_else_in_the_services_reaches_the_network():
    found = {
        (path, name)
        for folder in (*SERVICES, "servicekit")
        for path, name in imports(folder)
        if not f"{name}.".startswith(tuple(f"{within}." for within in WITHIN))
    }
    assert found == WAYS_OUT


@pytest.mark.parametrize("name", ["__import__", "eval", "exec", "import_module", "popen", "system"])
def test_the_services_import_and_start_nothing_in_secret(name):
    """What a list of imports would not show."""
    words = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for folder in (*SERVICES, "servicekit")
        for _, node in nodes(folder)
        if isinstance(node, ast.Attribute | ast.Name)
    }
    assert name not in words


def test_an_unknown_call_is_refused_and_fails_the_recording(bigquery_url):
    """Even if whoever made it does not mind the refusal."""
    seen = Recording()
    tap = Tap(bigquery_url, calls.bigquery("data-api"), seen)
    with serving(tap.application()) as url:
        path = f"{url}/bigquery/v2/projects/{layout.PROJECT}/datasets"
        assert requests.get(path, timeout=5).status_code == 501
    with pytest.raises(LocalError, match=r"data-api: GET .*/datasets"):
        seen.calls()


def test_what_is_published_is_noted_and_refusals_come_back():
    seen = Recording()
    with (
        recording.publishing("127.0.0.1:9", seen) as host,
        messaging.publisher(host) as client,
    ):
        for topic, status in ((layout.TOPIC, 503), (layout.DEAD_LETTER_TOPIC, 501)):
            with pytest.raises(GoogleAPICallError) as caught:
                client.publish(topic, b"x", retry=None, timeout=30).result(60)
            assert caught.value.code == status
            if topic == layout.TOPIC:
                assert seen.calls() == [
                    Call("publisher", "pubsub.projects.topics.publish", "topic")
                ]
    with pytest.raises(LocalError, match="dead-letter"):
        seen.calls()


def test_a_recording_is_one_call_a_line_in_order_and_once():
    seen = Recording()
    rows, invoked = Call("b", "tables.get", "rows"), Call("a", "invoke", "api")
    for call in (rows, invoked, rows):
        assert seen.note(lambda call=call: [call])
    assert recording.render(seen.calls()) == (
        '[\n {"identity": "a", "method": "invoke", "resource": "api"},\n'
        ' {"identity": "b", "method": "tables.get", "resource": "rows"}\n]\n'
    )

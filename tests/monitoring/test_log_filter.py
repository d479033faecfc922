"""A filter means what Cloud Logging's documentation says; the rest of the language is refused."""

import pytest

from monitoring import log_entry, log_filter

ENTRY = {
    "logName": "projects/p/logs/run.googleapis.com%2Fstdout",
    "severity": "INFO",
    "resource": {"type": "cloud_run_revision", "labels": {"service_name": "data-api"}},
    "httpRequest": {"status": 200, "latency": "0.25s"},
    "jsonPayload": {"event": "a.b", "n": 60, "text": "60", "yes": True, "list": [{"x": "Deep"}]},
}


@pytest.mark.parametrize(
    ("text", "matches"),
    [
        ('jsonPayload.event="a.b"', True),
        ('jsonPayload.event="A.B"', True),
        ('jsonPayload.event="a"', False),
        ('jsonPayload.n="60"', False),
        ("jsonPayload.n=60", True),
        ("jsonPayload.n>=60", True),
        ("jsonPayload.n>=60.001", False),
        ("jsonPayload.n<60", False),
        ("jsonPayload.n>=-1", True),
        ("jsonPayload.text>=60", False),
        ("jsonPayload.text=60", False),
        ("jsonPayload.yes=1", False),
        ("jsonPayload.gone>=0", False),
        ("jsonPayload.gone<1", False),
        ('jsonPayload.gone=""', False),
        ("jsonPayload.event.deeper>=0", False),
        ('resource.labels.service_name=~"^data-(api|x)$"', True),
        ('resource.labels.service_name=~"DATA"', False),
        ('jsonPayload.n=~"6"', False),
        ('httpRequest.latency<"0.3s"', True),
        ('httpRequest.latency<"0.25s"', False),
        ('httpRequest.latency>="0.25s"', True),
        ('log_id("run.googleapis.com/stdout")', True),
        ('log_id("stdout")', False),
        ('log_id("run.googleapis.com/stderr")', False),
        ('"deep"', True),
        ('"shallow"', False),
        ('"event"', False),
        ("jsonPayload.n=60 AND httpRequest.status=200", True),
        ("jsonPayload.n=60 AND httpRequest.status=500", False),
        ("jsonPayload.n=1 OR httpRequest.status=200 OR jsonPayload.n=2", True),
        ("jsonPayload.n=1 OR jsonPayload.n=2", False),
        ("jsonPayload.n=60\nAND (httpRequest.status=1 OR httpRequest.status=200)", True),
        ("(jsonPayload.n=60 AND httpRequest.status=1) OR jsonPayload.n=61", False),
    ],
)
def test_a_filter_matches(text, matches):
    assert log_filter.parse(text)(ENTRY) is matches


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a=1 AND b=2 OR c=3",
        "a=1 OR b=2 AND c=3",
        "NOT a=1",
        "-a=1",
        "a!=1",
        "a>1",
        "a<=1",
        'a:"x"',
        "a=x",
        "a=1 b=2",
        "a=1 and b=2",
        "a=1 AND",
        "AND a=1",
        "(a=1",
        "a=1)",
        "()",
        'a="x',
        'a<"x"',
        'a>="3"',
        "a=~1",
        'httpRequest.latency<"300ms"',
        "httpRequest.latency<0.3",
        "log_id(stdout)",
        'log_id("a"',
        "a.=1",
        "a..b=1",
        "a=1.2.3",
        "a=1 -- why",
    ],
)
def test_what_is_beyond_the_subset_is_refused(text):
    with pytest.raises(log_filter.FilterError):
        log_filter.parse(text)


@pytest.mark.parametrize(
    ("extractor", "value"),
    [
        ("EXTRACT(jsonPayload.n)", 60.0),
        ("EXTRACT(jsonPayload.text)", None),
        ("EXTRACT(jsonPayload.yes)", None),
        ("EXTRACT(jsonPayload.gone)", None),
    ],
)
def test_a_value_is_extracted_if_it_is_a_number(extractor, value):
    assert log_filter.extract(extractor, ENTRY) == value


@pytest.mark.parametrize("extractor", ["", "jsonPayload.n", 'REGEXP_EXTRACT(a, "b")'])
def test_another_extractor_is_refused(extractor):
    with pytest.raises(log_filter.FilterError):
        log_filter.extract(extractor, ENTRY)


def test_a_line_becomes_the_entry_that_the_platform_keeps():
    line = (
        '{"severity":"INFO","message":"e","event":"e","time":"2026-11-24T12:00:00Z","fields":{"a":1},'
        '"logging.googleapis.com/labels":{"log_type":"audit"},'
        '"logging.googleapis.com/trace":"projects/p/traces/t"}'
    )
    assert log_entry.of_line(line, service="data-api") == {
        "logName": "projects/test-project/logs/run.googleapis.com%2Fstdout",
        "resource": {
            "type": "cloud_run_revision",
            "labels": {"service_name": "data-api", "revision_name": "data-api-00001"},
        },
        "severity": "INFO",
        "timestamp": "2026-11-24T12:00:00Z",
        "labels": {"log_type": "audit"},
        "trace": "projects/p/traces/t",
        "jsonPayload": {"message": "e", "event": "e", "fields": {"a": 1}},
    }


@pytest.mark.parametrize("line", ["Traceback", '{"a":', "[1]", '"x"', "1", ""])
def test_a_line_that_is_no_object_is_text(line):
    entry = log_entry.of_line(line, service="data-api")
    assert entry["textPayload"] == line
    assert "jsonPayload" not in entry

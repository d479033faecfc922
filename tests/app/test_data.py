"""GET /data: who proves to be a listed caller gets a page, everybody else a problem.

One audit line tells which of the two.
"""

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from servicekit.bigquery import BigQueryRefusedError, BigQueryUnavailableError
from servicekit.identity import REMOVED_SIGNATURE
from servicekit.keys import SigningKeys
from tests.app.doubles import (
    MARK,
    NOON,
    READER,
    SECOND_READER,
    SECRET,
    STRANGER,
    MemoryStore,
    rows,
)

IAM = {"AUTH_MODE": "iam", "K_SERVICE": "data-api", "INGRESS": "private"}


def strip(token):
    """Do to a token what Cloud Run's IAM does once it has verified the signature."""
    return token.rpartition(".")[0] + f".{REMOVED_SIGNATURE}"


def next_path(response):
    """Follow the `Link` to the next page, if there is one."""
    link = response.headers.get("Link")
    return re.fullmatch(r'<(/data\?[!-~]+)>; rel="next"', link)[1] if link else None


def chain(api, path):
    """Read page after page."""
    pages = [api.get(path)]
    while path := next_path(pages[-1]):
        pages.append(api.get(path))
    assert [page.status_code for page in pages] == [200] * len(pages)
    return pages


def assert_problem(response, status):
    """Insist on problem details, without a row in them."""
    assert response.status_code == status
    assert response.mimetype == "application/problem+json"
    assert response.json["status"] == status
    assert response.json.keys() - {"parameter"} == {"type", "title", "status", "detail"}
    assert response.headers["Cache-Control"] == "no-store"
    assert MARK not in response.text
    assert SECRET not in response.text


# A page


def test_a_caller_gets_the_newest_rows(api):
    response = api.get()
    assert response.status_code == 200
    assert response.headers["Content-Type"] == "application/json"
    newest = sorted(rows(25), key=lambda row: row[:2], reverse=True)[:10]
    assert response.json == [row for _, _, row in newest]
    assert response.data.endswith(b"\n")


def test_a_page_is_for_its_caller_alone_and_asked_for_again(api):
    """No shared cache may keep it, and no browser may show it without asking."""
    headers = api.get().headers
    assert headers["Cache-Control"] == "private, no-cache"
    assert headers["Vary"] == "Authorization"
    assert re.fullmatch(r'"[0-9a-f]{32}"', headers["ETag"])


def test_text_is_unicode_and_survives(start):
    name = f'{MARK} "Ω"\n\u2028<script>🙂\\'
    response = start(store=MemoryStore([(NOON, "m:1", {"id": 1, "name": name})])).get()
    assert json.loads(response.data.decode("utf-8"))[0]["name"] == name


def test_a_number_that_json_does_not_have_is_null(start):
    store = MemoryStore([(NOON, "m:1", {"id": float("nan"), "name": float("-inf")})])
    assert start(store=store).get().data == b'[{"id":null,"name":null}]\n'


def test_no_rows_are_an_empty_list(start):
    response = start(store=MemoryStore([])).get()
    assert (response.data, "Link" in response.headers) == (b"[]\n", False)


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 24, 25, 26, 1000])
def test_pages_chain_to_the_end_and_hold_every_row_once(api, limit):
    pages = chain(api, f"/data?limit={limit}")
    found = [row["id"] for page in pages for row in page.json]
    expected = sorted(rows(25), key=lambda row: row[:2], reverse=True)
    assert found == [row["id"] for _, _, row in expected]
    assert all(len(page.json) == limit for page in pages[:-1])
    assert 1 <= len(pages[-1].json) <= limit


@pytest.mark.parametrize(
    "query",
    [
        f"name={MARK}+1",
        "id=7",
        "since=2026-11-24T11:55:00Z",
        "until=2026-11-24T11:55:00.5Z",
        f"name={MARK}+1&since=2026-11-24T11:50:00%2B00:00&until=2026-11-24T13:00:00%2B01:00",
    ],
)
def test_pages_of_a_filter_chain_with_the_same_filter(api, query):
    whole = api.get(f"/data?{query}&limit=1000").json
    pages = chain(api, f"/data?{query}&limit=2")
    assert [row for page in pages for row in page.json] == whole
    assert 0 < len(whole) < 25


def test_the_link_repeats_what_was_asked(api):
    first = api.get("/data?since=2026-11-24T11:00:00%2B00:00&limit=3")
    asked = parse_qs(urlsplit(next_path(first)).query)
    assert asked.keys() == {"limit", "since", "cursor"}
    assert (asked["limit"], asked["since"]) == (["3"], ["2026-11-24T11:00:00Z"])


@pytest.mark.parametrize("name", ["a&limit=1000", '<>"\r\nX: y', "Ω 🙂", "%00", "+ +", "\x00"])
def test_a_filters_value_cannot_break_out_of_the_link(start, name):
    store = MemoryStore([(NOON, f"m:{n}", {"id": n, "name": name}) for n in range(4)])
    api = start(store=store)
    first = api.app.test_client().get(
        "/data",
        query_string={"name": name, "limit": 3},
        headers={"Authorization": f"Bearer {api.token()}"},
    )
    assert first.headers["Link"].isascii()
    assert parse_qs(urlsplit(next_path(first)).query)["name"] == [name]
    assert [row["id"] for row in api.get(next_path(first)).json] == [0]


def test_pages_do_not_shift_while_rows_arrive(api):
    first = api.get("/data?limit=10")
    api.store.rows.append((NOON + timedelta(hours=1), "m:new", {"id": 99, "name": MARK}))
    found = [row["id"] for page in chain(api, next_path(first)) for row in page.json]
    assert sorted([row["id"] for row in first.json] + found) == list(range(25))


# Parameters


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=", "limit"),
        ("limit=1&limit=1", "limit"),
        ("cursor=swordfish", "cursor"),
        ("since=swordfish", "since"),
        ("until=2026-13-01T00:00:00Z", "until"),
        ("id=swordfish", "id"),
        ("id=1&id=2", "id"),
        (f"name={'x' * 1025}", "name"),
        ("swordfishes=1", "swordfishes"),
        ("publish_time=2026-11-24T12:00:00Z", "publish_time"),
    ],
)
def test_a_wrong_parameter_is_named_and_costs_no_query(api, query, parameter):
    response = api.get(f"/data?{query}")
    assert response.status_code == 400
    assert response.mimetype == "application/problem+json"
    assert response.json["parameter"] == parameter
    assert "swordfish" not in response.json["detail"]
    assert api.store.reads == 0
    [audit] = api.audits()
    assert (audit["decision"], audit["reason"], audit["status"]) == ("deny", "wrong_parameter", 400)
    assert audit["actor"]["email"] == READER


def test_a_cursor_belongs_to_its_filter(api):
    path = next_path(api.get(f"/data?name={MARK}+1&limit=1"))
    assert api.get(path).status_code == 200
    for other in (path.replace("+1", "+2"), path.replace("name=", "id=1&name=")):
        response = api.get(other)
        assert (response.status_code, response.json["parameter"]) == (400, "cursor")


def test_who_is_not_let_in_learns_nothing_about_parameters(api):
    for email in (None, STRANGER):
        assert api.get("/data?limit=0", email=email).status_code in {401, 403}


# ETag


def test_an_unchanged_page_is_not_sent_again(api):
    """Who asks whether it changed has read it, so that is recorded like any other read."""
    first = api.get()
    etag = first.headers["ETag"]
    # A proxy that compresses makes an ETag weak.
    known = (etag, f'"other", {etag}', f"W/{etag}", "*")
    for tags in known:
        again = api.get(headers={"If-None-Match": tags})
        assert (again.status_code, again.data) == (304, b"")
        for name in ("ETag", "Cache-Control", "Vary", "Link"):
            assert again.headers[name] == first.headers[name]
    assert [audit["decision"] for audit in api.audits()] == ["allow"] * (1 + len(known))


@pytest.mark.parametrize("known", ["", '"other"', '"', "garbage", "W/", '"' + "0" * 32 + '"'])
def test_a_page_that_the_caller_does_not_have_is_sent(api, known):
    response = api.get(headers={"If-None-Match": known})
    assert (response.status_code, len(response.json)) == (200, 10)


def test_an_etag_stands_for_rows_and_link(start):
    api = start(CACHE_TTL="0s")
    etags = [api.get(f"/data?limit={limit}").headers["ETag"] for limit in (3, 4, 3)]
    assert etags[0] == etags[2] != etags[1]
    # The same rows, but no longer the last ones.
    whole = api.get("/data?limit=25").headers["ETag"]
    api.store.rows.append((NOON - timedelta(days=1), "m:old", {"id": 99, "name": None}))
    assert api.get("/data?limit=25").headers["ETag"] != whole
    api.store.rows[:] = [(NOON, "m:1", {"id": 1, "name": "changed"})]
    assert api.get("/data?limit=3").headers["ETag"] != etags[0]


@pytest.mark.parametrize(("email", "status"), [(None, 401), (STRANGER, 403)])
def test_an_etag_is_no_way_in(api, email, status):
    etag = api.get().headers["ETag"]
    for known in (etag, "*"):
        assert_problem(api.get(email=email, headers={"If-None-Match": known}), status)


# Who is let in


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer a.b.c",
        "Basic eDp5",
        "Bearer {stripped}",
        "Bearer {other_service}",
    ],
)
def test_who_proves_nothing_is_challenged(api, issuer, authorization):
    tokens = {
        "stripped": strip(api.token()),
        "other_service": issuer.mint(READER, "https://other.test"),
    }
    headers = {} if authorization is None else {"Authorization": authorization.format(**tokens)}
    response = api.get(email=None, headers=headers)
    assert_problem(response, 401)
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'
    [audit] = api.audits()
    assert (audit["actor"], audit["decision"], audit["status"]) == (None, "deny", 401)
    assert audit["reason"].startswith("unauthenticated: ")
    assert api.store.reads == 0


def test_repeated_authorization_headers_are_refused(api):
    """Whichever of them a server would choose."""
    good, stranger = (f"Bearer {api.token(email)}" for email in (READER, STRANGER))
    for pair in ((good, good), (good, stranger), (stranger, good), (good, "")):
        headers = [("Authorization", value) for value in pair]
        response = api.app.test_client().get("/data", headers=headers)
        assert_problem(response, 401)


def test_who_is_not_listed_is_forbidden_and_recorded(api):
    response = api.get(email=STRANGER)
    assert_problem(response, 403)
    [audit] = api.audits()
    assert (audit["decision"], audit["reason"]) == ("deny", "caller_not_listed")
    assert audit["actor"]["email"] == STRANGER
    assert api.store.reads == 0


def test_behind_iam_a_removed_signature_is_a_caller(start):
    api = start(**IAM)
    token = strip(api.token())
    for name in ("Authorization", "X-Serverless-Authorization"):
        response = api.get(email=None, headers={name: f"Bearer {token}"})
        assert response.status_code == 200
    # IAM checked the second header only: the first may be anybody's invention.
    headers = {
        "Authorization": f"Bearer {token}",
        "X-Serverless-Authorization": f"Bearer {strip(api.token(STRANGER))}",
    }
    assert_problem(api.get(email=None, headers=headers), 403)
    assert [audit["actor"]["email"] for audit in api.audits()] == [READER, READER, STRANGER]


FORGED = {
    "X-Goog-Authenticated-User-Email": "accounts.google.com:forged@evil.test",
    "X-Goog-IAP-JWT-Assertion": "forged@evil.test",
    "X-Forwarded-User": "forged@evil.test",
    "X-Forwarded-Email": "forged@evil.test",
    "X-Forwarded-For": "forged@evil.test",
    "From": "forged@evil.test",
    "Cookie": "email=forged@evil.test",
    "User-Agent": "forged@evil.test",
    "traceparent": "forged@evil.test",
    "X-Cloud-Trace-Context": "forged@evil.test",
}


@pytest.mark.parametrize("email", [READER, STRANGER, None])
def test_forged_headers_never_reach_the_audit_line(api, email):
    api.get(email=email, headers=FORGED)
    [audit] = api.audits()
    assert (audit["actor"] or {}).get("email") == email
    assert "forged" not in api.stream.getvalue()


def test_a_proxys_header_cannot_change_the_method_or_the_path(api):
    headers = {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/health/live"}
    assert len(api.get(headers=headers).json) == 10


# Rate limit


def test_a_caller_is_slowed_down_and_nobody_else(start):
    api = start(RATE_LIMIT_PER_MINUTE="3")
    assert [api.get().status_code for _ in range(5)] == [200, 200, 200, 429, 429]
    response = api.get()
    assert_problem(response, 429)
    assert response.headers["Retry-After"] == "10"
    assert api.get(email=SECOND_READER).status_code == 200
    audits = api.audits()
    assert [audit["decision"] for audit in audits] == ["allow"] * 3 + ["deny"] * 3 + ["allow"]
    assert audits[3]["reason"] == "rate_limited"
    assert audits[3]["actor"]["email"] == READER


def test_wrong_requests_count_and_strangers_do_not(start):
    """A listed caller's mistakes cost us work; nobody else can use up a caller's share."""
    api = start(RATE_LIMIT_PER_MINUTE="3")
    for email in (None, STRANGER) * 5:
        assert api.get(email=email).status_code in {401, 403}
    statuses = [api.get(path).status_code for path in ("/data?limit=0", "/data?x=1", "/data")]
    assert statuses == [400, 400, 200]
    assert api.get().status_code == 429


# What can be down


def outage(_url):
    raise requests.ConnectionError(SECRET)


def test_without_keys_a_token_cannot_be_judged_now(start):
    api = start(keys=SigningKeys("https://keys.test/", outage))
    response = api.get()
    assert_problem(response, 503)
    assert response.headers["Retry-After"] == "1"
    [audit] = api.audits()
    assert (audit["actor"], audit["reason"]) == (None, "signing_keys_unavailable")


@pytest.mark.parametrize(
    "error", [BigQueryUnavailableError(SECRET), BigQueryRefusedError(SECRET), TimeoutError(SECRET)]
)
def test_a_store_that_is_down_is_for_later(start, error):
    api = start(store=MemoryStore(error=error))
    response = api.get()
    assert_problem(response, 503)
    assert response.headers["Retry-After"] == "1"
    [audit] = api.audits()
    assert (audit["reason"], audit["actor"]["email"]) == ("store_unavailable", READER)


def test_an_outage_is_not_remembered(start):
    api = start(store=MemoryStore(error=BigQueryUnavailableError(SECRET)))
    assert [api.get().status_code for _ in range(3)] == [503, 503, 503]
    api.store.error = None
    assert api.get().status_code == 200
    assert api.store.reads == 4


@pytest.mark.parametrize("error", [RuntimeError(SECRET), KeyError(SECRET), AssertionError(SECRET)])
def test_a_mistake_of_ours_is_told_to_nobody_but_the_log(start, error):
    api = start(store=MemoryStore(error=error))
    response = api.get()
    assert_problem(response, 500)
    assert "Traceback" not in response.text
    assert type(error).__name__ not in response.text
    [audit] = api.audits()
    assert (audit["decision"], audit["status"], audit["reason"]) == ("deny", 500, "mistake")
    assert audit["actor"]["email"] == READER
    [line] = api.logged("request.failed")
    assert line["severity"] == "ERROR"
    assert line["fields"]["error"] == type(error).__name__
    assert any("doubles.py" in place for place in line["fields"]["places"])


# Shared reads


def test_identical_reads_cost_one_query(api):
    etags = {
        api.get(path, email=email).headers["ETag"]
        for path in ("/data", "/data?limit=10", "/data?limit=010")
        for email in (READER, SECOND_READER)
    }
    assert (len(etags), api.store.reads) == (1, 1)
    audits = api.audits()
    assert [audit["actor"]["email"] for audit in audits] == [READER, SECOND_READER] * 3
    assert {audit["job_id"] for audit in audits} == {"job-1"}


def test_sixteen_callers_at_once_cost_one_query(start):
    store = MemoryStore()
    store.release.clear()
    api = start(store=store)
    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(api.get) for _ in range(16)]
        assert store.asked.wait(10)
        store.release.set()
        bodies = {answer.result().data for answer in asked}
    assert (len(bodies), store.reads) == (1, 1)
    assert [audit["rows"] for audit in api.audits()] == [10] * 16


def test_different_reads_are_not_mixed_up(api):
    paths = ["/data", "/data?limit=3", "/data?id=7", "/data?id=8", f"/data?name={MARK}+1"]
    paths += ["/data?since=2026-11-24T11:58:00Z", "/data?until=2026-11-24T11:55:00Z"]
    paths.append(next_path(api.get("/data?limit=3")))
    bodies = [api.get(path).data for path in paths]
    assert len(set(bodies)) == len(paths)
    assert [api.get(path).data for path in paths] == bodies
    assert api.store.reads == len(paths)


def test_without_a_time_to_live_every_read_is_new(start):
    api = start(CACHE_TTL="0s")
    for _ in range(3):
        api.get()
    assert api.store.reads == 3


def test_who_waits_for_somebody_elses_query_gives_up_in_time(start):
    store = MemoryStore()
    store.release.clear()
    api = start(store=store, QUERY_TIMEOUT="100ms")
    with ThreadPoolExecutor(1) as thread:
        first = thread.submit(api.get)
        assert store.asked.wait(10)
        assert_problem(api.get(), 503)
        store.release.set()
        assert first.result().status_code == 200


# The audit line


def test_every_answer_has_exactly_one_audit_line(start):
    api = start(RATE_LIMIT_PER_MINUTE="5")
    expected = []
    for path, email, decision in (
        ("/data", READER, "allow"),
        ("/data?limit=3", READER, "allow"),
        ("/data?id=404", READER, "allow"),
        ("/data?limit=0", READER, "deny"),
        ("/data", None, "deny"),
        ("/data", STRANGER, "deny"),
        ("/data", READER, "allow"),
        ("/data", READER, "deny"),
    ):
        response = api.get(path, email=email)
        expected.append((decision, response.status_code, email))
        found = [
            (audit["decision"], audit["status"], (audit["actor"] or {}).get("email"))
            for audit in api.audits()
        ]
        assert found == expected
    allowed = [audit for audit in api.audits() if audit["decision"] == "allow"]
    assert [audit["rows"] for audit in allowed] == [10, 3, 0, 10]


def test_the_audit_line_names_table_caller_query_and_trace(api):
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    headers = {"traceparent": f"00-{trace}-00f067aa0ba902b7-01"}
    api.get(f"/data?name={MARK}+1&limit=2&since=2026-11-24T11:00:00Z", headers=headers)
    [line] = api.logged("data.read")
    assert line["logging.googleapis.com/trace"] == f"projects/test-project/traces/{trace}"
    audit = line["fields"]
    assert audit["resource"] == "bigquery:test-project.analytics_dataset.example_table"
    assert audit["actor"].keys() == {"email", "sub"}
    assert audit["filters"] == ["name", "since"]
    assert (audit["limit"], audit["rows"], audit["job_id"]) == (2, 2, "job-1")


class Failing(io.StringIO):
    """A stream that takes lines until its disk is full."""

    full = False

    def write(self, text):
        """Write, or fail as a full disk does."""
        if self.full:
            raise OSError(28, "No space left on device")
        return super().write(text)


@pytest.mark.parametrize("email", [READER, STRANGER, None])
@pytest.mark.parametrize("path", ["/data", "/data?limit=0"])
def test_without_an_audit_line_there_is_no_answer_but_a_mistake(start, email, path):
    """Nobody can get data, nor probe for an account, without a trace."""
    api = start(stream=Failing())
    assert api.get().status_code == 200
    api.stream.full = True
    assert_problem(api.get(path, email=email), 500)
    api.stream.full = False
    assert api.get().status_code == 200


# Methods


def test_head_is_get_without_the_body(api):
    """It needs a token, counts and is recorded all the same."""
    whole, head = api.get(), api.get(method="HEAD")
    assert (head.status_code, head.data) == (200, b"")
    for name in ("ETag", "Content-Type", "Content-Length", "Link", "Cache-Control"):
        assert head.headers[name] == whole.headers[name]
    assert len(api.audits()) == 2
    assert api.get(method="HEAD", email=None).status_code == 401


@pytest.mark.parametrize("email", [READER, None])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X"])
def test_nothing_else_is_allowed(api, method, email):
    """Also no preflight: no page in a browser has business here."""
    response = api.get(method=method, email=email)
    assert_problem(response, 405)
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD"}
    assert not [name for name, _ in response.headers if name.startswith("Access-Control")]
    assert api.store.reads == 0


def test_a_smoke_test_reads_apart_and_shares_no_page_with_others(start):
    """Its identity is what decides; nothing that a caller sends does."""
    api = start(SMOKE_CALLERS=SECOND_READER, CACHE_TTL="5m")
    asked = []
    read = api.store.read
    api.store.read = lambda selection: (asked.append(selection.smoke), read(selection))[1]
    for _ in range(2):
        assert api.get("/data").status_code == 200
        assert api.get("/data", email=SECOND_READER).status_code == 200
    assert asked == [False, True]
    assert api.get("/data?smoke=1").status_code == 400
    assert api.get("/data?smoke=1", email=SECOND_READER).status_code == 400


def test_without_a_smoke_caller_nobody_is_one(start):
    api = start()
    asked = []
    read = api.store.read
    api.store.read = lambda selection: (asked.append(selection.smoke), read(selection))[1]
    api.get("/data")
    assert asked == [False]

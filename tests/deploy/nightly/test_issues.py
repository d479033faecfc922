"""Whose issue it is, and that GitHub's answers are believed only in the shape that it documents."""

import pytest

from deploy.nightly import issues as module
from deploy.nightly.issue import MARK
from deploy.nightly.issues import Issues, IssuesError
from local.serving import serving
from tests.deploy.nightly.tracker import BOT, SOMEBODY, TOKEN, Tracker, answering

BODY = f"{MARK}\nwords"


@pytest.fixture
def tracker():
    return Tracker()


@pytest.fixture
def issues(tracker):
    with serving(tracker.application()) as url:
        yield Issues("acme/pipeline", TOKEN, MARK, url)


FOREIGN = {
    "somebody's": {"user": SOMEBODY},
    "somebody's who is called alike": {"user": {**SOMEBODY, "login": "github-actions"}},
    "another app's": {"user": {**BOT, "login": "github-actions-[bot]"}},
    "a person's by that name": {"user": {**BOT, "type": "User"}},
    "nobody's": {"user": None},
    "without the mark": {"body": "words"},
    "with the mark elsewhere": {"body": f"words\n{MARK}"},
    "with the mark in a line": {"body": f"> {MARK}"},
    "without a text": {"body": None},
    "a pull request": {"pull_request": {"url": "x"}},
    "closed": {"state": "closed"},
}


@pytest.mark.parametrize("change", FOREIGN.values(), ids=FOREIGN)
def test_somebody_elses_issue_is_not_ours(tracker, issues, change):
    tracker.put(**{"body": BODY, **change})
    assert issues.ours() == []


def test_ours_are_found_on_every_page(tracker, issues, monkeypatch):
    monkeypatch.setattr(module, "PAGE", 3)
    for number in range(10):
        tracker.put(BODY if number in {1, 8} else "words")
    assert [each.number for each in issues.ours()] == [2, 9]
    assert tracker.asked.count("GET") == 4
    monkeypatch.setattr(module, "MOST_PAGES", 3)
    with pytest.raises(IssuesError, match="more than 9 open"):
        issues.ours()


def test_a_line_that_a_browser_ended_is_a_line(tracker, issues):
    tracker.put(f"{MARK}\r\nwords\r\n")
    assert [each.number for each in issues.ours()] == [1]


BROKEN = {
    "refused": (answering(status=403, text="{}"), "GitHub answered 403"),
    "gone": (answering(status=404, text="{}"), "GitHub answered 404"),
    "not taken": (answering(status=422, text="{}"), "GitHub answered 422"),
    "down": (answering(status=502, text="x"), "GitHub answered 502"),
    "empty": (answering(status=204), "GitHub answered 204"),
    "sent elsewhere": (answering(status=307, headers={"Location": "/x"}), "GitHub answered 307"),
    "no JSON": (answering(text="<html>"), "no answer of GitHub's"),
}


@pytest.mark.parametrize(
    ("call", "act"),
    [
        ("GET", lambda it: it.ours()),
        ("POST", lambda it: it.open("t", "b")),
        ("PATCH /1", lambda it: it.rewrite(1, "t", "b")),
        ("POST /1/comments", lambda it: it.close(1, "w", "completed")),
        ("PATCH /1", lambda it: it.close(1, "w", "completed")),
    ],
)
@pytest.mark.parametrize(("answer", "said"), BROKEN.values(), ids=BROKEN)
def test_what_was_not_answered_was_not_done(tracker, issues, call, act, answer, said):
    tracker.put(BODY)
    tracker.answers[call] = answer
    with pytest.raises(IssuesError, match=said) as info:
        act(issues)
    assert TOKEN not in str(info.value)
    assert str(info.value).isprintable()
    assert tracker.asked[-1] == call, "a redirect was followed"


@pytest.mark.parametrize(
    "text", ["{}", '"x"', "[7]", "[{}]", '[{"user": 7, "body": ""}]', '[{"user": {}, "body": 7}]']
)
def test_a_list_of_another_shape_is_none(tracker, issues, text):
    tracker.answers["GET"] = answering(text=text, content_type="application/json")
    with pytest.raises(IssuesError):
        issues.ours()


@pytest.mark.parametrize("text", ["[]", "{}", '{"number": "1"}'])
def test_an_issue_without_a_number_is_none(tracker, issues, text):
    tracker.answers["POST"] = answering(status=201, text=text, content_type="application/json")
    with pytest.raises(IssuesError, match="does not tell the number"):
        issues.open("t", "b")


def test_another_token_does_nothing(tracker, issues):
    with pytest.raises(IssuesError, match="401"):
        Issues("acme/pipeline", "nobodys", MARK, issues.address).ours()


def test_a_netrc_is_not_asked_for_another_token(tracker, issues, tmp_path, monkeypatch):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login a password b", "utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert issues.ours() == []


def test_a_github_that_cannot_be_reached_did_nothing():
    with pytest.raises(IssuesError, match="no answer of GitHub's: ConnectionError"):
        Issues("acme/pipeline", TOKEN, MARK, "http://127.0.0.1:1").ours()


@pytest.mark.parametrize("repository", ["", "acme", "acme/", "acme/x/../y", "../x", "acme/.."])
def test_a_repository_leads_nowhere_else(repository):
    with pytest.raises(IssuesError, match="owner/name"):
        Issues(repository, TOKEN, MARK)


def test_nobody_reads_the_token_off_it(issues):
    assert TOKEN not in repr(issues)

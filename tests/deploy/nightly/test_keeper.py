"""One issue as long as there is drift, and nobody else's is touched, whatever is in it."""

import copy

import pytest

from deploy.nightly import issue
from deploy.nightly.drift import Difference, Drift
from deploy.nightly.issue import MARK, TITLE
from deploy.nightly.issues import Issues, IssuesError
from deploy.nightly.keeper import keep
from local.serving import serving
from tests.deploy.nightly.tracker import BOT, SOMEBODY, TOKEN, Tracker, answering

NONE = Drift(looked_at=21, differences=())
ONE = Drift(looked_at=21, differences=(Difference(address="google_x.y", what="gone"),))
TWO = Drift(looked_at=21, differences=(*ONE.differences, Difference(address="a.b", what="gone")))


@pytest.fixture
def tracker():
    """What strangers wrote there already, which looks as much like ours as they can make it."""
    tracker = Tracker()
    tracker.put(issue.body(ONE), user=SOMEBODY, title=TITLE, labels=[{"name": "drift"}])
    tracker.put(f"{MARK} \u202e [x](javascript:x)\n" * 999, user=SOMEBODY, title=TITLE)
    tracker.put(issue.body(ONE), user=BOT, title=TITLE, pull_request={"url": "x"})
    tracker.put(None, user=None, title=TITLE)
    return tracker


@pytest.fixture
def night(tracker):
    """Keep the issue for what a night found; gives what was done."""
    strangers = copy.deepcopy(tracker.issues)
    with serving(tracker.application()) as url:
        issues = Issues("acme/pipeline", TOKEN, MARK, url)
        yield lambda drift: list(keep(issues, drift))
    assert tracker.issues[: len(strangers)] == strangers, "somebody else's issue was touched"


def test_a_life_of_an_issue(tracker, night):
    assert night(NONE) == []
    assert night(ONE) == ["opened: issue 5"]
    assert tracker.get(5)["title"] == TITLE
    assert tracker.get(5)["body"] == issue.body(ONE)
    assert night(ONE) == []
    assert night(TWO) == ["rewritten: issue 5"]
    assert tracker.get(5)["body"] == issue.body(TWO)
    assert night(TWO) == []
    assert night(NONE) == ["closed: issue 5"]
    assert (tracker.get(5)["state"], tracker.get(5)["state_reason"]) == ("closed", "completed")
    assert tracker.get(5)["comments"] == [issue.GONE]
    assert night(NONE) == []
    assert night(ONE) == ["opened: issue 6"]
    assert tracker.get(5)["state"] == "closed"


def test_a_night_without_a_change_only_looks(tracker, night):
    night(ONE)
    tracker.asked.clear()
    night(ONE)
    assert tracker.asked == ["GET"]


def test_two_issues_become_one(tracker, night):
    """Two runs that did not see each other."""
    for _ in range(3):
        tracker.put(issue.body(ONE), title=TITLE)
    assert night(ONE) == [
        "closed: issue 6, the same as 5",
        "closed: issue 7, the same as 5",
    ]
    assert [tracker.get(number)["state"] for number in (5, 6, 7)] == ["open", "closed", "closed"]
    assert tracker.get(6)["state_reason"] == "not_planned"
    assert tracker.get(7)["comments"] == ["The same as #5."]
    assert night(ONE) == []


def test_all_of_ours_are_closed_when_it_is_gone(tracker, night):
    for _ in range(2):
        tracker.put(issue.body(ONE), title=TITLE)
    assert night(NONE) == ["closed: issue 5", "closed: issue 6"]


@pytest.mark.parametrize(
    "change", [{"body": f"{MARK}\nnothing to see here"}, {"title": "All is well"}]
)
def test_what_a_person_made_of_our_text_is_put_right(tracker, night, change):
    night(ONE)
    tracker.get(5).update(change)
    assert night(ONE) == ["rewritten: issue 5"]
    assert tracker.get(5)["body"] == issue.body(ONE)
    assert tracker.get(5)["title"] == TITLE


def test_lines_that_a_browser_ended_are_the_same(tracker, night):
    night(ONE)
    tracker.get(5)["body"] = issue.body(ONE).replace("\n", "\r\n") + "\r\n"
    assert night(ONE) == []


def test_who_takes_the_mark_away_gets_a_second_issue(tracker, night):
    night(ONE)
    tracker.get(5)["body"] = "nothing to see here"
    assert night(ONE) == ["opened: issue 6"]


def test_what_died_half_way_is_done_by_the_next_run(tracker, night):
    night(ONE)
    tracker.answers["PATCH /5"] = answering(status=502)
    with pytest.raises(IssuesError):
        night(NONE)
    assert tracker.get(5)["state"] == "open"
    del tracker.answers["PATCH /5"]
    assert night(NONE) == ["closed: issue 5"]

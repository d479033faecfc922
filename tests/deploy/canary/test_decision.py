"""The decision, by its properties for any figures, and by cases that happen."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from deploy.canary.decision import Verdict, decide
from deploy.canary.metrics import Count, Metrics, Window
from deploy.canary.objectives import API, FUNCTION, Objective, Policy
from deploy.canary.pace import Pace, Step

BEGAN = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
NOW = BEGAN + timedelta(minutes=10)
PACE = API.pace
LONG_AGO = BEGAN - timedelta(days=1)
FIGURES = Window(NOW - PACE.settle - PACE.window, NOW - PACE.settle)


def minutes(number):
    return timedelta(minutes=number)


def metrics(total=1000, errors=0, slow=0, *, window=FIGURES, newest=None):
    """What a revision of the API did."""
    counts = {"availability": Count(total, errors), "latency": Count(total, slow)}
    return Metrics(window=window, newest=newest or window.end, counts=counts)


def judge(candidate, stable, *, percent=25, now=NOW, policy=API):
    return decide(candidate, stable, Step(percent, BEGAN), now, policy)


# Cases that happen.

PROMOTE, WAIT, ROLLBACK = Verdict


@pytest.mark.parametrize(
    ("candidate", "stable", "verdict", "reason"),
    [
        (metrics(), metrics(), PROMOTE, "every objective is met"),
        (metrics(300), metrics(300), PROMOTE, "every objective is met"),
        (metrics(1000, 1), metrics(1000, 1), PROMOTE, "every objective is met"),
        (metrics(1000, 0, 30), metrics(1000, 0, 20), PROMOTE, "every objective is met"),
        # A stable revision that is in trouble is no reason to keep a good one back.
        (metrics(), metrics(1000, 500, 500), PROMOTE, "every objective is met"),
        (metrics(299), metrics(), WAIT, "availability: 299 of the 300 that are needed"),
        (metrics(), metrics(299), WAIT, "stable revision's availability: 299 of the 300"),
        (metrics(0), metrics(), WAIT, "0 of the 300"),
        (None, metrics(), WAIT, "no figures of the candidate"),
        (metrics(), None, WAIT, "no figures of the stable revision"),
        (None, None, WAIT, "no figures"),
        # One unlucky request among few, and two of very few.
        (metrics(400, 1), metrics(), WAIT, "the objective allows 0.10%"),
        (metrics(4, 2), metrics(), WAIT, "fewer than 3 bad ones prove nothing"),
        (metrics(3, 3), metrics(), ROLLBACK, "3 of 3 bad (100.00%)"),
        (metrics(1000, 10), metrics(), WAIT, "10 of 1000 bad (1.00%)"),
        (metrics(1000, 11), metrics(), ROLLBACK, "the limit is 1.00%"),
        (metrics(1000, 0, 50), metrics(1000, 0, 45), PROMOTE, "every objective is met"),
        (metrics(1000, 0, 51), metrics(1000, 0, 45), WAIT, "the objective allows 5.00%"),
        (metrics(1000, 0, 151), metrics(), ROLLBACK, "latency: 151 of 1000 bad (15.10%)"),
        (metrics(1000, 0, 45), metrics(1000, 0, 1), WAIT, "clearly worse than the stable"),
        # BigQuery is out: both fail, the candidate a little more. And the same with much more.
        (metrics(1000, 600), metrics(1000, 400), WAIT, "both revisions suffer alike"),
        (metrics(1000, 800), metrics(1000, 400), WAIT, "both revisions suffer alike"),
        (metrics(1000, 801), metrics(1000, 400), ROLLBACK, "stable 40.00%"),
        (metrics(1000, 12), metrics(1000, 6), WAIT, "both revisions suffer alike"),
        (metrics(1000, 13), metrics(1000, 6), ROLLBACK, "stable 0.60%"),
        # Two unlucky requests of the stable revision excuse nothing.
        (metrics(1000, 100), metrics(20, 2), ROLLBACK, "stable 10.00%"),
        # The outage excuses the errors, and not that the candidate alone is slow.
        (metrics(1000, 600, 900), metrics(1000, 600), ROLLBACK, "latency: 900"),
    ],
)
def test_what_happens_is_judged_as_a_person_would(candidate, stable, verdict, reason):
    decision = judge(candidate, stable)
    assert (decision.verdict, reason in str(decision)) == (verdict, True), str(decision)


@pytest.mark.parametrize("stable", [None, metrics(0), metrics(1000, 500), metrics(5, 5)])
def test_at_a_hundred_per_cent_the_stable_revision_has_no_say(stable):
    assert judge(metrics(), stable, percent=100).verdict is PROMOTE
    assert judge(metrics(1000, 600), stable, percent=100).verdict is ROLLBACK


@pytest.mark.parametrize(
    ("window", "newest", "reason"),
    [
        (Window(BEGAN - minutes(1), FIGURES.end), None, "begins before the step"),
        (Window(FIGURES.end - minutes(4), FIGURES.end), None, "0:04:00 of 0:05:00"),
        (Window(FIGURES.start, NOW - minutes(3)), None, "still change"),
        (FIGURES, FIGURES.end - minutes(1.1), "newest figures are late"),
    ],
    ids=["early", "short", "young", "late"],
)
def test_a_window_that_does_not_serve_promotes_nothing(window, newest, reason):
    good = metrics(window=window, newest=newest)
    decision = judge(good, good)
    assert (decision.verdict, reason in str(decision)) == (WAIT, True), str(decision)


def test_a_stale_window_promotes_nothing():
    policy = Policy(objectives=API.objectives, pace=Pace(limit=minutes(600)))
    decision = judge(metrics(), metrics(), now=FIGURES.end + minutes(11), policy=policy)
    assert (decision.verdict, "too long" in str(decision)) == (WAIT, True)


@pytest.mark.parametrize("name", sorted(API.objectives))
@pytest.mark.parametrize("who", ["candidate", "stable"])
def test_an_objective_without_figures_promotes_nothing(name, who):
    counts = {each: count for each, count in metrics().counts.items() if each != name}
    pair = {"candidate": metrics(), "stable": metrics(), who: replace(metrics(), counts=counts)}
    decision = judge(**pair)
    assert (decision.verdict, name in str(decision)) == (WAIT, True)


def test_stable_figures_that_stopped_coming_promote_nothing():
    stopped = metrics(newest=FIGURES.start)
    assert judge(metrics(), stopped).verdict is WAIT


def test_patience_ends_with_the_step():
    late = BEGAN + PACE.limit
    decision = judge(None, None, now=late)
    assert decision.verdict is ROLLBACK
    assert decision.reasons[0] == "no promotion within 0:30:00"
    assert judge(None, None, now=late - minutes(1)).verdict is WAIT


@pytest.mark.parametrize(
    ("name", "late", "verdict"), [("freshness", 10, PROMOTE), ("freshness", 51, ROLLBACK)]
)
def test_the_function_is_judged_by_how_fresh_its_rows_are(name, late, verdict):
    acknowledged = {"acknowledgement": Count(1000, 0)}
    seen, stable = (
        Metrics(window=FIGURES, newest=FIGURES.end, counts={**acknowledged, name: Count(1000, bad)})
        for bad in (late, 8)
    )
    assert judge(seen, stable, policy=FUNCTION).verdict is verdict


# What cannot be true.

NAN = float("nan")


@pytest.mark.parametrize(
    "count",
    [
        Count(-1, -1),
        Count(10, 11),
        Count(10, -1),
        Count(NAN, 0),
        Count(1000, NAN),
        Count(1000.0, 0),
        Count(True, 0),  # noqa: FBT003 - that is the fault
        Count("1000", "0"),
        Count(None, None),
    ],
    ids=repr,
)
@pytest.mark.parametrize("where", ["candidate", "stable"])
def test_figures_that_cannot_be_true_roll_back(count, where):
    wrong = replace(metrics(), counts={"availability": count, "latency": Count(1000, 0)})
    pair = (wrong, metrics()) if where == "candidate" else (metrics(), wrong)
    decision = judge(*pair)
    assert (decision.verdict, "cannot be true" in str(decision)) == (ROLLBACK, True)


@pytest.mark.parametrize(
    ("window", "newest"),
    [
        (Window(FIGURES.start, NOW + minutes(1)), None),
        (Window(FIGURES.end, FIGURES.start), None),
        (Window(FIGURES.end, FIGURES.end), None),
        (FIGURES, FIGURES.end + minutes(1)),
        (FIGURES, FIGURES.start - minutes(1)),
        (Window(FIGURES.start.replace(tzinfo=None), FIGURES.end), None),
        (FIGURES, FIGURES.end.replace(tzinfo=None)),
    ],
    ids=["future", "backwards", "empty", "newest later", "newest earlier", "no zone", "newest"],
)
def test_times_that_cannot_be_true_roll_back(window, newest):
    wrong = metrics(window=window, newest=newest)
    assert judge(wrong, wrong).verdict is ROLLBACK


@pytest.mark.parametrize("percent", [0, -5, 101, 5.0, True, NAN, "5"])
def test_a_step_that_cannot_be_true_rolls_back(percent):
    assert judge(metrics(), metrics(), percent=percent).verdict is ROLLBACK


def test_a_step_from_the_future_rolls_back():
    assert judge(metrics(), metrics(), now=BEGAN - minutes(1)).verdict is ROLLBACK
    assert judge(metrics(), metrics(), now=NOW.replace(tzinfo=None)).verdict is ROLLBACK


def test_two_windows_are_not_compared():
    other = metrics(window=Window(FIGURES.start, FIGURES.end - minutes(1)))
    assert judge(metrics(), other).verdict is ROLLBACK


def test_a_figure_without_an_objective_rolls_back():
    """Somebody measured what nobody would judge: a name was mistyped."""
    extra = replace(metrics(), counts={**metrics().counts, "latencies": Count(1000, 0)})
    assert judge(extra, metrics()).verdict is ROLLBACK


def test_a_policy_that_would_promote_anything_cannot_be_made():
    with pytest.raises(ValueError, match="anything would be promoted"):
        Policy(objectives={})
    for budget, limit in [(0, 0.1), (0.1, 0.1), (0.2, 0.1), (0.1, 1), (NAN, 0.1), (0.1, NAN)]:
        with pytest.raises(ValueError, match="budget"):
            Objective(budget=budget, limit=limit)


# Properties, for any figures.


USUALLY = 4


def mostly(usual, *others):
    """Draw what is usual most of the time, or hardly anything would be promoted."""
    return st.sampled_from([usual] * (USUALLY * len(others)) + list(others))


counts = st.builds(
    lambda total, share, more: Count(total, min(total, round(total * share) + more)),
    mostly(1000, 0, 299, 300, 50_000),
    mostly(0, 0.001, 0.003, 0.05, 0.1, 1),
    mostly(0, 1, 3),
)


def observed(window):
    """What some revision did, from nothing to a disaster; an objective may lack its figures."""
    return st.builds(
        Metrics,
        window=st.just(window),
        newest=mostly(window.end, window.end - minutes(1), window.start),
        counts=mostly(sorted(API.objectives), ["latency"], []).flatmap(
            lambda names: st.fixed_dictionaries(dict.fromkeys(names, counts))
        ),
    )


percents = st.sampled_from([5, 25, 50, 100])


@st.composite
def situations(draw):
    """Figures of both revisions, the step's share and the time."""
    window = draw(
        mostly(
            FIGURES,
            Window(FIGURES.start - minutes(2), FIGURES.end),
            Window(FIGURES.start + minutes(1), FIGURES.end),
            Window(FIGURES.start, FIGURES.end + minutes(1)),
        )
    )
    after = draw(mostly(0, 5, 6, 7, 19, 20, 300))
    missing = draw(mostly((), ("candidate",), ("stable",), ("candidate", "stable")))
    seen = {who: draw(observed(window)) for who in ("candidate", "stable")}
    return {
        **{who: None if who in missing else what for who, what in seen.items()},
        "percent": draw(percents),
        "now": NOW + minutes(after),
    }


def share(seen, name):
    return seen.counts[name].bad / seen.counts[name].total


@settings(max_examples=200)
@given(situations())
def test_only_enough_fresh_figures_within_every_objective_promote(situation):
    # About half are, and each of the rules below keeps some of the others back.
    if judge(**situation).verdict is not PROMOTE:
        return
    candidate, stable, percent, now = situation.values()
    for seen in [candidate] if percent == 100 else [candidate, stable]:
        assert seen is not None
        assert seen.window.end - seen.newest <= PACE.period
        assert all(seen.counts[name].total >= each.fewest for name, each in API.objectives.items())
    for name, objective in API.objectives.items():
        assert share(candidate, name) <= objective.budget
        if percent < 100:
            assert share(candidate, name) <= share(stable, name) + objective.budget / 2
    window = candidate.window
    assert window.start >= BEGAN
    assert window.length >= PACE.window
    assert PACE.settle <= now - window.end <= PACE.stale


troubles = st.builds(
    lambda total, per_mille: Count(total, total * per_mille // 1000),
    st.sampled_from([3, 100, 1000]),
    st.sampled_from([0, 11, 40, 151, 300, 301, 600, 1000]),
)


@settings(max_examples=200)
@given(troubles, troubles, st.sampled_from(sorted(API.objectives)), percents, st.booleans())
def test_above_a_limit_it_is_rolled_back_and_only_waits_while_both_suffer(
    ours, theirs, name, percent, patient
):
    limit = API.objectives[name].limit
    assume(ours.bad >= 3 and ours.bad / ours.total > limit)
    other = theirs.bad / theirs.total
    alike = theirs.bad >= 3 and ours.bad / ours.total <= 2 * other
    candidate, stable = (
        replace(metrics(), counts={**metrics().counts, name: count}) for count in (ours, theirs)
    )
    now = NOW if patient else BEGAN + PACE.limit
    verdict = judge(candidate, stable, percent=percent, now=now).verdict
    assert verdict is (WAIT if alike and percent < 100 and patient else ROLLBACK)


@given(situations(), st.data())
def test_more_of_what_is_bad_is_never_judged_milder(situation, data):
    candidate = situation["candidate"]
    assume(candidate and candidate.counts)
    name = data.draw(st.sampled_from(sorted(candidate.counts)))
    count = candidate.counts[name]
    more = Count(count.total, data.draw(st.integers(count.bad, count.total)))
    worse = replace(candidate, counts={**candidate.counts, name: more})
    before, after = judge(**situation), judge(**{**situation, "candidate": worse})
    assert after.verdict >= before.verdict


@given(situations(), st.data())
def test_fewer_figures_never_promote(situation, data):
    """Whatever is missing: an objective, a revision, or the end of the window."""
    candidate = situation["candidate"]
    assume(candidate and candidate.counts and situation["percent"] < 100)
    name = data.draw(st.sampled_from(sorted(API.objectives)))
    others = {each: count for each, count in candidate.counts.items() if each != name}
    missing = data.draw(
        st.sampled_from(
            [
                {"candidate": None},
                {"stable": None},
                {"candidate": replace(candidate, newest=candidate.window.start)},
                {"candidate": replace(candidate, counts=others)},
            ]
        )
    )
    assert judge(**{**situation, **missing}).verdict is not PROMOTE


@settings(max_examples=50)
@given(situations(), st.integers(0, 600))
def test_no_step_waits_beyond_its_limit(situation, later):
    now = BEGAN + PACE.limit + minutes(later)
    assert judge(**{**situation, "now": now}).verdict is not WAIT


@settings(max_examples=50)
@given(situations())
def test_every_decision_has_a_reason(situation):
    decision = judge(**situation)
    assert decision.reasons
    assert all(decision.reasons)


any_time = st.builds(lambda seconds: BEGAN + timedelta(seconds=seconds), st.integers(-9999, 9999))
any_counts = st.builds(
    Count, st.integers() | st.floats() | st.none(), st.integers() | st.floats() | st.booleans()
)
any_metrics = st.builds(
    Metrics,
    window=st.builds(Window, any_time, any_time),
    newest=any_time,
    counts=st.dictionaries(st.sampled_from([*API.objectives, "other"]), any_counts),
)


@given(st.none() | any_metrics, st.none() | any_metrics, st.integers(-1, 101), any_time)
def test_garbage_is_never_promoted(candidate, stable, percent, now):
    assert judge(candidate, stable, percent=percent, now=now).verdict is not PROMOTE


@given(any_metrics, percents)
def test_garbage_beside_good_figures_is_never_promoted(garbage, percent):
    """Of a stable revision too, even where it has no say."""
    assert judge(garbage, metrics(), percent=percent).verdict is not PROMOTE
    assert judge(metrics(), garbage, percent=percent).verdict is not PROMOTE

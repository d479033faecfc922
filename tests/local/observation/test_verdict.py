"""Which alert had to fire, which fired, and when: nothing of it is passed over."""

import pytest

from local.observation import replay
from local.observation.drill import Phase, Recording
from local.observation.faults import FAULTS, Fault
from local.observation.figures import selector
from local.observation.probes import FORGED, HEALTH
from local.observation.verdict import Judged, judge, wrong, wrong_twice
from monitoring import rules
from monitoring.promtool import MISSING, find
from tests.local.observation.lines import sample

FAULT = Fault("away", "it is away", 5, frozenset({"A", "B"}), lambda _: None)
PHASE = Phase(100, 106, 111, 115, FAULT)
HEALTHY = Phase(0, 20, 20, 20)


@pytest.mark.parametrize(
    ("phase", "firing", "faults"),
    [
        (PHASE, {"A": [6], "B": [14]}, []),
        (PHASE, {"A": [6], "B": [14], "C": [9]}, []),
        (PHASE, {"A": [6]}, ["away: B did not fire"]),
        (PHASE, {}, ["away: A did not fire", "away: B did not fire"]),
        (PHASE, {"A": [5, 6], "B": [7]}, ["away: A fired while all was well"]),
        (
            PHASE,
            {"A": [5], "B": [7]},
            ["away: A fired while all was well", "away: A did not fire"],
        ),
        (PHASE, {"A": [6], "B": [7], "C": [0]}, ["away: C fired while all was well"]),
        (HEALTHY, {}, []),
        (HEALTHY, {"C": [19]}, ["healthy: C fired while all was well"]),
    ],
    ids=["both", "another", "one", "none", "early", "only early", "other early", "well", "ill"],
)
def test_the_faults_are_named(phase, firing, faults):
    assert list(Judged(phase, firing).faults()) == faults


def test_seconds_are_counted_from_the_fault():
    judged = Judged(PHASE, {"A": [2, 6, 7], "B": [14]})
    assert [judged.after(name) for name in "ABC"] == [0, 8, None]


def test_each_phase_is_asked_about_alone():
    asked = []

    def ask(series, minutes):
        asked.append((list(series), minutes))
        return {}

    judge(Recording([], [HEALTHY, PHASE]), ask)
    assert asked == [([], 20), ([], 15)]


def test_every_alert_that_is_expected_is_one_of_the_rules():
    known = {rule.alert for rule in rules.read().rules}
    for fault in FAULTS:
        assert fault.expected
        assert fault.expected <= known, fault.name


WELL, ILL = Judged(HEALTHY, {}), Judged(HEALTHY, {"C": [19]})
NOTICED, MISSED = Judged(PHASE, {"A": [6], "B": [7]}), Judged(PHASE, {"A": [6]})
AWAY = ["away: B did not fire"]


@pytest.mark.parametrize(
    ("tries", "words"),
    [
        ([[WELL, NOTICED]], []),
        ([[WELL, MISSED]], AWAY),
        ([[WELL, MISSED], [WELL, NOTICED]], []),
        ([[WELL, MISSED], [WELL, MISSED]], AWAY),
        ([[WELL, MISSED], [ILL, MISSED]], AWAY),
        ([[ILL, NOTICED], [WELL]], []),
        ([[ILL, NOTICED], [ILL]], ["healthy: C fired while all was well"]),
    ],
)
def test_what_goes_wrong_in_each_try_is_wrong(tries, words):
    """Once may be a machine that is too busy."""
    assert wrong_twice(tries) == words


def test_what_is_wrong_is_named_by_its_phase():
    assert wrong([WELL, MISSED]) == {"away": AWAY}


@pytest.mark.parametrize(("limit", "words"), [("0", []), ("9999", ["MessagesQuarantined"])])
def test_a_rule_that_would_not_notice_its_fault_is_found(tmp_path, limit, words):
    """Twenty poison messages a second, for the rules themselves and with one limit raised."""
    if find() is None:
        pytest.skip(MISSING)
    (poison,) = (fault for fault in FAULTS if fault.name == "poison")
    name = selector(
        "logging_googleapis_com:user_ingest_quarantined",
        monitored_resource="cloud_run_revision",
        service_name="pubsub-to-bigquery",
    )
    checks = [
        selector(
            "monitoring_googleapis_com:uptime_check_check_passed",
            monitored_resource="uptime_url",
            check_id=check,
        )
        for check in (HEALTH, FORGED)
    ]
    samples = [
        sample(n, {name: 20.0 * (n - 4)} if n > 4 else {}, dict.fromkeys(checks, 1.0))
        for n in range(14)
    ]
    text = rules.PATH.read_text("utf-8")
    before = 'user_ingest_quarantined{monitored_resource="cloud_run_revision"}[10m])) > '
    assert text.count(f"{before}0\n    for: 0s\n    labels: {{severity: ticket}}") == 1
    (tmp_path / "rules.yaml").write_text(
        text.replace(f"{before}0\n    for: 0s", f"{before}{limit}\n    for: 0s"), "utf-8"
    )
    judged = judge(
        Recording(samples, [Phase(0, 5, 10, 14, poison)]),
        lambda series, minutes: replay.firing(tmp_path / "rules.yaml", series, minutes),
    )
    assert wrong_twice([judged, judged]) == [f"poison: {alert} did not fire" for alert in words]

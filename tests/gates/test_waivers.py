"""A waiver is narrow, has an owner and an end, and fits exactly, or the verdict is red."""

from datetime import date, timedelta

import pytest

from gates import waivers
from gates.finding import Finding, Level
from gates.outcome import Outcome, Status

TODAY = date(2030, 3, 1)
GOOD = {
    "gate": '"bandit"',
    "rule": '"B104"',
    "path": '"app/a.py"',
    "reason": '"the platform needs it"',
    "owner": '"@org/team"',
    "added": "2030-02-01",
    "expires": "2030-04-30",
}


def written(root, **changes):
    """Write one waiver; a value of None leaves its key out."""
    lines = [f"{key} = {value}" for key, value in (GOOD | changes).items() if value is not None]
    return text(root, "[[waiver]]\n" + "\n".join(lines) + "\n")


def text(root, content):
    (root / "policies").mkdir(exist_ok=True)
    (root / "policies" / "waivers.toml").write_text(content, "utf-8")
    return root


def found(*places, gate="bandit", status=Status.FOUND, rule="B104"):
    findings = tuple(
        Finding(gate=gate, rule=rule, level=Level.ERROR, path=each, message="m") for each in places
    )
    return Outcome(gate=gate, about="x", status=status, findings=findings, scanned=1)


def apply(root, *outcomes):
    return waivers.apply(outcomes, waivers.read(root, TODAY), ["bandit", "ruff"])


def test_a_waived_finding_passes_and_says_why(tmp_path):
    (outcome,), complaints = apply(written(tmp_path), found("app/a.py"))
    assert complaints == ()
    assert outcome.status is Status.PASSED
    assert outcome.findings[0].waived == "the platform needs it (@org/team, until 2030-04-30)"


def test_what_is_beside_it_stays_open(tmp_path):
    (outcome,), complaints = apply(written(tmp_path), found("app/a.py", "app/b.py"))
    assert complaints == ()
    assert outcome.status is Status.FOUND
    assert [each.path for each in outcome.open] == ["app/b.py"]
    assert outcome.open[0] == found("app/b.py").findings[0]


@pytest.mark.parametrize(
    ("outcome", "says"),
    [
        (found("app/b.py"), "is for 1 findings; there are 0"),
        (found("app/a.py", rule="B105"), "is for 1 findings; there are 0"),
        (found("app/a.py", "app/a.py"), "is for 1 findings; there are 2"),
        (found(status=Status.PASSED), "is for 1 findings; there are 0"),
    ],
    ids=["another file", "another rule", "one more", "nothing"],
)
def test_a_waiver_that_does_not_fit_waives_nothing_and_is_red(tmp_path, outcome, says):
    (after,), complaints = apply(written(tmp_path), outcome)
    assert after == outcome
    assert says in complaints[0]
    assert len(complaints) == 1


@pytest.mark.parametrize(
    "outcome",
    [
        found(gate="ruff", status=Status.PASSED),
        found(status=Status.BROKEN),
        found("app/a.py", status=Status.BROKEN),
        found(status=Status.UNTOUCHED),
    ],
    ids=["of another gate", "could not judge", "could judge in part", "untouched"],
)
def test_a_waiver_of_a_gate_that_did_not_judge_is_left_alone(tmp_path, outcome):
    (after,), complaints = apply(written(tmp_path), outcome)
    assert (after, complaints) == (outcome, ())


def test_a_waiver_may_cover_several_findings_of_a_file(tmp_path):
    (outcome,), complaints = apply(written(tmp_path, count="2"), found("app/a.py", "app/a.py"))
    assert complaints == ()
    assert outcome.status is Status.PASSED


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"owner": None}, "owner: Field required"),
        ({"owner": '""'}, "owner"),
        ({"owner": '"somebody"'}, "owner"),
        ({"owner": '"@"'}, "owner"),
        ({"owner": '"@a b"'}, "owner"),
        ({"reason": None}, "reason: Field required"),
        ({"reason": '"later"'}, "reason"),
        ({"reason": '"   "'}, "reason"),
        ({"rule": None}, "rule: Field required"),
        ({"rule": '""'}, "rule"),
        ({"rule": '["B104"]'}, "rule"),
        ({"path": None}, "path: Field required"),
        ({"path": '""'}, "path"),
        ({"path": '"app/*"'}, "path"),
        ({"path": '"**"'}, "path"),
        ({"path": '"app/?.py"'}, "path"),
        ({"path": '"app/[ab].py"'}, "path"),
        ({"gate": None}, "gate: Field required"),
        ({"gate": '"bandits"'}, "no gate of this name"),
        ({"count": "0"}, "count"),
        ({"count": "-1"}, "count"),
        ({"count": "true"}, "count"),
        ({"count": '"all"'}, "count"),
        ({"added": None}, "added: Field required"),
        ({"added": '"2030-02-01"'}, "added"),
        ({"added": "2030-02-01T00:00:00Z"}, "added"),
        ({"added": "2030-03-02"}, "app/a.py: added is in the future"),
        ({"expires": None}, "expires: Field required"),
        ({"expires": '"never"'}, "expires"),
        ({"expires": "2030-02-28"}, "expired on 2030-02-28"),
        ({"expires": "2030-05-03"}, "more than 90 days"),
        ({"expires": "9999-12-31"}, "more than 90 days"),
        ({"until": "2030-04-01"}, "until"),
    ],
)
def test_a_faulty_waiver_waives_nothing_and_is_red(tmp_path, changes, says):
    (outcome,), complaints = apply(written(tmp_path, **changes), found("app/a.py"))
    assert outcome.status is Status.FOUND
    assert outcome.open
    assert any(says in each for each in complaints), complaints


@pytest.mark.parametrize(
    ("days", "is_red"), [(89, False), (90, False), (91, True)], ids=["89", "90", "91"]
)
def test_ninety_days_are_the_longest(tmp_path, days, is_red):
    expires = str(date(2030, 2, 1) + timedelta(days=days))
    register = waivers.read(written(tmp_path, expires=expires), TODAY)
    assert bool(register.complaints) is is_red


@pytest.mark.parametrize(("today", "is_red"), [("2030-04-30", False), ("2030-05-01", True)])
def test_a_waiver_counts_on_its_last_day_and_not_after(tmp_path, today, is_red):
    register = waivers.read(written(tmp_path), date.fromisoformat(today))
    assert bool(register.complaints) is is_red
    assert bool(register.waivers) is not is_red


def test_a_waiver_counts_from_its_first_day(tmp_path):
    register = waivers.read(written(tmp_path, added=str(TODAY)), TODAY)
    assert (len(register.waivers), register.complaints) == (1, ())


def test_every_faulty_waiver_is_named_and_a_good_one_behind_them_counts(tmp_path):
    tables = ""
    for changes in ({"owner": None}, {"rule": None}, {"expires": "2030-02-28"}, {}):
        written(tmp_path, **changes)
        tables += (tmp_path / "policies" / "waivers.toml").read_text("utf-8")
    register = waivers.read(text(tmp_path, tables), TODAY)
    assert [str(each) for each in register.waivers] == ["bandit B104 app/a.py"]
    owner, rule, expired = register.complaints
    assert (owner, rule) == ("waiver 1: owner: Field required", "waiver 2: rule: Field required")
    assert "expired on 2030-02-28" in expired


def test_a_file_without_waivers_waives_nothing(tmp_path):
    assert waivers.read(text(tmp_path, "# none\n"), TODAY) == waivers.Register()


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("waiver = 1", "nothing but"),
        ("[waiver]\ngate = 'x'", "nothing but"),
        ("[[waivers]]\ngate = 'x'", "nothing but"),
        ("waiver = ['x']", "waiver 1"),
        ("everything = true", "nothing but"),
        ("[[waiver]", "no TOML"),
        ("a = " + "[" * 100_000, "no TOML"),
    ],
)
def test_a_file_of_another_shape_is_red(tmp_path, content, says):
    register = waivers.read(text(tmp_path, content), TODAY)
    assert register.waivers == ()
    assert says in register.complaints[0]


def test_the_same_waiver_twice_is_red(tmp_path):
    written(tmp_path)
    path = tmp_path / "policies" / "waivers.toml"
    text(tmp_path, path.read_text("utf-8") * 2)
    assert "twice" in waivers.read(tmp_path, TODAY).complaints[0]


def test_bytes_that_are_no_text_are_red(tmp_path):
    text(tmp_path, "")
    (tmp_path / "policies" / "waivers.toml").write_bytes(b"\xff\xfe")
    assert "cannot be read" in waivers.read(tmp_path, TODAY).complaints[0]


def test_no_file_waives_nothing(tmp_path):
    assert waivers.read(tmp_path, TODAY) == waivers.Register()

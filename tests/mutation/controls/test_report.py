"""What a campaign must show before it passes."""

import json

import pytest

from mutation.controls.__main__ import REPORT
from mutation.controls.campaign import Fate
from mutation.controls.report import SMALLEST, WANTED, Report
from tests.mutation.controls.test_selection import mutant


def report(alive=0, made=200, argued=(), troubled=0, total=None):
    mutants = [mutant("control", number) for number in range(made)]
    fates = [
        Fate(
            id=each.id,
            killed_by="" if number < max(alive, troubled) else "gate",
            trouble="it crashed" if number < troubled else "",
            seconds=1.0,
        )
        for number, each in enumerate(mutants)
    ]
    return Report(mutants, fates, {mutants[number].id: "why" for number in argued}, total or made)


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (report(), None),
        (report(alive=1, argued=[0]), None),
        (report(alive=10, argued=range(10)), None),
        (report(alive=1), "survives: control:a.tf:0"),
        (report(argued=[3]), "argued for, but killed: control:a.tf:3"),
        (report(alive=11, argued=range(11)), "189 of 200 killed; 95% are wanted"),
        (report(troubled=1, argued=[0]), "it crashed"),
        (report(made=149), "there are 149 mutants; at least 150 are wanted"),
        (report(made=40, total=200), None),
        (report(made=0, total=200), "nothing was proven"),
    ],
)
def test_what_stands_against_a_campaign(made, complaint):
    complaints = made.complaints()
    if complaint is None:
        assert complaints == []
    else:
        assert any(complaint in each for each in complaints), complaints


def test_a_report_is_the_same_for_the_same_fates():
    facts = report(alive=2, argued=[0, 1]).as_dict()
    assert facts["mutants"] == 200
    assert facts["killed"] == 198
    assert [each["reason"] for each in facts["survivors"]] == ["why", "why"]
    assert "seconds" not in json.dumps(facts)


def test_the_kept_report_is_of_a_whole_campaign_that_passed():
    kept = json.loads(REPORT.read_text("utf-8"))
    alive = {name for name, killed_by in kept["fates"].items() if not killed_by}
    assert kept["of"] == kept["mutants"] == len(kept["fates"]) >= SMALLEST
    assert kept["killed"] == kept["mutants"] - len(alive) >= WANTED * kept["mutants"]
    assert {each["id"] for each in kept["survivors"]} == alive
    assert all(each["reason"] for each in kept["survivors"])

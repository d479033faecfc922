"""The policy of licences is read whole or not at all, and cannot allow what nobody may."""

import pytest

from gates.trivy.__main__ import ROOT
from gates.trivy.licence_policy import NEVER, Exemption, read
from gates.trivy.licences import POLICY
from gates.trivy.report import GateError

ALLOWED = 'allowed = ["notice"]\n'
PLACEMENT = '[[placement]]\nlicence = "X"\ncategory = "notice"\nreason = "It is as MIT."\n'
EXEMPTION = (
    '[[exemption]]\npackage = "A_b"\nlicence = "GPL-2.0-only"\nreason = "Only its MIT part."\n'
)


def written(tmp_path, text):
    path = tmp_path / "licences.toml"
    path.write_text(text, "utf-8")
    return path


def test_our_policy_allows_no_copyleft_of_a_whole_work_and_exempts_nothing():
    policy = read(ROOT / POLICY)
    assert policy.allowed == {"notice", "permissive", "unencumbered", "reciprocal"}
    assert not policy.allowed & NEVER
    assert policy.exemptions == ()
    assert {each.category for each in policy.placements} <= policy.allowed


def test_the_example_of_our_policy_is_valid(tmp_path):
    lines = (ROOT / POLICY).read_text("utf-8").splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("# [[exemption]]"))
    example = [line.removeprefix("# ") for line in lines[start : start + 4]]
    (exemption,) = read(written(tmp_path, ALLOWED + "\n".join(example))).exemptions
    assert exemption.package == "example"


def test_an_exemption_is_read_with_its_name_as_pep_503_writes_it(tmp_path):
    assert read(written(tmp_path, ALLOWED + EXEMPTION)).exemptions == (
        Exemption(package="a-b", licence="GPL-2.0-only", reason="Only its MIT part."),
    )


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot be read"),
        ("[[", "cannot be read"),
        ("allowed = 1", "cannot be read"),
        ("allowed = [[]]", "cannot be read"),
        ("allowed = []", "allowed is empty"),
        *((f'allowed = ["{each}"]', f"allowed: {each} is none of") for each in sorted(NEVER)),
        ('allowed = ["MIT"]', "allowed: MIT is none of"),
        ('allowed = "notice"', "allowed: c is none of"),
        (ALLOWED + "x = 1", "x is unknown"),
        (ALLOWED + "exemption = 1", "exemption is no list of tables; write [[exemption]]"),
        (ALLOWED + "exemption = [1]", "exemption 1: licence is no text"),
        (ALLOWED + "[[exemption]]", "exemption 1: licence is no text; exemption 1: package is no"),
        (ALLOWED + EXEMPTION + "expires = 1", "exemption 1: expires is unknown"),
        (ALLOWED + EXEMPTION.replace("Only its MIT part.", "  "), "exemption 1: reason is no text"),
        (ALLOWED + EXEMPTION + EXEMPTION.replace('"A_b"', "1"), "exemption 2: package is no text"),
        (ALLOWED + EXEMPTION + EXEMPTION.replace("A_b", "a.B"), "says something twice"),
        (ALLOWED + PLACEMENT + PLACEMENT, "says something twice"),
        (ALLOWED + PLACEMENT.replace("notice", "unknown"), "placement 1: category is none of"),
        (ALLOWED + PLACEMENT.replace("notice", "allowed"), "placement 1: category is none of"),
        (ALLOWED + PLACEMENT.replace("reason", "reasons"), "placement 1: reasons is unknown"),
        (ALLOWED + "[placement]", "placement is no list of tables"),
    ],
)
def test_what_is_no_policy_is_refused(tmp_path, text, reason):
    with pytest.raises(GateError, match=r"licences\.toml") as refused:
        read(written(tmp_path, text))
    assert reason in str(refused.value)


def test_a_missing_policy_is_refused(tmp_path):
    with pytest.raises(GateError, match="cannot be read"):
        read(tmp_path / "licences.toml")

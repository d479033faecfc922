"""Every hosted action of ci.yml has a stand-in, and none is taken from outside."""

import pytest
import yaml

from local.layout import ROOT
from rehearsal.errors import RehearsalError
from rehearsal.workflows.standins import FOLDER, WITHOUT, standins
from tests.github.documents import parse

TEXT = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
ACTIONS = sorted(path.parent for path in FOLDER.rglob("action.yml"))


def name(folder):
    return str(folder.relative_to(FOLDER))


def test_every_action_of_the_workflow_has_a_stand_in():
    used = {use.value for use in parse(TEXT).uses}
    wanted = {value for value in used if value.partition("@")[0] not in WITHOUT}
    found = standins(TEXT)
    assert {
        f"{'/'.join(value.partition('@')[0].split('/')[:2])}@{value.partition('@')[2]}"
        for value in wanted
    } == set(found)
    assert all(folder.is_dir() for folder in found.values())


def test_no_stand_in_is_left_over():
    texts = [path.read_text("utf-8") for path in (ROOT / ".github" / "workflows").glob("*.yml")]
    used = {use.value.partition("@")[0] for text in texts for use in parse(text).uses}
    assert {name(folder) for folder in ACTIONS} <= used - WITHOUT


@pytest.mark.parametrize("uses", ["somebody/else@v1", "../../etc@v1", "actions/checkout/sub@v1"])
def test_an_action_without_a_stand_in_is_refused(uses):
    with pytest.raises(RehearsalError, match="nothing stands in for"):
        standins(f"      - uses: {uses}\n")


@pytest.mark.parametrize("folder", ACTIONS, ids=name)
def test_a_stand_in_runs_nothing_from_elsewhere(folder):
    """It is a composite action of commands; what it is given enters as data."""
    action = yaml.safe_load((folder / "action.yml").read_text("utf-8"))
    assert action["runs"]["using"] == "composite"
    for step in action["runs"]["steps"]:
        assert "uses" not in step
        assert "${{" not in step["run"]


@pytest.mark.parametrize("folder", ACTIONS, ids=name)
def test_a_stand_in_knows_every_input_that_the_workflow_gives(folder):
    inputs = yaml.safe_load((folder / "action.yml").read_text("utf-8")).get("inputs", {})
    given = {
        key
        for step in parse(TEXT).steps()
        if step.get("uses", "").partition("@")[0] == name(folder)
        for key in step.get("with", {})
    }
    assert given <= set(inputs)

"""Whatever stands in a plan, it is accepted or refused with a reason, and nothing else happens."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.plans import candidate, document, first, summary, traffic
from deploy.plans.first import Stage
from deploy.plans.refusal import PlanRefusedError, Reason
from deploy.plans.steps import Move
from tests.deploy.plans import plans, test_first
from tests.deploy.plans.plans import RELEASE, VERSION
from tests.deploy.plans.test_candidate import APPROVED

MOVE = Move(25)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=5,
)
BASES = {
    "step": (
        plans.step(MOVE),
        lambda plan: traffic.check(plan, RELEASE, MOVE, VERSION),
    ),
    "candidate": (
        plans.candidate(),
        lambda plan: candidate.check(plan, RELEASE, APPROVED, VERSION),
    ),
    "first": (
        test_first.document(),
        lambda plan: first.check(plan, Stage.SERVICES, APPROVED, test_first.SMOKE, VERSION),
    ),
}


def paths(value, before=()):
    """List every place in a document."""
    yield before
    if isinstance(value, dict | list):
        inside = value.items() if isinstance(value, dict) else enumerate(value)
        for key, each in inside:
            yield from paths(each, (*before, key))


def put(value, path, new):
    """Copy a document with something else in one place."""
    if not path:
        return new
    copied = copy.copy(value)
    copied[path[0]] = put(value[path[0]], path[1:], new)
    return copied


def effect(told):
    """Tell what Terraform would do, as a plan says it."""
    return {
        entry["address"]: (entry["change"]["actions"], entry["change"]["after"])
        for entry in told["resource_changes"]
        if entry["change"]["actions"] != ["no-op"]
    }


@pytest.mark.parametrize("kind", BASES)
@given(data=st.data())
def test_anything_anywhere_is_judged(kind, data):
    """In one place of a plan that would be accepted, or in its whole place."""
    base, check = BASES[kind]
    path = data.draw(st.sampled_from(list(paths(base))))
    changed = put(base, path, data.draw(JSON))
    try:
        parsed = plans.parsed(changed)
        summary.markdown(parsed)
        check(parsed)
    except PlanRefusedError:
        return
    if kind == "step":
        assert effect(changed) == effect(base)


@pytest.mark.parametrize("raw", [b"", b"{}", b"[]", b"null", b"{", b"\xff\xfe", "x", b'"plan"'])
def test_what_is_no_plan_is_refused(raw):
    with pytest.raises(PlanRefusedError) as info:
        document.read(raw)
    assert {each.reason for each in info.value.refusals} == {Reason.UNREADABLE}


def test_an_output_that_is_not_known_yet_is_none():
    assert plans.parsed(plans.step(MOVE)).output("revisions") is None
    told = {"outputs": {"revisions": {"sensitive": False, "value": {"api": "x"}}}}
    parsed = plans.parsed({**plans.step(MOVE), "planned_values": told})
    assert parsed.output("revisions") == {"api": "x"}

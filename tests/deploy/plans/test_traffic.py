"""A step's plan: one change is accepted, and every further one has its own refusal."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.plans import traffic
from deploy.plans.refusal import PlanRefusedError, Reason
from deploy.plans.standing import Share
from deploy.plans.steps import BACK, FINISH, STEPS, Move, Release
from tests.deploy.plans import plans
from tests.deploy.plans.plans import API, FUNCTION, RELEASE, TOPIC, VERSION

STABLE, CANDIDATE = RELEASE.pairs["api"].stable, RELEASE.pairs["api"].candidate


QUARTER = Move(25)


def check(document, move=QUARTER, release=RELEASE):
    traffic.check(plans.parsed(document), release, move, VERSION)


def refused(document, move=QUARTER, release=RELEASE):
    with pytest.raises(PlanRefusedError) as info:
        check(document, move, release)
    return {each.reason for each in info.value.refusals}


@pytest.mark.parametrize("before", [BACK, *STEPS], ids=str)
@pytest.mark.parametrize("move", [BACK, *STEPS], ids=str)
def test_each_step_is_accepted_from_each_other(move, before):
    """A rollback from any of them among it, and a step that was done before."""
    check(plans.step(move, before), move)


@pytest.mark.parametrize("planned", [BACK, *STEPS], ids=str)
@pytest.mark.parametrize("move", [BACK, *STEPS], ids=str)
def test_another_step_than_the_one_at_hand_is_refused(move, planned):
    if move != planned:
        assert refused(plans.step(planned, Move(50)), move) == {Reason.TRAFFIC}


def test_one_service_may_be_there_already():
    """A death came between the two."""
    document = plans.step(QUARTER)
    done = plans.found(document, FUNCTION)["change"]
    done.update(before=done["after"], actions=["no-op"])
    check(document)


def changed(document, path, value, address=API):
    """Set something below a resource's entry: `change.after.ingress`."""
    entry = plans.found(document, address)
    *parents, last = path.split(".")
    for part in parents:
        entry = entry[int(part) if part.isdigit() else part]
    entry[last] = value


ENTRY = {
    "another attribute": ("change.after.ingress", "INTERNAL", Reason.OTHER_ATTRIBUTE),
    "its protection": ("change.after.deletion_protection", False, Reason.OTHER_ATTRIBUTE),
    "the policy": ("change.after.binary_authorization", [], Reason.OTHER_ATTRIBUTE),
    "an attribute that vanishes": ("change.before.labels", {"a": "b"}, Reason.OTHER_ATTRIBUTE),
    "a value that is not known": ("change.after_unknown", {"etag": True}, Reason.UNKNOWN),
    "a value that is not known, deep": (
        "change.after_unknown",
        {"traffic": [{}, {"revision": True}]},
        Reason.UNKNOWN,
    ),
    "all of it not known": ("change.after_unknown", True, Reason.UNKNOWN),
    "replaced": ("change.actions", ["delete", "create"], Reason.ACTION),
    "replaced, new first": ("change.actions", ["create", "delete"], Reason.ACTION),
    "forgotten": ("change.actions", ["forget"], Reason.ACTION),
    "created": ("change.actions", ["create"], Reason.ACTION),
    "deleted": ("change.actions", ["delete"], Reason.ACTION),
    "an action of tomorrow": ("change.actions", ["reboot"], Reason.ACTION),
    "no action": ("change.actions", [], Reason.ACTION),
    "moved": ("previous_address", "module.old", Reason.MOVED),
    "imported": ("change.importing", {"id": "x"}, Reason.IMPORTED),
    "generated": ("change.generated_config", "resource {}", Reason.IMPORTED),
    "left over": ("deposed", "abcd", Reason.DEPOSED),
    "another provider": ("provider_name", "registry.terraform.io/evil/google", Reason.PROVIDER),
    "read": ("mode", "data", Reason.MODE),
    "another type": ("type", "google_cloud_run_service", Reason.OTHER_RESOURCE),
    "the latest revision": (
        "change.after.traffic.1.type",
        "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST",
        Reason.TRAFFIC,
    ),
    "more than a hundred": ("change.after.traffic.0.percent", 76, Reason.TRAFFIC),
    "less than a hundred": ("change.after.traffic.1.percent", 24, Reason.TRAFFIC),
    "another tag": ("change.after.traffic.1.tag", "latest", Reason.TRAFFIC),
    "the tag on the stable one": ("change.after.traffic.0.tag", "candidate", Reason.TRAFFIC),
    "no tag before the end": ("change.after.traffic.1.tag", None, Reason.TRAFFIC),
    "no traffic at all": ("change.after.traffic", [], Reason.TRAFFIC),
    "one revision alone": ("change.after.traffic", [], Reason.TRAFFIC),
    "a third revision": (
        "change.after.traffic.1.revision",
        "data-api-cccccccccccc",
        Reason.FOREIGN_REVISION,
    ),
    "a third revision served": (
        "change.before.traffic.0.revision",
        "data-api-cccccccccccc",
        Reason.FOREIGN_REVISION,
    ),
    "another template": ("change.after.template", [{"revision": "x"}], Reason.REVISION),
    "no template": ("change.after.template", [], Reason.REVISION),
}
"""What is changed in the entry of the API, and the reason that must be among the refusals."""


@pytest.mark.parametrize("case", ENTRY)
def test_a_step_that_is_more_is_refused(case):
    path, value, reason = ENTRY[case]
    document = plans.step(QUARTER)
    changed(document, path, value)
    assert reason in refused(document)


@pytest.mark.parametrize("actions", [["forget"], ["reboot"], [], ["delete", "create"]])
def test_an_action_is_judged_whatever_it_is_on(actions):
    """Also where the step itself would not look: there it is one reason more."""
    document = plans.step(QUARTER)
    changed(document, "change.actions", actions, TOPIC)
    assert refused(document) == {Reason.ACTION, Reason.OTHER_RESOURCE}


@pytest.mark.parametrize("case", ["another provider", "moved", "imported", "left over"])
def test_what_stays_is_looked_at_too(case):
    path, value, reason = ENTRY[case]
    document = plans.step(QUARTER)
    changed(document, path, value, TOPIC)
    assert reason in refused(document)


DOCUMENT = {
    "another format": ({"format_version": "1.3"}, Reason.VERSION),
    "another Terraform": ({"terraform_version": "1.11.5"}, Reason.VERSION),
    "errored": ({"errored": True}, Reason.ERRORED),
    "incomplete": ({"complete": False}, Reason.INCOMPLETE),
    "deferred": ({"deferred_changes": [{"reason": "x"}]}, Reason.DEFERRED),
    "a failed check": (
        {"checks": [{"address": {"to_display": "check.x"}, "status": "fail"}]},
        Reason.CHECK,
    ),
    "an erroneous check": ({"checks": [{"address": {}, "status": "error"}]}, Reason.CHECK),
    "a check for later": ({"checks": [{"address": {}, "status": "unknown"}]}, Reason.CHECK),
    "an action of a newer Terraform": ({"action_invocations": []}, Reason.UNREADABLE),
    "the revisions change": (
        {"output_changes": {"revisions": plans.output(["update"])}},
        Reason.OUTPUT,
    ),
    "a new output": ({"output_changes": {"more": plans.output(["create"])}}, Reason.OUTPUT),
    "an output goes": ({"output_changes": {"table": plans.output(["delete"])}}, Reason.OUTPUT),
    "traffic is not known": (
        {"output_changes": {"traffic": plans.output(["update"], after_unknown=True)}},
        Reason.UNKNOWN,
    ),
    "no services": ({"resource_changes": []}, Reason.MISSING),
    "whole is a word": ({"complete": "yes"}, Reason.UNREADABLE),
}


@pytest.mark.parametrize("case", DOCUMENT)
def test_a_document_that_is_unclear_is_refused(case):
    parts, reason = DOCUMENT[case]
    assert reason in refused({**plans.step(QUARTER), **parts})


SNEAKED = {
    "a topic": (TOPIC, {"name": "t", "retention": 1}, {"name": "t", "retention": 2}),
    "a grant": ("google_pubsub_topic_iam_binding.x", None, {"members": ["user:a@example.com"]}),
    "a table goes": (plans.TABLE, {"schema": "[]"}, None),
    "a third service": ("module.more[0].google_cloud_run_v2_service.this", None, {}),
    "another of the module's": ("module.api[0].google_cloud_run_v2_service.that", {}, {"a": 1}),
}


@pytest.mark.parametrize("case", SNEAKED)
def test_one_sneaked_change_is_refused(case):
    document = plans.step(QUARTER)
    document["resource_changes"].append(plans.resource(*SNEAKED[case]))
    found = refused(document)
    assert Reason.OTHER_RESOURCE in found


def test_a_service_named_twice_is_refused():
    """Whichever of the two were believed, the other would be applied."""
    document = plans.step(QUARTER)
    document["resource_changes"].append(copy.deepcopy(plans.found(document)))
    assert Reason.REPEATED in refused(document)


def test_a_service_of_no_pair_stays_as_it_is():
    """Where a commit changes one service alone."""
    one = Release(RELEASE.images, {"api": RELEASE.pairs["api"]})
    check(plans.step(QUARTER, release=one), release=one)
    assert refused(plans.step(QUARTER), release=one) == {Reason.OTHER_RESOURCE}


def drifted(before, after, address=API):
    return {**plans.step(QUARTER), "resource_drift": [plans.resource(address, before, after)]}


def moved(percent):
    return plans.service("api", RELEASE.traffic("api", Move(percent)))


def test_what_a_dead_step_did_to_traffic_is_no_drift():
    check(drifted(moved(0), moved(5)))


def test_what_the_cloud_tells_of_itself_is_no_drift():
    check(drifted(moved(0), moved(0) | {"etag": "two", "generation": "8"}))
    rows = ({"num_rows": 1, "schema": "[]"}, {"num_rows": 2, "schema": "[]"})
    check(drifted(*rows, plans.TABLE))


@pytest.mark.parametrize(
    ("before", "after", "address"),
    [
        (moved(0), moved(0) | {"ingress": "INTERNAL"}, API),
        (moved(0), moved(5) | {"ingress": "INTERNAL"}, API),
        (moved(0), None, API),
        ({"members": []}, {"members": ["allUsers"]}, "google_pubsub_topic_iam_binding.x"),
        ({"num_rows": 1}, {"num_rows": 1, "schema": "[1]"}, plans.TABLE),
        ({"num_rows": 1}, None, plans.TABLE),
        ({"unheard": 1}, {"unheard": 2}, "google_of_tomorrow.x"),
    ],
)
def test_what_others_changed_is_drift(before, after, address):
    assert Reason.DRIFT in refused(drifted(before, after, address))


def test_traffic_that_drifted_to_a_third_revision_is_refused():
    by_hand = moved(0) | {"traffic": plans.traffic(Share("data-api-cccccccccccc", 100))}
    assert Reason.FOREIGN_REVISION in refused(drifted(moved(0), by_hand))


@given(
    shares=st.lists(
        st.builds(
            Share,
            st.sampled_from([STABLE, CANDIDATE, "data-api-cccccccccccc", ""]),
            st.sampled_from([-25, 0, 5, 25, 75, 95, 100, 101]),
            st.sampled_from(["", "candidate", "stable"]),
        ),
        max_size=4,
    ),
    move=st.sampled_from([BACK, *STEPS]),
)
def test_only_the_very_split_of_the_step_passes(shares, move):
    document = plans.step(move, FINISH)
    entry = plans.found(document)["change"]
    entry["after"]["traffic"] = plans.traffic(*shares)
    if sorted(shares) == sorted(RELEASE.traffic("api", move)):
        check(document, move)
    else:
        assert Reason.TRAFFIC in refused(document, move)


def test_a_refusal_tells_no_value_of_the_plan():
    secret = "hunter2-hunter2"
    document = plans.step(QUARTER)
    changed(document, "change.after.description", secret)
    changed(document, "change.after.traffic.1.tag", secret)
    changed(document, "change.after.traffic.1.revision", secret)
    document |= {"format_version": f"{secret} it is", "terraform_version": secret * 9}
    document["checks"] = [{"address": {"to_display": "check.x"}, "status": f"{secret} it is"}]
    with pytest.raises(PlanRefusedError) as info:
        check(document)
    assert secret not in str(info.value)
    with pytest.raises(PlanRefusedError) as info:
        plans.parsed({**document, "errored": secret, "more": secret})
    assert secret not in str(info.value)

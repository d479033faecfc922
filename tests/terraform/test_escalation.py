"""No escalation, on what the roots plan."""

import pytest

from access.__main__ import REHEARSED
from access.escalation import reached, rules, search, steps
from access.identities import identities, table
from tests.terraform.test_least_privilege import COMPLETE, together

PROJECT = f"projects/{REHEARSED.project}"
ON_PROJECT = {"project": REHEARSED.project}
OURS = [name for name in table()["accounts"] if name != "release-attest"]


@pytest.fixture(scope="module", params=COMPLETE, ids=lambda runs: runs[1])
def plans(request, planned_runs):
    return together(planned_runs, *request.param)


def test_there_is_no_way_but_those_that_are_meant(plans):
    assert search(plans, REHEARSED) == []


def test_who_gets_to_the_goals(plans):
    """The whole table: no further identity signs, speaks about images or reads rows."""
    found = steps(plans, REHEARSED)
    at = {
        goal: {name for name in identities(REHEARSED) if goal in reached(name, found)}
        for goal in rules()["goals"]
    }
    applying = {
        f"{kind}-{name}" for kind in ("release", "job") for name in ("apply", "plan", "rollout")
    }
    assert at == {
        "owner": set(),
        "rules": set(),
        "policy": set(),
        "signing": {"release-attest", "job-attest"},
        "statements": {"release-sign", "job-sign"},
        "unsigned": applying,
        "rows": applying | {"data-api"},
        "silenced": set(),
    }


def test_who_becomes_whom(plans):
    """A job becomes its account; apply starts the services; nobody becomes a signer.

    Rollout, which has no reviewer, gets to what apply may by the state that it writes. Whoever
    writes it has a say in what the night sees, and the night in nothing.
    """
    found = steps(plans, REHEARSED)
    started = {"data-api", "pubsub-to-bigquery", "pubsub-push"}
    for name in identities(REHEARSED):
        short = name.removeprefix("job-").removeprefix("release-")
        expected = {f"release-{short}"} if name.startswith("job-") else set()
        if short in {"apply", "plan", "rollout"}:
            deploying = {"release-apply", "release-nightly", "release-plan", "release-rollout"}
            expected = (started | deploying) - {name}
        assert reached(name, found) & identities(REHEARSED).keys() == expected, name


def planted(plans, type_, role, who, **where):
    """Add one grant, of a role of Google's."""
    model = type(plans["terraform"][0])
    email = f"{who}@{REHEARSED.project}.iam.gserviceaccount.com"
    values = where | {"role": role, "member": f"serviceAccount:{email}"}
    grant = model("planted", type_, "planted", None, values)
    return plans | {"terraform": [*plans["terraform"], grant]}


def account(name):
    email = f"{name}@{REHEARSED.project}.iam.gserviceaccount.com"
    return {"service_account_id": f"{PROJECT}/serviceAccounts/{email}"}


ATTEST = account("release-attest")
PLANTS = {
    "actAs": ("service_account", "iam.serviceAccountUser", ATTEST),
    "token creator": (
        "service_account",
        "iam.serviceAccountTokenCreator",
        ATTEST,
    ),
    "setIamPolicy of an account": (
        "service_account",
        "iam.serviceAccountAdmin",
        ATTEST,
    ),
    "setIamPolicy": ("project", "resourcemanager.projectIamAdmin", ON_PROJECT),
    "custom-role edit": ("project", "iam.roleAdmin", ON_PROJECT),
    "key admin": ("project", "cloudkms.admin", ON_PROJECT),
    "provider update": ("project", "iam.workloadIdentityPoolAdmin", ON_PROJECT),
    "policy": ("project", "binaryauthorization.policyEditor", ON_PROJECT),
    "alert": ("project", "monitoring.alertPolicyEditor", ON_PROJECT),
    "snooze": ("project", "monitoring.snoozeEditor", ON_PROJECT),
    "state": (
        "storage_bucket",
        "storage.objectUser",
        {"bucket": f"{REHEARSED.project}-bootstrap-state-1"},
    ),
}


@pytest.mark.parametrize("who", OURS)
@pytest.mark.parametrize("plant", PLANTS)
def test_a_planted_way_is_found_whoever_has_it(planned_runs, plant, who):
    kind, role, where = PLANTS[plant]
    plans = together(planned_runs, *COMPLETE[0])
    more = planted(plans, f"google_{kind}_iam_member", f"roles/{role}", who, **where)
    ways = search(more, REHEARSED)
    assert ways
    assert all("planted" in way and who in way for way in ways)

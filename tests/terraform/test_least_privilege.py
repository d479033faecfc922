"""Least privilege, on what the roots plan: each grant is needed, and no other could be added."""

from dataclasses import replace
from itertools import product

import pytest

from access.__main__ import REHEARSED
from access.calls import methods
from access.case import Case
from access.grants import Grant, opened
from access.identities import identities, table
from access.judgement import judge, objections, texts
from access.roles import spelled

COMPLETE = [("ordinary", "serving"), ("with_the_options", "behind_the_perimeter")]
"""Runs of bootstrap and of the pipeline that fit together and hold everything."""
STAGES = [
    "before_the_first_signed_image",
    "first_deployment",
    "serving",
    "canary",
    "canary_at_the_end",
    "without_the_function",
    "nobody_to_look_and_nobody_to_call",
    "through_the_network",
    "behind_the_perimeter",
]
"""Of the pipeline: from empty to canary, and with each option."""


def together(planned_runs, bootstrap, pipeline):
    return {
        "terraform/bootstrap": planned_runs["terraform/bootstrap", bootstrap],
        "terraform": planned_runs["terraform", pipeline],
    }


@pytest.fixture(scope="module", params=COMPLETE, ids=lambda runs: runs[1])
def case(request, planned_runs):
    return Case.of(together(planned_runs, *request.param), REHEARSED)


def test_every_call_is_permitted_and_every_permission_needed(case):
    assert texts(judge(case)) == ""


def test_no_grant_can_be_taken_away(case):
    """Without it, a call that is made would be refused, and judgement says which."""
    assert len(case.grants) > 50
    for grant in case.grants:
        fewer = replace(case, grants=tuple(each for each in case.grants if each is not grant))
        assert "missing" in {finding.kind for finding in judge(fewer)}, grant


def test_no_permission_can_be_taken_out_of_a_role_of_ours(case):
    """Also within a role, nothing is there for later."""
    for role, held in case.roles.items():
        if role.startswith("projects/"):
            for permission in held:
                fewer = replace(case, roles=case.roles | {role: held - {permission}})
                missing = {each.permission for each in judge(fewer) if each.kind == "missing"}
                assert spelled(permission) in missing, (role, permission)


def test_no_grant_can_be_added(case):
    """Any identity, any role that is known, anything that is planned: each is one too many."""
    objection = objections(case)
    resources = {name for _, name in case.planned} | {f"projects/{REHEARSED.project}"}
    tried = 0
    for identity, role, resource in product(case.names, case.roles, resources):
        grant = Grant(identity, role, resource, "one more")
        assert objection(grant), grant
        tried += 1
    assert tried > 50_000


@pytest.mark.parametrize("run", STAGES)
def test_at_every_stage_every_call_is_permitted(planned_runs, run):
    """Of our own identities and Google's; who the people are differs from run to run."""
    planned = planned_runs["terraform", run]
    wide = any(each.type.startswith("google_compute_") for each in planned)
    bootstrap = "with_the_options" if wide else "ordinary"
    nobody = replace(REHEARSED, people={})
    found = judge(Case.of(together(planned_runs, bootstrap, run), nobody))
    assert texts(each for each in found if each.kind == "missing") == ""


@pytest.mark.parametrize("other", ["terraform/organization", "terraform/monitoring"])
def test_the_other_roots_grant_nothing(planned_runs, other):
    found = {run: planned for (root, run), planned in planned_runs.items() if root == other}
    assert found
    for run, planned in found.items():
        assert opened(planned) == (), run


def test_the_roles_hold_permissions_that_some_method_needs(case):
    """A slip of the pen would be refused at the first apply only."""
    asked = {each for places in methods().values() for held in places.values() for each in held}
    for role, held in case.roles.items():
        if role.startswith("projects/"):
            assert {spelled(permission) for permission in held} <= asked, role


def test_every_identity_of_the_tables_has_a_grant_or_is_nobody(case):
    granted = {grant.identity for grant in case.grants}
    for name, members in identities(REHEARSED).items():
        assert set(members) <= granted, name
    assert len(table()["accounts"]) == 13

"""Least privilege both ways: too little is found, and so is too much."""

import tomllib

import pytest

from access import roles
from access.case import Case
from access.escalation import rules
from access.identities import identities, table
from access.judgement import TABLE, judge
from tests.access.plans import (
    PROJECT,
    SETTING,
    P,
    account,
    custom,
    on_project,
    planned,
    role,
    runtime,
)

ROWS = f"{PROJECT}/datasets/analytics_dataset/tables/example_table"
DATASET = {"project": P, "dataset_id": "analytics_dataset"}


GRANTS = [each.address for each in runtime() if each.type.endswith(("_iam_member", "_iam_binding"))]


def judged(*resources, without=(), joined=None):
    """Judge what runs, with more and with less; the release is not there, so leave it out."""
    plan = [each for each in runtime() if each.address not in without]
    for resource in plan:
        if joined and resource.address == joined[0]:
            resource.values["members"].append(joined[1])
    found = judge(Case.of({"terraform/bootstrap": [*plan, *resources]}, SETTING))
    absent = ("release-", "job-", "agent-")
    return [
        each
        for each in found
        if not each.identity.startswith(absent)
        and (each.kind != "stale" or each.identity == "data-owner")
    ]


def kinds(findings):
    return {(each.kind, each.identity) for each in findings}


def test_what_runs_has_what_it_needs_and_no_more():
    assert judged() == []


@pytest.mark.parametrize("grant", GRANTS)
def test_no_grant_can_be_taken_away(grant):
    assert "missing" in {each.kind for each in judged(without=[grant])}


@pytest.mark.parametrize(
    ("grant", "kind", "identity"),
    [
        (on_project("data-api", "roles/bigquery.jobUser"), "unused", "data-api"),
        (on_project("data-api", "roles/owner"), "unused", "data-api"),
        (on_project("data-api", "roles/viewer"), "unused", "data-api"),
        (on_project("data-api", custom("query_runner")), "redundant", "data-api"),
        (on_project("data-api", custom("table_reader")), "wide", "data-api"),
        (
            planned(
                "google_bigquery_dataset_iam_member.planted",
                **DATASET,
                role=custom("table_writer"),
                member=account("pubsub-to-bigquery"),
            ),
            "wide",
            "pubsub-to-bigquery",
        ),
        (on_project("stranger", custom("query_runner")), "stranger", account("stranger")),
        (
            planned(
                "google_project_iam_member.planted",
                project=P,
                role="roles/pubsub.publisher",
                member="group:operators@example.com",
            ),
            "unused",
            "operator",
        ),
        (role("left_over", "bigquery.tables.get"), "role", ""),
    ],
)
def test_too_much_is_found(grant, kind, identity):
    assert (kind, identity) in kinds(judged(grant))


@pytest.mark.parametrize("grant", [each for each in GRANTS if "_iam_binding" in each])
@pytest.mark.parametrize("identity", ["data-api", "pubsub-to-bigquery", "pubsub-push"])
def test_nobody_can_join_a_binding(grant, identity):
    """Each has the members that need it; one more, or one a second time, is found."""
    assert judged(joined=(grant, account(identity)))


def test_a_wider_grant_reaches_what_nobody_calls():
    """On the dataset, the API's role would read the quarantine too."""
    wide = planned(
        "google_bigquery_dataset_iam_member.planted",
        **DATASET,
        role=custom("table_reader"),
        member=account("data-api"),
    )
    found = judged(wide, without=["google_bigquery_table_iam_binding.readers"])
    texts = "\n".join(each.text for each in found)
    assert {"wide", "reaches"} == {each.kind for each in found}
    assert "tables/quarantine, on which it makes no such call" in texts
    assert f"only needed on {ROWS}" in texts


def test_a_planned_width_still_reaches_no_further():
    """What is excused as wide is still held against everything of that kind that is planned."""
    table = planned("google_bigquery_table.other", **DATASET, table_id="other")
    applier = role("pipeline_applier", "bigquery.tables.get")
    grant = on_project("release-apply", custom("pipeline_applier"))
    plans = {"terraform": [table], "terraform/bootstrap": [*runtime(), applier, grant]}
    found = [each for each in judge(Case.of(plans, SETTING)) if each.identity == "release-apply"]
    reached = {each.resource for each in found if each.kind == "reaches"}
    assert reached == {PROJECT}
    assert not [each for each in found if each.kind in {"wide", "unused"}]


def test_an_excuse_for_nothing_is_a_finding():
    """Without the owner's grant, the excuse for its role has nothing to excuse."""
    plan = runtime()
    plan[0].values["access"][0]["role"] = "roles/browser"
    case = Case.of({"terraform": plan}, SETTING)
    case.roles["roles/browser"] = frozenset({"resourcemanager.projects.get"})
    found = judge(case)
    assert ("stale", "data-owner") in kinds(found)
    assert ("unused", "data-owner") in kinds(found)


def test_every_excuse_is_of_known_things_and_has_a_reason():
    told = tomllib.loads(TABLE.read_text("utf-8"))
    assert told.keys() == {"justified", "wide"}
    for row in told["justified"]:
        assert set(row["identities"]) <= identities(SETTING).keys(), row
        assert set(row["on"]) <= table()["resources"].keys(), row
        assert row["reason"], row
        if row["permissions"] != ["*"]:
            assert set(row["permissions"]) < roles.permissions(roles.predefined(), row["role"]), row
    for row in told["wide"]:
        assert row["identity"] in table()["accounts"], row
        assert row["reason"], row


def test_everything_is_excused_for_people_alone():
    """Each other excuse lists its permissions, and none of them is a way to more."""
    ways = {permission for rule in rules()["rules"] for permission in rule["any"]}
    for row in tomllib.loads(TABLE.read_text("utf-8"))["justified"]:
        if "*" in row["permissions"]:
            assert set(row["identities"]) <= set(table()["people"]), row
        else:
            risky = ways.intersection(row["permissions"])
            # With an account's access token, its ID token is no more.
            assert risky <= {"iam.serviceAccounts.getOpenIdToken"}, row
            assert not risky or row["role"] == "roles/iam.workloadIdentityUser", row


def test_a_finding_says_who_what_where_and_why():
    (finding,) = judged(without=["google_cloud_run_v2_service_iam_binding.callers"])
    assert finding.text == (
        f"caller: run.routes.invoke on {PROJECT}/locations/europe-west1/services/data-api: "
        "recorded from the local pipeline needs it"
    )
    finding, *_ = judged(on_project("data-api", "roles/run.servicesInvoker"))
    assert finding.text == (
        f"data-api: run.routes.invoke on {PROJECT} (google_project_iam_member.planted): "
        "no call needs it"
    )

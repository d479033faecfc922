"""The plan that a person approves: what no approval lifts, and what a person is shown."""

import re

import pytest

from deploy.plans import candidate, controls
from deploy.plans.controls import Approved
from deploy.plans.refusal import PlanRefusedError, Reason
from deploy.plans.steps import FINISH, Move, Release
from local.layout import ROOT
from tests.deploy.plans import plans
from tests.deploy.plans.plans import API, REGISTRY, RELEASE, TABLE, VERSION
from tests.deploy.plans.test_traffic import changed

APPROVED = Approved(REGISTRY, RELEASE.images)
SUBSCRIPTION = "google_pubsub_subscription.ingest[0]"
GRANT = "google_pubsub_topic_iam_binding.publishers"
COLUMNS = '[{"name": "id", "type": "INTEGER", "mode": "REQUIRED"}]'
MORE_COLUMNS = COLUMNS[:-1] + ', {"name": "more", "type": "STRING"}]'


def check(document, release=RELEASE):
    return candidate.check(plans.parsed(document), release, APPROVED, VERSION)


def refused(document, release=RELEASE):
    with pytest.raises(PlanRefusedError) as info:
        check(document, release)
    return {each.reason for each in info.value.refusals}


def test_a_candidate_at_0_percent_is_accepted():
    assert check(plans.candidate()) == ()


def test_a_candidate_that_is_there_already_is_accepted():
    """The same commit, run again."""
    check(plans.step(Move(0)))


ENTRY = {
    "a tag": ("containers.0.image", f"{REGISTRY}/data-api:latest", Reason.IMAGE),
    "a tag beside the digest": (
        "containers.0.image",
        f"{REGISTRY}/data-api:1@sha256:{'b' * 64}",
        Reason.IMAGE,
    ),
    "no image": ("containers.0.image", None, Reason.IMAGE),
    "another registry": (
        "containers.0.image",
        f"docker.io/p/images/data-api@sha256:{'b' * 64}",
        Reason.IMAGE,
    ),
    "a registry that begins alike": (
        "containers.0.image",
        f"{REGISTRY}-of-mallory/data-api@sha256:{'b' * 64}",
        Reason.IMAGE,
    ),
    "a repository below": (
        "containers.0.image",
        f"{REGISTRY}/more/data-api@sha256:{'b' * 64}",
        Reason.IMAGE,
    ),
    "another digest": (
        "containers.0.image",
        f"{REGISTRY}/data-api@sha256:{'c' * 64}",
        Reason.IMAGE,
    ),
    "the other service's": ("containers.0.image", RELEASE.images["function"], Reason.IMAGE),
    "a second container": (
        "containers",
        [{"image": RELEASE.images["api"]}, {"image": "docker.io/library/miner:1"}],
        Reason.IMAGE,
    ),
    "no container": ("containers", [], Reason.IMAGE),
    "another revision": ("revision", "data-api-cccccccccccc", Reason.REVISION),
    "a revision that is not known": ("revision", None, Reason.REVISION),
}


@pytest.mark.parametrize("case", ENTRY)
def test_a_template_that_nobody_approved_is_refused(case):
    path, value, reason = ENTRY[case]
    document = plans.candidate()
    changed(document, f"change.after.template.0.{path}", value)
    assert reason in refused(document)


SERVICE = {
    "no policy": ("binary_authorization", [], Reason.UNSIGNED),
    "another policy": (
        "binary_authorization",
        [{"use_default": None, "policy": "projects/p/platforms/cloudRun/policies/x"}],
        Reason.UNSIGNED,
    ),
    "two policies": ("binary_authorization", [{"use_default": True}] * 2, Reason.UNSIGNED),
    "a broken glass": (
        "binary_authorization",
        [{"use_default": True, "breakglass_justification": "urgent"}],
        Reason.UNSIGNED,
    ),
    "IAM is not asked": ("invoker_iam_disabled", True, Reason.PUBLIC),
    "nobody knows whether": ("invoker_iam_disabled", None, Reason.PUBLIC),
    "some requests at once": (
        "traffic",
        plans.traffic(*RELEASE.traffic("api", Move(5))),
        Reason.TRAFFIC,
    ),
    "all requests at once": (
        "traffic",
        plans.traffic(*RELEASE.traffic("api", Move(100))),
        Reason.TRAFFIC,
    ),
    "whatever is latest": (
        "traffic",
        [{"type": "TRAFFIC_TARGET_ALLOCATION_TYPE_LATEST", "percent": 100}],
        Reason.TRAFFIC,
    ),
    "no traffic that is known": ("traffic", None, Reason.TRAFFIC),
}


@pytest.mark.parametrize("case", SERVICE)
def test_a_service_that_is_opened_is_refused(case):
    name, value, reason = SERVICE[case]
    document = plans.candidate()
    changed(document, f"change.after.{name}", value)
    assert reason in refused(document)


@pytest.mark.parametrize("case", ["no policy", "IAM is not asked"])
def test_a_service_that_stays_is_looked_at_too(case):
    name, value, reason = SERVICE[case]
    document = plans.candidate()
    changed(document, f"change.after.{name}", value)
    entry = plans.found(document)["change"]
    entry.update(before=entry["after"], actions=["no-op"])
    assert reason in refused(document)


MORE = {
    "a table is deleted": ((TABLE, {"schema": COLUMNS}, None), Reason.DELETION),
    "a dataset is deleted": (("google_bigquery_dataset.x", {}, None), Reason.DELETION),
    "a topic is deleted": (("google_pubsub_topic.x", {}, None), Reason.DELETION),
    "a subscription is deleted": ((SUBSCRIPTION, {}, None), Reason.DELETION),
    "a service is deleted": (
        ("module.old[0].google_cloud_run_v2_service.this", {}, None),
        Reason.DELETION,
    ),
    "a table is replaced": (
        (TABLE, {"schema": COLUMNS}, {"schema": COLUMNS}, ["delete", "create"]),
        Reason.ACTION,
    ),
    "a grant is forgotten": ((GRANT, {"role": "r"}, None, ["forget"]), Reason.ACTION),
    "a column goes": ((TABLE, {"schema": MORE_COLUMNS}, {"schema": COLUMNS}), Reason.COLUMNS),
    "columns nobody knows": ((TABLE, {"schema": COLUMNS}, {}), Reason.COLUMNS),
    "columns that are none": ((TABLE, {"schema": COLUMNS}, {"schema": "{"}), Reason.COLUMNS),
    "columns of another shape": ((TABLE, {"schema": COLUMNS}, {"schema": "[1]"}), Reason.COLUMNS),
    "a third service": (
        ("module.more[0].google_cloud_run_v2_service.this", None, {}),
        Reason.OTHER_RESOURCE,
    ),
    "a job": (("google_cloud_run_v2_job.x", None, {}), Reason.OTHER_RESOURCE),
    "a machine": (("google_compute_instance.x", None, {}), Reason.OTHER_RESOURCE),
    "what runs code in another way": (
        ("google_app_engine_flexible_app_version.x", None, {}),
        Reason.OTHER_RESOURCE,
    ),
    "a statement that could drop a table": (
        ("google_bigquery_job.x", None, {}),
        Reason.OTHER_RESOURCE,
    ),
    "a grant that is one text": (
        (
            "google_cloud_run_v2_service_iam_policy.x",
            None,
            {"policy_data": '{"bindings":[{"role":"r","members":["\\u0061llUsers"]}]}'},
        ),
        Reason.OTHER_RESOURCE,
    ),
    "everybody, in a text": (
        ("google_pubsub_topic.x", None, {"labels": '{"members":["allUsers"]}'}),
        Reason.PUBLIC,
    ),
    "access of another type": (
        ("google_bigquery_dataset_access.x", None, {"role": "READER"}),
        Reason.OTHER_RESOURCE,
    ),
    "a table that ends by itself": (
        (TABLE, {"schema": COLUMNS}, {"schema": COLUMNS, "expiration_time": 1767225600000}),
        Reason.DELETION,
    ),
    "a table that ends sooner": (
        (
            TABLE,
            {"schema": COLUMNS, "expiration_time": 2},
            {"schema": COLUMNS, "expiration_time": 1},
        ),
        Reason.DELETION,
    ),
    "a new table that ends by itself": (
        (TABLE, None, {"schema": COLUMNS, "expiration_time": 1767225600000}),
        Reason.DELETION,
    ),
    "tables that end by themselves": (
        ("google_bigquery_dataset.x", {}, {"default_table_expiration_ms": 3600000}),
        Reason.DELETION,
    ),
    "everybody calls": (
        ("google_cloud_run_v2_service_iam_member.x", None, {"member": "allUsers"}),
        Reason.PUBLIC,
    ),
    "everybody with an account publishes": (
        (GRANT, {"members": []}, {"members": ["user:a@example.com", "allAuthenticatedUsers"]}),
        Reason.PUBLIC,
    ),
    "everybody, in capitals": (
        (GRANT, {"members": []}, {"members": ["ALLUSERS"]}),
        Reason.PUBLIC,
    ),
    "everybody reads the dataset": (
        (
            "google_bigquery_dataset.x",
            {},
            {"access": [{"role": "READER", "special_group": "allAuthenticatedUsers"}]},
        ),
        Reason.PUBLIC,
    ),
}


@pytest.mark.parametrize("case", MORE)
def test_what_no_approval_lifts_is_refused(case):
    entry, reason = MORE[case]
    document = plans.candidate()
    document["resource_changes"].append(plans.resource(*entry))
    assert reason in refused(document)


def test_a_service_whose_creation_failed_says_what_to_do():
    document = plans.candidate()
    entry = plans.found(document)
    entry["change"]["actions"] = ["delete", "create"]
    entry["action_reason"] = "replace_because_tainted"
    assert Reason.TAINTED in refused(document)
    with pytest.raises(PlanRefusedError, match="terraform untaint"):
        check(document)


@pytest.mark.parametrize("name", ["role", "members"])
def test_a_grant_that_nobody_can_see_yet_is_refused(name):
    document = plans.candidate()
    grant = plans.resource(GRANT, None, {"role": "r"})
    grant["change"]["after_unknown"] = {name: True, "etag": True}
    document["resource_changes"].append(grant)
    assert refused(document) == {Reason.UNKNOWN}


HIDDEN = {
    "when a table ends": (TABLE, {"expiration_time": True}, Reason.DELETION),
    "who has access": (
        "google_bigquery_dataset.x",
        {"access": [{"special_group": True}]},
        Reason.UNKNOWN,
    ),
}


@pytest.mark.parametrize("case", HIDDEN)
def test_what_nobody_can_see_yet_is_refused(case):
    where, hidden, reason = HIDDEN[case]
    document = plans.candidate()
    values = {"schema": COLUMNS}
    entry = plans.resource(where, values, {**values, "description": "x"})
    entry["change"]["after_unknown"] = hidden
    document["resource_changes"].append(entry)
    assert refused(document) == {reason}


def test_what_google_fills_in_of_a_new_resource_is_no_finding():
    document = plans.candidate()
    for where, hidden in (
        (TABLE, {"expiration_time": True}),
        ("google_bigquery_dataset.x", {"access": True}),
    ):
        entry = plans.resource(where, None, {"schema": COLUMNS})
        entry["change"]["after_unknown"] = hidden
        document["resource_changes"].append(entry)
    check(document)


def test_the_types_that_a_release_applies_are_those_of_the_root():
    root = ROOT / "terraform"
    texts = [
        path.read_text("utf-8") for where in (root, root / "service") for path in where.glob("*.tf")
    ]
    used = {kind for text in texts for kind in re.findall(r'^resource "(\w+)"', text, re.MULTILINE)}
    assert {kind for kind in used if "_iam_" not in kind} == controls.KNOWN
    assert {kind for kind in used if "_iam_" in kind} <= controls.GRANTS


def test_a_new_revision_that_nobody_paired_is_refused():
    """It would serve every request before a smoke test."""
    nothing = Release(RELEASE.images, {})
    document = plans.candidate()
    for address in (API, plans.FUNCTION):
        after = plans.found(document, address)["change"]["after"]
        after["traffic"] = [
            {**after["traffic"][1], "percent": 100, "tag": None},
        ]
    assert refused(document, nothing) == {Reason.REVISION}


def test_a_service_that_does_not_change_keeps_its_requests():
    """No pair means that one revision serves, before and after."""
    document = plans.step(Move(25), FINISH)
    assert refused(document, Release(RELEASE.images, {})) == {Reason.TRAFFIC}
    check(plans.step(FINISH, Move(100)), Release(RELEASE.images, {}))


def test_an_image_that_was_verified_elsewhere_is_refused():
    """The clean-up of our registry knows nothing of it, nor does its encryption."""
    elsewhere = f"{REGISTRY}-of-mallory/data-api@sha256:{'b' * 64}"
    document = plans.candidate()
    changed(document, "change.after.template.0.containers.0.image", elsewhere)
    verified = Approved(REGISTRY, {**RELEASE.images, "api": elsewhere})
    with pytest.raises(PlanRefusedError, match="outside of the release's registry"):
        candidate.check(plans.parsed(document), RELEASE, verified, VERSION)


def test_a_service_that_is_not_in_the_plan_is_refused():
    document = plans.candidate()
    document["resource_changes"].pop(0)
    assert refused(document) == {Reason.MISSING}


SEEN = {
    "a grant more": (
        (GRANT, {"role": "r", "members": ["a"]}, {"role": "r", "members": ["a", "b"]}),
        "grants change: 1 added, 0 removed",
    ),
    "a grant goes": ((GRANT, {"role": "r", "members": ["a"]}, None), "it is deleted"),
    "the role of a grant": (
        (GRANT, {"role": "r", "members": ["a"]}, {"role": "owner", "members": ["a"]}),
        "grants change: 1 added, 1 removed",
    ),
    "a member": (
        ("google_pubsub_topic_iam_member.x", None, {"role": "r", "member": "m"}),
        "grants change: 1 added, 0 removed",
    ),
    "a column more": ((TABLE, {"schema": COLUMNS}, {"schema": MORE_COLUMNS}), "columns"),
    "a table's protection": (
        (
            TABLE,
            {"schema": COLUMNS, "deletion_protection": True},
            {"schema": COLUMNS, "deletion_protection": False},
        ),
        "protection from deletion",
    ),
    "how long rows are kept": (
        (
            TABLE,
            {"schema": COLUMNS, "time_partitioning": [{"expiration_ms": 9}]},
            {"schema": COLUMNS, "time_partitioning": [{"expiration_ms": 1}]},
        ),
        "older ones are deleted",
    ),
    "where messages go": (
        (
            SUBSCRIPTION,
            {"push_config": [{"push_endpoint": "https://a/"}]},
            {"push_config": [{"push_endpoint": "https://b/"}]},
        ),
        "where messages go",
    ),
}


@pytest.mark.parametrize("case", SEEN)
def test_what_deserves_an_eye_is_shown(case):
    entry, words = SEEN[case]
    document = plans.candidate()
    document["resource_changes"].append(plans.resource(*entry))
    shown = [str(each) for each in check(document)]
    assert any(entry[0] in line and words in line for line in shown), shown


@pytest.mark.parametrize(
    ("after", "words"),
    [
        ({"schema": COLUMNS, "num_rows": 7}, ""),
        ({"schema": MORE_COLUMNS, "num_rows": 7}, "somebody changed schema"),
        (None, "somebody deleted it"),
    ],
)
def test_what_others_changed_is_shown(after, words):
    document = plans.candidate()
    before = {"schema": COLUMNS, "num_rows": 1}
    document["resource_drift"] = [plans.resource(TABLE, before, after)]
    assert [words in str(each) for each in check(document)] == ([True] if words else [])


def test_another_identity_of_a_service_is_shown():
    document = plans.candidate()
    changed(document, "change.after.template.0.service_account", "other@p.iam.gserviceaccount.com")
    changed(document, "change.after.ingress", "INGRESS_TRAFFIC_INTERNAL_ONLY")
    assert [each.what for each in check(document)] == [
        "as whom it runs changes",
        "from where it is reached changes",
    ]

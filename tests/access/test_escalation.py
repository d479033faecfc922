"""Each known way to become more is found when it is planted, and its way is told."""

import pytest

from access import roles
from access.escalation import intended, reached, rules, search, steps
from access.identities import identities, table
from tests.access.plans import (
    PROJECT,
    REPOSITORY,
    RING,
    SETTING,
    P,
    account,
    custom,
    guarded,
    on_account,
    on_bucket,
    on_project,
    on_table,
    planned,
    role,
    runtime,
)

WHO = "pubsub-to-bigquery"
CREATOR = "roles/iam.serviceAccountTokenCreator"
KEY_GRANT = "google_kms_crypto_key_iam_member"


def found(*resources):
    """Search a small cloud with something planted; what is not planned excuses nothing."""
    plans = {"terraform/bootstrap": [*runtime(), *guarded(), *resources]}
    return [way for way in search(plans, SETTING) if "for nothing" not in way]


def test_as_it_is_nobody_becomes_more():
    assert found() == []


def on(address, granted, **where):
    return planned(address, **where, role=granted, member=account(WHO))


DEFAULT = "serviceAccount:123456789012-compute@developer.gserviceaccount.com"


def on_default(granted):
    """Grant a role on the account that Google makes for machines, an editor by default."""
    name = f"{PROJECT}/serviceAccounts/{DEFAULT.removeprefix('serviceAccount:')}"
    return on("google_service_account_iam_member.x", granted, service_account_id=name)


KEY = {"crypto_key_id": f"{RING}/cryptoKeys/attestation-1"}
PLANTED = {
    "act as": (
        [on_account("release-attest", "roles/iam.serviceAccountUser", account(WHO))],
        "starts something that runs as release-attest",
    ),
    "act as, by a role of ours": (
        [
            role("attacher", "iam.serviceAccounts.actAs"),
            on_account("release-sign", custom("attacher"), account(WHO)),
        ],
        "starts something that runs as release-sign",
    ),
    "act as, on the project": (
        [on_project(WHO, "roles/iam.serviceAccountUser")],
        "starts something that runs as release-attest",
    ),
    "token creator": (
        [on_account("release-attest", CREATOR, account(WHO))],
        "takes tokens of release-attest",
    ),
    "ID tokens alone": (
        [on_account("data-api", "roles/iam.serviceAccountOpenIdTokenCreator", account(WHO))],
        "takes tokens of data-api",
    ),
    "signing as somebody": (
        [
            role("signer", "iam.serviceAccounts.signBlob"),
            on_account("release-apply", custom("signer"), account(WHO)),
        ],
        "takes tokens of release-apply",
    ),
    "an account's policy": (
        [on_account("release-apply", "roles/iam.serviceAccountAdmin", account(WHO))],
        "iam.serviceAccounts.setIamPolicy on serviceAccounts/release-apply",
    ),
    "a key of an account": (
        [on_account("release-apply", "roles/iam.serviceAccountKeyAdmin", account(WHO))],
        "makes a key of release-apply",
    ),
    "an HMAC key": ([on_project(WHO, "roles/storage.hmacKeyAdmin")], "makes a key of release-sign"),
    "the project's policy": (
        [on_project(WHO, "roles/resourcemanager.projectIamAdmin")],
        "sets the project's policy, and so may do everything",
    ),
    "the project's policy, by a role of ours": (
        [
            role("setter", "resourcemanager.projects.setIamPolicy"),
            on_project(WHO, custom("setter")),
        ],
        "sets the project's policy, and so may do everything",
    ),
    "custom-role edit": (
        [on_project(WHO, "roles/iam.roleAdmin")],
        "adds permissions to a custom role, and so may do everything",
    ),
    "owner": ([on_project(WHO, "roles/owner")], "and so may do everything"),
    "editor": ([on_project(WHO, "roles/editor")], "and so may do everything"),
    "key admin": (
        [on(f"{KEY_GRANT}.x", "roles/cloudkms.admin", **KEY)],
        "cloudkms.cryptoKeys.setIamPolicy",
    ),
    "key ring admin": (
        [
            planned("google_kms_key_ring.x", project=P, location="europe-west1", name="pipeline-1"),
            on("google_kms_key_ring_iam_member.x", "roles/cloudkms.admin", key_ring_id=RING),
        ],
        "signs with the key, and so may sign attestations",
    ),
    "signer": (
        [on(f"{KEY_GRANT}.x", "roles/cloudkms.signer", **KEY)],
        "signs with the key, and so may sign attestations",
    ),
    "another provider": (
        [on_project(WHO, "roles/iam.workloadIdentityPoolAdmin")],
        "lets other tokens in as release-smoke",
    ),
    "the provider, by a role of ours": (
        [
            role("updater", "iam.googleapis.com/workloadIdentityPoolProviders.update"),
            on_project(WHO, custom("updater")),
        ],
        "lets other tokens in as release-smoke",
    ),
    "the policy": (
        [on_project(WHO, "roles/binaryauthorization.policyEditor")],
        "changes the policy, and so may change what Binary Authorization lets run",
    ),
    "the attestor": (
        [on_project(WHO, "roles/binaryauthorization.attestorsAdmin")],
        "gives the attestor another key",
    ),
    "the state that a person applies": (
        [on_bucket("bootstrap-state", "roles/storage.objectUser", WHO)],
        "writes the state that a person applies, and so may do everything",
    ),
    "that bucket's policy": (
        [on_bucket("bootstrap-state", "roles/storage.admin", WHO)],
        "writes the state that a person applies, and so may do everything",
    ),
    "the pipeline's state": (
        [on_bucket("pipeline-state", "roles/storage.objectUser", WHO)],
        "writes the state that is read by release-apply",
    ),
    "a plan": (
        [on_bucket("plans", "roles/storage.objectUser", WHO)],
        "puts down the plan that is applied by release-apply",
    ),
    "all buckets": (
        [on_project(WHO, "roles/storage.objectAdmin")],
        "writes the state that a person applies",
    ),
    "statements": (
        [
            on(
                "google_artifact_registry_repository_iam_member.x",
                "roles/artifactregistry.writer",
                **REPOSITORY,
                repository="attestations",
            )
        ],
        "may say anything about an image",
    ),
    "unsigned": (
        [on_project(WHO, "roles/run.developer")],
        "without the policy, and so may run an image that nobody attested",
    ),
    "a job that nobody attested": (
        [role("runner", "run.jobs.create"), on_project(WHO, custom("runner"))],
        "without the policy, and so may run an image that nobody attested",
    ),
    "images": (
        [
            on(
                "google_artifact_registry_repository_iam_member.x",
                "roles/artifactregistry.writer",
                **REPOSITORY,
                repository="images",
            )
        ],
        "pushes an image, or moves a tag, in the place of release-build",
    ),
    "tags that may move": (
        [
            role("mover", "artifactregistry.repositories.update"),
            on_project(WHO, custom("mover")),
        ],
        "pushes an image, or moves a tag, in the place of release-build",
    ),
    "a policy on a folder of a bucket": (
        [
            role("folders", "storage.managedFolders.setIamPolicy"),
            on_bucket("bootstrap-state", custom("folders"), WHO),
        ],
        "storage.managedFolders.setIamPolicy on buckets/",
    ),
    "act as an account that Google made": (
        [on_default("roles/iam.serviceAccountUser")],
        f"starts something that runs as {DEFAULT}",
    ),
    "the policy of an account that Google made": (
        [on_default("roles/iam.serviceAccountAdmin")],
        f"takes tokens of {DEFAULT}",
    ),
    "a job of GitHub's, without an account": (
        [
            planned(
                f"{KEY_GRANT}.x",
                **KEY,
                role="roles/cloudkms.signer",
                member=identities(SETTING)["job-smoke"][0],
            )
        ],
        "job-smoke signs with the key, and so may sign attestations",
    ),
    "a way over two accounts": (
        [
            on_account("release-plan", CREATOR, account(WHO)),
            on_account("release-sign", CREATOR, account("release-plan")),
        ],
        f"{WHO} takes tokens of release-plan",
    ),
    "a machine's login": (
        [
            role("login", "compute.projects.setCommonInstanceMetadata"),
            on_project(WHO, custom("login")),
        ],
        "machine that may run as an editor, and so may do everything",
    ),
    "login": ([on_project(WHO, "roles/run.sshRoot")], "logs into what runs as data-api"),
    "rows": (
        [on_table("example_table", "roles/bigquery.dataViewer", account(WHO), address="x")],
        "reads the table, and so may read rows",
    ),
    "the dataset's access list": (
        [
            role("updater", "bigquery.datasets.update"),
            on_project(WHO, custom("updater")),
        ],
        "bigquery.datasets.update on datasets/analytics_dataset",
    ),
    "the organization's rules": (
        [on_project(WHO, "roles/orgpolicy.policyAdmin")],
        "lifts a constraint or a deny policy",
    ),
    "a builder's account": (
        [role("builder", "cloudbuild.builds.create"), on_project(WHO, custom("builder"))],
        "may edit the project, and so may do everything",
    ),
    "a stranger": (
        [on_project("stranger", "roles/iam.roleAdmin")],
        f"{account('stranger')} adds permissions to a custom role",
    ),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_way_is_found(name):
    resources, said = PLANTED[name]
    assert any(said in way for way in found(*resources)), found(*resources)


SINGLE = [(rule, each) for rule in rules()["rules"] for each in rule["any"]]


@pytest.mark.parametrize(
    ("rule", "permission"), SINGLE, ids=[f"{rule['name']}-{each}" for rule, each in SINGLE]
)
def test_each_permission_of_the_table_is_a_way_by_itself(rule, permission):
    ways = found(role("single", permission), on_project(WHO, custom("single")))
    assert any(f"{WHO} {rule['does']}" in way for way in ways), ways


SETTERS = {
    "resourcemanager.projects.setIamPolicy": "sets the project's policy",
    "iam.serviceAccounts.setIamPolicy": "takes tokens of release-attest",
    "iam.workloadIdentityPools.setIamPolicy": "lets other tokens in as release-smoke",
    "cloudkms.keyRings.setIamPolicy": "signs with the key",
    "cloudkms.cryptoKeys.setIamPolicy": "signs with the key",
    "binaryauthorization.policy.setIamPolicy": "changes the policy",
    "binaryauthorization.attestors.setIamPolicy": "gives the attestor another key",
    "artifactregistry.repositories.setIamPolicy": "writes to the signing job's repository",
    "storage.buckets.setIamPolicy": "writes the state that a person applies",
    "storage.managedFolders.setIamPolicy": "puts down the plan that is applied by release-apply",
    "run.services.setIamPolicy": "logs into what runs as data-api",
    "bigquery.datasets.setIamPolicy": "reads the table",
    "bigquery.datasets.update": "reads the table",
    "bigquery.tables.setIamPolicy": "reads the table",
}


@pytest.mark.parametrize("permission", SETTERS)
def test_who_sets_a_policy_holds_what_it_can_give(permission):
    ring = planned("google_kms_key_ring.x", project=P, location="europe-west1", name="pipeline-1")
    ways = found(ring, role("single", permission), on_project(WHO, custom("single")))
    assert any(f"{WHO} {SETTERS[permission]}" in way for way in ways), ways


def test_each_permission_of_the_table_is_one_that_google_has():
    """A slip of the pen would look for what nobody can have, and find nothing for ever."""
    # Deployment Manager's are in no role of the dataset any more; the rule's source names them.
    unlisted = {each for _, each in SINGLE if each.startswith("deploymentmanager.deployments.")}
    assert len(unlisted) == 2
    assert {each for _, each in SINGLE} - roles.names() == unlisted
    assert SETTERS.keys() <= roles.names()


def test_a_way_is_told_from_the_job_to_the_worst_end():
    """The smoke test's job becomes its account, which becomes another, which signs."""
    signer = account("release-attest")
    grants = [
        on_account("release-attest", CREATOR, account("release-smoke")),
        planned(f"{KEY_GRANT}.x", **KEY, role="roles/cloudkms.signer", member=signer),
    ]
    (way,) = [each for each in found(*grants) if "attest" in each]
    assert way.split(", then ") == [
        "job-smoke takes tokens of release-smoke",
        (
            "release-smoke takes tokens of release-attest (iam.serviceAccounts.getAccessToken on "
            f"serviceAccounts/release-attest@{P}.iam.gserviceaccount.com: "
            f"google_service_account_iam_binding.planted, {CREATOR})"
        ),
        "release-attest signs with the key, and so may sign attestations",
    ]


def test_a_policy_further_up_holds_all_that_is_in_it():
    plans = {"terraform": [*runtime(), *guarded(), on_project(WHO, "roles/owner")]}
    found_steps = steps(plans, SETTING)
    assert set(rules()["goals"]) <= reached(WHO, found_steps)
    assert "release-attest" in reached(WHO, found_steps)


def test_a_step_that_is_intended_is_not_by_any_other_rule():
    """Apply may start the API; it may not take its tokens."""
    grant = on_account("data-api", CREATOR, account("release-apply"))
    (way,) = found(grant)
    assert "release-apply takes tokens of data-api" in way
    acting = on_account("data-api", "roles/iam.serviceAccountUser", account("release-apply"))
    assert found(acting) == []


def test_people_are_not_where_a_way_begins():
    owner = planned(
        "google_project_iam_member.x", project=P, role="roles/owner", member="user:a@example.com"
    )
    assert found(owner) == []


def test_an_intended_step_that_is_not_there_is_told():
    plans = {"terraform": [*runtime(), *guarded()]}
    told = [way for way in search(plans, SETTING) if "for nothing" in way]
    there = {(step.source, step.target, step.rule) for step in steps(plans, SETTING)}
    assert len(told) == len(intended() - there)
    assert "escalation.toml excuses release-attest -> signing by sign for nothing" in told


def test_the_tables_speak_of_known_things():
    known = {rule["name"] for rule in rules()["rules"]}
    goals = rules()["goals"].keys()
    for rule in rules()["rules"]:
        assert rule["source"].startswith("https://"), rule
        assert rule["on"].startswith("google_") or rule["on"] in {"project", *table()["resources"]}
        gains = rule["gains"]
        named = gains if isinstance(gains, list) else []
        assert set(named) <= identities(SETTING).keys()
        assert named or gains in {"itself", "runs", "federated", *goals}, rule
    for source, target, by in intended():
        assert source in identities(SETTING)
        assert target in identities(SETTING) or target in goals
        assert by in known
    assert all(row["reason"] for row in rules()["intended"])
    assert PROJECT.endswith(P)

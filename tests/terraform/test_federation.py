"""Federation as planned: which GitHub token gets which identity, and that no other does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.__main__ import REHEARSED
from access.federation import Provider, Refusal, exchange
from access.grants import opened
from access.identities import table

ISSUER = "https://token.actions.githubusercontent.com"
POOL = f"projects/{REHEARSED.number}/locations/global/workloadIdentityPools/{REHEARSED.pool}"
AUDIENCE = f"https://iam.googleapis.com/{POOL}/providers/github"
MAIN = "@refs/heads/main"
FOLDER = "acme/pipeline/.github/workflows/"


def token(name="build", **changes):
    """Write the claims of a job of the release, as GitHub does; None takes a claim away.

    Source: https://docs.github.com/en/actions/reference/security/oidc
    """
    job = table()["jobs"][name]
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": f"repo:acme@1234567/pipeline@987654321:environment:{job['environment']}",
        "jti": "0f8e7c1c-6f3f-4f8b-9f32-1d6b8f6f0a01",
        "exp": 1795600000,
        "iat": 1795599700,
        "nbf": 1795599400,
        "actor": "octocat",
        "actor_id": "583231",
        "base_ref": "",
        "check_run_id": "55555555555",
        "environment": job["environment"],
        "event_name": job["event"],
        "head_ref": "",
        "job_workflow_ref": f"{FOLDER}{job['workflow']}{MAIN}",
        "job_workflow_sha": "a" * 40,
        "ref": "refs/heads/main",
        "ref_protected": "true",
        "ref_type": "branch",
        "repository": "acme/pipeline",
        "repository_id": "987654321",
        "repository_owner": "acme",
        "repository_owner_id": "1234567",
        "repository_visibility": "public",
        "run_attempt": "1",
        "run_id": "19283746501",
        "run_number": "42",
        "runner_environment": "github-hosted",
        "sha": "a" * 40,
        "workflow": "Release",
        "workflow_ref": f"{FOLDER}release.yml{MAIN}",
        "workflow_sha": "a" * 40,
    }
    return {key: value for key, value in {**claims, **changes}.items() if value is not None}


@pytest.fixture(scope="module")
def planned(planned_runs):
    return planned_runs["terraform/bootstrap", "ordinary"]


@pytest.fixture(scope="module")
def provider(planned):
    """The one provider; another in the same pool would share its principalSets."""
    (resource,) = [
        each for each in planned if each.type == "google_iam_workload_identity_pool_provider"
    ]
    return Provider.of(resource, REHEARSED.number)


@pytest.fixture(scope="module")
def grants(planned):
    return opened(planned)


@pytest.fixture(scope="module")
def identity(provider, grants):
    """Name the accounts that a token becomes, without the project; none if it is refused."""

    def become(claims):
        result = exchange(claims, provider, grants)
        if isinstance(result, Refusal):
            return set()
        return {name.split("@")[0] for name in result}

    return become


@pytest.mark.parametrize("name", table()["jobs"])
def test_each_job_gets_its_own_identity_alone(identity, name):
    assert identity(token(name)) == {f"release-{name}"}


CONDITION = {
    "fork: pull request": {
        "event_name": "pull_request",
        "ref": "refs/pull/7/merge",
        "sub": "repo:acme/pipeline:pull_request",
        "head_ref": "patch-1",
        "base_ref": "main",
    },
    "same repository: pull request": {"event_name": "pull_request", "ref": "refs/pull/8/merge"},
    "pull_request_target, whose ref is main": {"event_name": "pull_request_target"},
    "workflow_run after a fork's pull request": {"event_name": "workflow_run"},
    "issue_comment, whose ref is main": {"event_name": "issue_comment"},
    "workflow_dispatch": {"event_name": "workflow_dispatch"},
    "repository_dispatch": {"event_name": "repository_dispatch"},
    "merge queue": {
        "event_name": "merge_group",
        "ref": "refs/heads/gh-readonly-queue/main/pr-7-" + "a" * 40,
    },
    "another repository of the owner": {
        "repository": "acme/other",
        "repository_id": "987654322",
        "job_workflow_ref": f"{FOLDER}build.yml{MAIN}",
    },
    "a fork, on its own main": {
        "repository": "mallory/pipeline",
        "repository_id": "555",
        "repository_owner": "mallory",
        "repository_owner_id": "666",
    },
    "a re-created repository of the same name": {"repository_id": "999999999"},
    "a re-created owner of the same name": {"repository_owner_id": "7654321"},
    "transferred to another owner": {
        "repository": "globex/pipeline",
        "repository_owner": "globex",
        "repository_owner_id": "42",
    },
    "another branch": {"ref": "refs/heads/feature"},
    "a branch that begins like main": {"ref": "refs/heads/main2"},
    "a branch called refs/heads/main": {"ref": "refs/heads/refs/heads/main"},
    "a tag called main": {"ref": "refs/tags/main", "ref_type": "tag"},
    "a tag, its ref as a branch's": {"ref_type": "tag"},
    "a release's tag": {"ref": "refs/tags/v1.0.0", "ref_type": "tag", "event_name": "release"},
    "self-hosted runner": {"runner_environment": "self-hosted"},
    "no runner environment": {"runner_environment": None},
    "ref in capitals": {"ref": "refs/heads/Main"},
    "ref with a space": {"ref": "refs/heads/main "},
    "ref with a line break": {"ref": "refs/heads/main\n"},
    "ref with a look-alike": {"ref": "refs/heads/m\u0430in"},
    "event in capitals": {"event_name": "Push"},
    "event with a space": {"event_name": "push "},
    "two events": {"event_name": ["push"]},
    "owner's id with a zero before it": {"repository_owner_id": "01234567"},
    "owner's id as a number": {"repository_owner_id": 1234567},
    "no ref": {"ref": None},
    "no event": {"event_name": None},
    "no owner's id": {"repository_owner_id": None},
}
"""Refused whatever the job, by the provider itself: no binding has to be right for it."""
NOT_MAPPED = Refusal("attribute.job cannot be mapped")
"""Of a token that lacks a claim which the job's attribute is made of."""
WRONG_TOKEN = {
    "another issuer": {"iss": "https://gitlab.com"},
    "an enterprise's own issuer": {"iss": f"{ISSUER}/acme"},
    "the issuer with a slash": {"iss": f"{ISSUER}/"},
    "a token for another audience": {"aud": "https://github.com/acme"},
    "a token for another provider": {"aud": f"https://iam.googleapis.com/{POOL}/providers/x"},
    "a token for Sigstore": {"aud": "sigstore"},
    "repository id as a number": {"repository_id": 987654321},
    "no repository id": {"repository_id": None},
    "no run": {"run_id": None},
    "no job_workflow_ref": {"job_workflow_ref": None},
    "environment null": {"environment": ["build"]},
    "an absurd run": {"run_id": "1" * 128},
}
NOBODYS_JOB = {
    "another workflow of ours": {"job_workflow_ref": f"{FOLDER}other.yml{MAIN}"},
    "not called as a reusable workflow": {"job_workflow_ref": f"{FOLDER}release.yml{MAIN}"},
    "another repository's reusable workflow": {
        "job_workflow_ref": f"mallory/pipeline/.github/workflows/build.yml{MAIN}"
    },
    "our reusable workflow at a branch": {
        "job_workflow_ref": f"{FOLDER}build.yml@refs/heads/feature"
    },
    "our reusable workflow at a tag": {"job_workflow_ref": f"{FOLDER}build.yml@refs/tags/main"},
    "our reusable workflow at a commit": {"job_workflow_ref": f"{FOLDER}build.yml@{'a' * 40}"},
    "a renamed owner, the id being the same": {
        "repository": "acme-corp/pipeline",
        "job_workflow_ref": f"acme-corp/pipeline/.github/workflows/build.yml{MAIN}",
    },
    "workflow in capitals": {"job_workflow_ref": f"{FOLDER}Build.yml{MAIN}"},
    "another ending": {"job_workflow_ref": f"{FOLDER}build.yaml{MAIN}"},
    "no environment": {"environment": None},
    "an environment called none": {"environment": "none"},
    "an empty environment": {"environment": ""},
    "another environment": {"environment": "staging"},
    "another job's environment": {"environment": "production"},
    "environment in capitals": {"environment": "BUILD"},
    "environment with a space": {"environment": "build "},
    "environment with a look-alike": {"environment": "bu\u0456ld"},
    "on a schedule": {"event_name": "schedule"},
    "environment that holds the rest": {"environment": "build:refs/heads/main:push"},
    "workflow that holds the environment": {
        "job_workflow_ref": f"{FOLDER}build.yml{MAIN}:build",
        "environment": None,
    },
    "workflow that holds the rest": {
        "job_workflow_ref": f"{FOLDER}build.yml{MAIN}:build:refs/heads/main:push",
    },
}
"""The provider lets them in, and nobody is there for them."""


@pytest.mark.parametrize("case", CONDITION)
@pytest.mark.parametrize("name", table()["jobs"])
def test_what_the_condition_refuses_gets_nothing(provider, grants, case, name):
    result = exchange(token(name, **CONDITION[case]), provider, grants)
    assert result in {Refusal("the condition is not met"), NOT_MAPPED}


@pytest.mark.parametrize("case", WRONG_TOKEN)
def test_what_is_no_token_of_ours_gets_nothing(identity, case):
    assert identity(token(**WRONG_TOKEN[case])) == set()


@pytest.mark.parametrize("case", NOBODYS_JOB)
def test_a_job_that_nobody_expects_gets_nothing(provider, grants, case):
    result = exchange(token(**NOBODYS_JOB[case]), provider, grants)
    assert result == Refusal("none of our accounts is for this job")


@pytest.mark.parametrize(
    "changes",
    [
        {"sub": "repo:acme/pipeline:environment:build"},
        {"sub": "repo:acme@1234567/pipeline@987654321:environment:build"},
        {"sub": "repository_owner_id:1234567"},
        {"sub": None},
        {"sub": "x" * 500},
        {"actor": "somebody-else", "actor_id": "2"},
        {"run_attempt": "17"},
        {"workflow_ref": f"{FOLDER}other.yml{MAIN}"},
        {"repository_visibility": "private"},
        {"a_claim_of_next_year": {"nested": [1, 2, None]}},
    ],
)
def test_what_can_be_customised_or_does_not_matter_changes_nothing(identity, changes):
    """Among it `sub`: older or immutable, customised, long. What calls a reusable workflow too."""
    assert identity(token(**changes)) == {"release-build"}


def test_a_job_never_has_another_jobs_identity_whatever_one_claim_says(identity):
    """Swap each part of the attribute for each other job's."""
    for name in table()["jobs"]:
        for other in table()["jobs"].values():
            swaps = [
                {"job_workflow_ref": f"{FOLDER}{other['workflow']}{MAIN}"},
                {"environment": other["environment"]},
                {"event_name": other["event"]},
            ]
            for swap in swaps:
                assert identity(token(name, **swap)) <= {f"release-{name}"}, (name, swap)


PARTS = st.lists(
    st.sampled_from([":", "build", "none", "push", "refs/heads/main", f"{FOLDER}build.yml", MAIN]),
    max_size=6,
).map("".join)
EXPECTED = {
    (f"{FOLDER}{job['workflow']}{MAIN}", job["environment"], job["event"]): f"release-{name}"
    for name, job in table()["jobs"].items()
}


@given(
    workflow=PARTS | st.sampled_from([workflow for workflow, _, _ in EXPECTED]),
    environment=PARTS
    | st.none()
    | st.sampled_from([environment for _, environment, _ in EXPECTED]),
    event=st.sampled_from(["push", "schedule"]),
)
def test_no_two_jobs_share_an_attribute(identity, workflow, environment, event):
    """Repository id and ref are fixed by the condition, the event nearly; two parts are free.

    What a grant names has one colon between those two, so no other two texts join to the same,
    with however many colons and pieces of the rest in them.
    """
    claims = token(job_workflow_ref=workflow, environment=environment, event_name=event)
    expected = EXPECTED.get((workflow, environment, event))
    assert identity(claims) == ({expected} if expected else set())


def test_no_jobs_environment_is_the_word_for_none():
    assert "none" not in {environment for _, environment, _ in EXPECTED}
    assert not any(":" in workflow + environment for workflow, environment, _ in EXPECTED)


def test_long_names_still_fit(planned_runs):
    """The longest owner and repository that GitHub allows."""
    planned = planned_runs["terraform/bootstrap", "everything_on"]
    (resource,) = [each for each in planned if each.type.endswith("_pool_provider")]
    longest = Provider.of(resource, REHEARSED.number)
    bound = {
        grant.identity.split("attribute.job/")[1]: grant
        for grant in opened(planned)
        if "attribute.job/" in grant.identity
    }
    assert len(bound) == len(table()["jobs"])
    for value, grant in bound.items():
        repository_id, workflow, environment, ref, event = value.split(":")
        claims = token(
            repository_id=repository_id,
            repository_owner_id="8",
            job_workflow_ref=workflow,
            environment=environment,
            ref=ref,
            event_name=event,
            aud=f"https://iam.googleapis.com/{longest.name}",
            run_id="9" * 20,
        )
        assert exchange(claims, longest, [grant]) == {grant.resource.rsplit("/", 1)[1]}

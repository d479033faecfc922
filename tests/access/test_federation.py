"""A token is exchanged as Google would: in doubt it is refused."""

import pytest

from access.federation import Provider, Refusal, exchange
from access.grants import Grant
from access.kinds import UnknownError
from tests.access.plans import P, account, planned

NUMBER = "123456789012"
POOL = f"projects/{NUMBER}/locations/global/workloadIdentityPools/github-1"
ISSUER = "https://token.actions.githubusercontent.com"
MAPPING = {
    "google.subject": "assertion.repository_id + ':' + assertion.run_id",
    "attribute.job": "assertion.repository_id + ':' + (has(assertion.environment) ? "
    "assertion.environment : 'none')",
}
CLAIMS = {
    "iss": ISSUER,
    "aud": f"https://iam.googleapis.com/{POOL}/providers/github",
    "repository_id": "7",
    "run_id": "1",
    "environment": "build",
    "ref": "refs/heads/main",
}
BUILD = f"projects/{P}/serviceAccounts/{account('release-build').removeprefix('serviceAccount:')}"


def provider(**changes):
    """Read a planned provider with something else about it."""
    values = {
        "project": P,
        "workload_identity_pool_id": "github-1",
        "workload_identity_pool_provider_id": "github",
        "attribute_mapping": MAPPING,
        "attribute_condition": "assertion.ref == 'refs/heads/main'",
        "oidc": [{"issuer_uri": ISSUER, "allowed_audiences": None}],
    }
    resource = planned("google_iam_workload_identity_pool_provider.x", **(values | changes))
    return Provider.of(resource, NUMBER)


def grant(value="7:build", resource=BUILD, role="roles/iam.workloadIdentityUser", pool=POOL):
    member = f"principalSet://iam.googleapis.com/{pool}/attribute.job/{value}"
    return Grant(member, role, resource, "address")


def exchanged(claims=(), grants=(), **changes):
    """Present a token with other claims; None takes a claim away."""
    token = {key: value for key, value in {**CLAIMS, **dict(claims)}.items() if value is not None}
    return exchange(token, provider(**changes), [grant(), *grants])


def test_a_token_of_the_job_becomes_its_account():
    assert exchanged() == {f"release-build@{P}.iam.gserviceaccount.com"}


@pytest.mark.parametrize(
    ("claims", "reason"),
    [
        ({"iss": None}, "another issuer"),
        ({"iss": f"{ISSUER}/"}, "another issuer"),
        ({"iss": f"{ISSUER}/acme"}, "another issuer"),
        ({"iss": ISSUER.upper()}, "another issuer"),
        ({"aud": None}, "another audience"),
        ({"aud": "https://github.com/acme"}, "another audience"),
        ({"aud": f"https://iam.googleapis.com/{POOL}/providers/other"}, "another audience"),
        ({"aud": [CLAIMS["aud"]]}, "another audience"),
        ({"run_id": None}, "google.subject cannot be mapped"),
        ({"run_id": 1}, "google.subject cannot be mapped"),
        ({"run_id": ["1"]}, "google.subject cannot be mapped"),
        ({"run_id": "1" * 126}, "a subject of more than 127 bytes"),
        ({"run_id": "é" * 63}, "a subject of more than 127 bytes"),
        ({"environment": 3}, "attribute.job cannot be mapped"),
        ({"environment": {"name": "build"}}, "attribute.job cannot be mapped"),
        ({"environment": "b" * 4096}, "attributes of more than 4096 bytes"),
        ({"ref": None}, "the condition is not met"),
        ({"ref": "refs/heads/other"}, "the condition is not met"),
        ({"ref": True}, "the condition is not met"),
        ({"extra": float("nan"), "odd": {1, 2}}, "claims that are no JSON"),
        ({"environment": None}, "none of our accounts"),
        ({"environment": ""}, "none of our accounts"),
        ({"environment": "Build"}, "none of our accounts"),
        ({"repository_id": "8"}, "none of our accounts"),
    ],
)
def test_what_is_wrong_about_a_token_refuses_it(claims, reason):
    result = exchanged(claims)
    assert isinstance(result, Refusal)
    assert reason in result.reason


def test_a_subject_of_127_bytes_fits():
    assert exchanged({"run_id": "1" * 125})


@pytest.mark.parametrize(
    "elsewhere",
    [
        grant(pool=POOL.replace("github-1", "github-2")),
        grant(pool=POOL.replace(NUMBER, "1")),
        grant(role="roles/browser"),
        grant(value="7:build/x"),
        grant(value="7"),
        Grant("user:a@example.com", "roles/iam.workloadIdentityUser", BUILD, "address"),
    ],
)
def test_a_grant_to_others_is_none_to_this_token(elsewhere):
    assert isinstance(exchange(CLAIMS, provider(), [elsewhere]), Refusal)


def test_a_grant_on_everything_is_seen():
    """On the project, the role would be on each account in it."""
    assert f"projects/{P}" in exchanged(grants=[grant(resource=f"projects/{P}")])


def test_two_accounts_of_one_job_are_both_told():
    other = grant(resource=BUILD.replace("build", "sign"))
    assert len(exchanged(grants=[other])) == 2


def test_named_audiences_replace_the_providers_own():
    named = [{"issuer_uri": ISSUER, "allowed_audiences": ["sts"]}]
    assert isinstance(exchanged(oidc=named), Refusal)
    assert exchanged({"aud": "sts"}, oidc=named)


def test_the_audience_may_stand_without_https():
    assert exchanged({"aud": f"//iam.googleapis.com/{POOL}/providers/github"})


def test_a_disabled_provider_exchanges_nothing():
    assert exchanged(disabled=True) == Refusal("the provider is disabled")


def test_the_condition_sees_what_was_mapped():
    assert exchanged(attribute_condition="assertion.ref != '' && attribute.job == '7:build'")
    refused = exchanged(attribute_condition="assertion.ref != '' && attribute.job == '8:build'")
    assert refused == Refusal("the condition is not met")


def test_a_condition_must_be_true_and_not_only_something():
    assert isinstance(exchanged(attribute_condition="assertion.ref"), Refusal)


@pytest.mark.parametrize(
    "changes",
    [
        {"attribute_condition": None},
        {"attribute_condition": ""},
        {"attribute_condition": "true"},
        {"attribute_condition": "assertion.ref =="},
        {"attribute_condition": "assertion.sub.split('@')[0] == 'x'"},
        {"attribute_condition": "assertion.groups.exists(g, g == 'x')"},
        {"attribute_condition": "assertion.sub.extract('{x}@') == 'x'"},
        {"attribute_condition": "int(assertion.repository_id) == 7"},
        {"attribute_condition": "assertion.ref == '" + "x" * 4096 + "'"},
        {"attribute_mapping": None},
        {"attribute_mapping": {"attribute.job": "assertion.ref"}},
        {"attribute_mapping": MAPPING | {"attribute.x": "assertion.sub.split('@')[0]"}},
        {"attribute_mapping": MAPPING | {"attribute.x": "'" + "x" * 2048 + "'"}},
        {"oidc": []},
        {"oidc": [{"issuer_uri": None}]},
        {"workload_identity_pool_id": None},
        {"workload_identity_pool_provider_id": None},
    ],
)
def test_a_provider_that_google_would_refuse_or_we_cannot_judge_is_an_error(changes):
    """Among them functions that this CEL knows and Google's does not, the other way round too."""
    with pytest.raises(UnknownError):
        provider(**changes)

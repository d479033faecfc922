"""The stand-in for GitHub's issuer signs what it is asked, in the shape that Fulcio reads."""

import jwt
import pytest
import requests

from local.issuer import Issuer
from local.release.workflow_identity import REQUEST_TOKEN, WorkflowRun, application, environment
from local.serving import serving


@pytest.fixture
def issuer_url():
    with serving(application(Issuer())) as url:
        yield url


def ask(issuer_url, run, given=REQUEST_TOKEN):
    url = environment(issuer_url, run)["ACTIONS_ID_TOKEN_REQUEST_URL"] + "&audience=sigstore"
    return requests.get(url, headers={"Authorization": f"bearer {given}"}, timeout=5)


@pytest.mark.parametrize(
    "run",
    [
        WorkflowRun(),
        WorkflowRun(commit="a" * 40 + "+changes"),
        WorkflowRun(ref="refs/pull/7/merge", event="pull_request"),
    ],
)
def test_a_token_says_which_run_asked_and_is_signed(issuer_url, run):
    token = ask(issuer_url, run).json()["value"]
    found = requests.get(f"{issuer_url}/.well-known/openid-configuration", timeout=5).json()
    assert found["issuer"] == issuer_url
    key = jwt.PyJWKClient(found["jwks_uri"]).get_signing_key_from_jwt(token)
    claims = jwt.decode(token, key, algorithms=["RS256"], audience="sigstore", issuer=issuer_url)
    assert claims["job_workflow_ref"] == run.workflow_ref
    assert claims["sha"] == run.commit
    assert claims["event_name"] == run.event
    assert claims["sub"] == f"repo:{run.repository}:ref:{run.ref}"
    assert run.identity == f"https://github.com/{claims['job_workflow_ref']}"


def test_who_is_no_run_gets_no_token(issuer_url):
    assert ask(issuer_url, WorkflowRun(), given="guessed").status_code == 401


def test_names_that_differ_have_numbers_that_differ():
    ours, theirs = WorkflowRun(), WorkflowRun(repository="example-org/another")
    assert ours.claims()["repository_id"] != theirs.claims()["repository_id"]
    assert ours.claims()["repository_owner_id"] == theirs.claims()["repository_owner_id"]

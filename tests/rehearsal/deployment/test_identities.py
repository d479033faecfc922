"""From a job of the workflow to a token: what the plan binds, as the job stands in the YAML."""

import subprocess
import sys
from dataclasses import replace

import pytest

from access.federation import ROLE, Provider
from access.grants import Grant
from local.layout import ROOT
from local.release.workflow_identity import REQUEST_TOKEN
from rehearsal.deployment.identities import GITHUB, Identities, Run
from rehearsal.deployment.network import Network
from rehearsal.deployment.permits import Permits
from rehearsal.workflows.standins import FOLDER

POOL = "projects/123456789012/locations/global/workloadIdentityPools/github-1"
NAME = f"{POOL}/providers/github"
REPOSITORY = "example-org/hardened-data-pipeline"
ACCOUNT = "release-sign@local-pipeline.iam.gserviceaccount.com"
JOB = f"{REPOSITORY}/.github/workflows/sign.yml@refs/heads/main:sign"
PROVIDER = Provider(
    name=NAME,
    issuer=GITHUB,
    audiences=(),
    mapping={
        "google.subject": "assertion.run_id",
        "attribute.job": "assertion.job_workflow_ref + ':' + assertion.environment",
    },
    condition="assertion.ref == 'refs/heads/main'",
)
MEMBER = f"principalSet://iam.googleapis.com/{POOL}/attribute.job/{JOB}"
GRANTS = (Grant(MEMBER, ROLE, f"projects/local-pipeline/serviceAccounts/{ACCOUNT}", "x"),)


@pytest.fixture
def identities():
    made = Identities(Permits(), PROVIDER, GRANTS, lambda email, audience: f"{email} {audience}")
    made.run = Run(ROOT, REPOSITORY, "c" * 40, 7, 2)
    made.sigstore = "http://127.0.0.1:1"
    return made


@pytest.fixture
def become(identities, tmp_path):
    """Run the stand-in of the action as a job does; gives its status and what it left."""

    def run(origin="sign.yml sign", **changes):
        files = {name: tmp_path / name for name in ("GITHUB_OUTPUT", "GITHUB_ENV")}
        given = {
            "REHEARSAL_ORIGIN": origin,
            "REHEARSAL_REQUEST_TOKEN": REQUEST_TOKEN,
            "PROVIDER_NAME": NAME,
            "ACCOUNT": ACCOUNT,
            "FORMAT": "access_token",
            "AUDIENCE": "",
            "EMAIL": "false",
            "FILE": "false",
            "EXPORTED": "false",
            **{name: str(path) for name, path in files.items()},
            **changes,
        }
        hosts = {
            "token.actions.githubusercontent.com": identities.github,
            "sts.googleapis.com": identities.sts,
            "iamcredentials.googleapis.com": identities.accounts,
        }
        with Network(tmp_path / "network", hosts) as network:
            done = subprocess.run(
                [sys.executable, FOLDER / "google-github-actions" / "auth" / "become.py"],
                env={**network.environment(), **given},
                capture_output=True,
                text=True,
                check=False,
            )
        left = "".join(path.read_text("utf-8") for path in files.values() if path.exists())
        return done.returncode, done.stdout + done.stderr, left

    return run


def test_a_job_becomes_the_account_that_is_bound_to_it(become, identities):
    status, said, left = become()
    assert status == 0, said
    token = left.partition("access_token=")[2].split()[0]
    assert identities._permits.account(token) == "release-sign"
    assert "workflow=sign.yml" in left


def test_an_id_token_is_for_one_audience(become):
    status, said, left = become(FORMAT="id_token", AUDIENCE="https://x.internal", EMAIL="true")
    assert status == 0, said
    assert f"id_token={ACCOUNT} https://x.internal" in left


@pytest.mark.parametrize(
    ("origin", "changes", "said"),
    [
        ("build.yml push", {}, "none of our accounts is for this job"),
        ("build.yml images", {}, "no `id-token: write`"),
        ("sign.yml sign", {"ACCOUNT": ACCOUNT.replace("sign", "apply")}, "403"),
        ("sign.yml sign", {"PROVIDER_NAME": f"{POOL}/providers/other"}, "another audience"),
        ("sign.yml sign", {"REHEARSAL_REQUEST_TOKEN": "stolen"}, "401"),
        ("sign.yml sign", {"FILE": "true"}, "a credential in a file"),
        ("sign.yml sign", {"FORMAT": ""}, "no token was asked for"),
        ("sign.yml sign", {"FORMAT": "id_token", "AUDIENCE": "x"}, "its audience or e-mail"),
    ],
    ids=["job", "no-right", "account", "provider", "request", "file", "format", "e-mail"],
)  # fmt: skip
def test_whatever_else_a_job_asks_for_is_refused(become, origin, changes, said):
    status, told, left = become(origin, **changes)
    assert status == 1
    assert said in told
    assert not {"access_token", "id_token"} & {line.partition("=")[0] for line in left.split()}


def test_the_claims_are_those_of_the_workflows_text(identities):
    claims = identities.claims("apply.yml apply")
    assert claims["environment"] == "production"
    assert claims["job_workflow_ref"] == f"{REPOSITORY}/.github/workflows/apply.yml@refs/heads/main"
    assert claims["workflow_ref"] == f"{REPOSITORY}/.github/workflows/deploy.yml@refs/heads/main"
    assert (claims["run_id"], claims["run_attempt"]) == ("7", "2")
    identities.run = replace(identities.run, commit="d" * 40)
    assert identities.claims("apply.yml apply")["sha"] == "d" * 40

"""Stands in for GitHub's token issuer: what a workflow's run is told about itself, signed.

Whoever can reach it is any workflow of any repository, so it listens on loopback alone and nothing
outside of this machine may trust its keys.
Source: https://docs.github.com/en/actions/reference/security/oidc
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from local.issuer import Issuer, number_of

AUDIENCE = "sigstore"
REQUEST_TOKEN = "given-to-the-run"  # noqa: S105 # nosec B105 - GitHub's is a secret; here everybody may ask
REPOSITORY = "example-org/hardened-data-pipeline"
COMMIT = "0" * 40


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowRun:
    """One run of a workflow: who asks for a token."""

    repository: str = REPOSITORY
    workflow: str = "release.yml"
    ref: str = "refs/heads/main"
    commit: str = COMMIT
    event: str = "push"

    @property
    def workflow_ref(self) -> str:
        """What names a workflow in a token."""
        return f"{self.repository}/.github/workflows/{self.workflow}@{self.ref}"

    @property
    def identity(self) -> str:
        """What a certificate says of who signed, and what a verification has to ask for."""
        return f"https://github.com/{self.workflow_ref}"

    def claims(self) -> dict[str, str]:
        """Write the claims that Fulcio copies into the certificate."""
        owner = self.repository.partition("/")[0]
        return {
            "sub": f"repo:{self.repository}:ref:{self.ref}",
            "ref": self.ref,
            "ref_type": "tag" if self.ref.startswith("refs/tags/") else "branch",
            "sha": self.commit,
            "repository": self.repository,
            "repository_id": number_of(self.repository),
            "repository_owner": owner,
            "repository_owner_id": number_of(owner),
            "repository_visibility": "public",
            "run_id": "1",
            "run_attempt": "1",
            "workflow": self.workflow,
            "workflow_ref": self.workflow_ref,
            "workflow_sha": self.commit,
            "job_workflow_ref": self.workflow_ref,
            "job_workflow_sha": self.commit,
            "event_name": self.event,
            "runner_environment": "github-hosted",
        }


def application(issuer: Issuer) -> web.Application:
    """Serve discovery, keys and tokens; a run's facts come as query parameters of the request."""

    async def discovery(request: web.Request) -> web.Response:
        here = _address(request)
        return web.json_response(
            {
                "issuer": here,
                "jwks_uri": f"{here}/jwks",
                "response_types_supported": ["id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
            }
        )

    async def keys(_request: web.Request) -> web.Response:
        return web.json_response(issuer.key_set())

    async def token(request: web.Request) -> web.Response:
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer" or given != REQUEST_TOKEN:
            raise web.HTTPUnauthorized
        asked = dict(request.query)
        audience = asked.pop("audience", AUDIENCE)
        claims = WorkflowRun(**asked).claims()
        signed = issuer.sign({"iss": _address(request), "aud": audience, **claims})
        return web.json_response({"value": signed})

    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", discovery)
    app.router.add_get("/jwks", keys)
    app.router.add_get("/token", token)
    return app


def _address(request: web.Request) -> str:
    return f"http://{request.host}"


def environment(issuer_url: str, run: WorkflowRun) -> dict[str, str]:
    """Write what GitHub puts into a run's environment, where cosign looks for it."""
    facts = {
        "repository": run.repository,
        "workflow": run.workflow,
        "ref": run.ref,
        "commit": run.commit,
        "event": run.event,
    }
    return {
        "GITHUB_ACTIONS": "true",
        "ACTIONS_ID_TOKEN_REQUEST_URL": f"{issuer_url}/token?{urlencode(facts)}",
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN": REQUEST_TOKEN,
    }

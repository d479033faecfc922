"""From a job of the workflow to an access token: GitHub's, Google's exchange, the account's.

What a job may become is not written here: the planned provider and bindings decide, by the claims
that follow from the workflows of the tree (access/federation.py).
"""

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jwt
import yaml
from aiohttp import web
from jwt import PyJWTError

from access.federation import Provider, Refusal, exchange
from access.grants import Grant
from local.issuer import Issuer
from local.release.workflow_identity import REQUEST_TOKEN, WorkflowRun
from rehearsal.deployment.permits import Permits, bearer

GITHUB = "https://token.actions.githubusercontent.com"
FOLDER = Path(".github", "workflows")
CALLER = "deploy.yml"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the release's workflow."""

    tree: Path
    repository: str
    commit: str
    run_id: int
    attempt: int


class Identities:
    """GitHub's issuer, the exchange and the accounts' tokens."""

    def __init__(
        self,
        permits: Permits,
        provider: Provider,
        grants: tuple[Grant, ...],
        google: Callable[[str, str], str],
    ) -> None:
        """Decide by what is planned; `google` signs ID tokens: of an e-mail, for an audience."""
        self.run: Run | None = None
        self.sigstore = ""
        """Where a signing job gets its token for the certificate."""
        self.refused: list[str] = []
        self._permits = permits
        self._provider = provider
        self._grants = grants
        self._google = google
        self._issuer = Issuer()
        self._federated: dict[str, frozenset[str]] = {}

    def claims(self, origin: str) -> dict[str, str]:
        """Write what GitHub would say of a job, `FILE JOB`, from the workflow's own text.

        Raises:
            web.HTTPForbidden: the job has no right to a token.
        """
        if (run := self.run) is None:
            raise web.HTTPForbidden(text="there is no run")
        file, _, name = origin.partition(" ")
        text = (run.tree / FOLDER / Path(file).name).read_text("utf-8")
        job = yaml.safe_load(text)["jobs"][name]
        if (job.get("permissions") or {}).get("id-token") != "write":
            raise web.HTTPForbidden(text=f"{name} has no `id-token: write`")
        told = WorkflowRun(repository=run.repository, workflow=file, commit=run.commit).claims()
        told |= {
            "iss": GITHUB,
            "run_id": str(run.run_id),
            "run_attempt": str(run.attempt),
            "workflow_ref": f"{run.repository}/{FOLDER}/{CALLER}@{told['ref']}",
        }
        environment = {"environment": job["environment"]} if "environment" in job else {}
        return told | environment

    async def github(self, request: web.Request) -> web.StreamResponse:
        """Give a job its token, and where cosign gets another one for Sigstore."""
        if bearer(request) != REQUEST_TOKEN:
            raise web.HTTPUnauthorized
        claims = self.claims(request.query["job"])
        signed = self._issuer.sign({**claims, "aud": request.query["audience"]})
        file = claims["job_workflow_ref"].partition("@")[0].rpartition("/")[2]
        facts = {"repository": claims["repository"], "workflow": file, "commit": claims["sha"]}
        return web.json_response(
            {"value": signed, "sigstore": f"{self.sigstore}/token?{urlencode(facts)}"}
        )

    async def sts(self, request: web.Request) -> web.StreamResponse:
        """Exchange GitHub's token for one that may become the accounts that the plan binds."""
        asked = await request.json()
        try:
            (key, *_) = [jwt.PyJWK(each) for each in self._issuer.key_set()["keys"]]
            claims: Mapping[str, Any] = jwt.decode(
                asked["subjectToken"],
                key,
                algorithms=["RS256"],
                options={"verify_aud": False, "verify_iat": False},
            )
        except (LookupError, PyJWTError):
            return _refusal("the token is not GitHub's")
        found = exchange(claims, self._provider, self._grants)
        if isinstance(found, Refusal):
            self.refused.append(f"{claims.get('job_workflow_ref')}: {found.reason}")
            return _refusal(found.reason)
        token = secrets.token_hex(16)
        self._federated[token] = found
        kind = "Bearer"
        return web.json_response({"access_token": token, "token_type": kind, "expires_in": 600})

    async def accounts(self, request: web.Request) -> web.StreamResponse:
        """Give an account's access or ID token to whoever may become it."""
        email, _, method = request.path.rpartition("/")[2].partition(":")
        if email not in self._federated.get(bearer(request), frozenset()):
            self.refused.append(email)
            return web.json_response({"error": {"message": "denied"}}, status=403)
        asked = await request.json()
        if method == "generateIdToken":
            made = await asyncio.to_thread(self._google, email, asked["audience"])
            return web.json_response({"token": made})
        token = secrets.token_hex(16)
        self._permits.hand_out(token, email.partition("@")[0])
        return web.json_response({"accessToken": token, "expireTime": "2100-01-01T00:00:00Z"})


def _refusal(why: str) -> web.Response:
    body = json.dumps({"error": "unauthorized_client", "error_description": why})
    return web.Response(status=400, text=body, content_type="application/json")

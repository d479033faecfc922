"""A project as it has to be, and Google's APIs as they would tell of it."""

import copy
from collections import Counter
from dataclasses import dataclass, field

from aiohttp import web

from deploy.posture.expectation import Expectation
from deploy.posture.observation import Observation

PROJECT = "projects/acme-data"
POOL = "projects/1/locations/global/workloadIdentityPools/github-a"
OURS = "release-apply@acme-data.iam.gserviceaccount.com"
IDLE = "release-smoke@acme-data.iam.gserviceaccount.com"
ROLE = f"{PROJECT}/roles/pipeline_applier"
WANTED = Expectation(
    project_id="acme-data",
    attestor=f"{PROJECT}/attestors/release-a",
    pool=POOL,
    provider=f"{POOL}/providers/github",
    issuer="https://token.actions.githubusercontent.com",
    condition="assertion.repository_id == '1'",
    mapping={"google.subject": "assertion.sub"},
    grants={OURS: [ROLE], IDLE: []},
)
SERVICE = {
    "name": f"{PROJECT}/locations/europe-west1/services/data-api",
    "binaryAuthorization": {"useDefault": True},
    "policy": {
        "bindings": [{"role": "roles/run.servicesInvoker", "members": [f"serviceAccount:{IDLE}"]}]
    },
}
JOB = {
    "name": f"{PROJECT}/locations/europe-west1/jobs/copy",
    "binaryAuthorization": {"useDefault": True},
}
WORKERS = {
    "name": f"{PROJECT}/locations/europe-west1/workerPools/puller",
    "binaryAuthorization": {"useDefault": True},
}
ADMISSION = {
    "globalPolicyEvaluationMode": "ENABLE",
    "defaultAdmissionRule": {
        "evaluationMode": "REQUIRE_ATTESTATION",
        "enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
        "requireAttestationsBy": [WANTED.attestor],
    },
}
POLICY = {
    "bindings": [
        {"role": ROLE, "members": [f"serviceAccount:{OURS}"]},
        {"role": "roles/owner", "members": ["user:somebody@example.com"]},
        {
            "role": "roles/pubsub.serviceAgent",
            "members": ["serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com"],
        },
    ]
}
PROVIDER = {
    "name": WANTED.provider,
    "state": "ACTIVE",
    "oidc": {"issuerUri": WANTED.issuer},
    "attributeCondition": WANTED.condition,
    "attributeMapping": WANTED.mapping,
}
GONE = {"name": f"{POOL}/providers/older", "state": "DELETED"}


def seen(change=lambda _: None):
    """The good project, with a change to it."""
    good = Observation(
        services=[SERVICE],
        jobs=[JOB],
        pools=[WORKERS],
        admission=ADMISSION,
        policy=POLICY,
        keys={OURS: [], IDLE: []},
        providers=[PROVIDER, GONE],
    )
    changed = copy.deepcopy(good)
    change(changed)
    return changed


@dataclass
class Apis:
    """The APIs of one project, two entries a page; counts what is asked."""

    of: Observation
    asked: Counter = field(default_factory=Counter)
    answers: dict = field(default_factory=dict)
    """What a test lets them answer, by a part of the path."""

    def application(self):
        app = web.Application()
        app.router.add_route("*", "/{api}/{path:.*}", self._answer)
        return app

    async def _answer(self, request):
        if request.headers.get("Authorization") != "Bearer of-nightly":
            return web.json_response({"error": {}}, status=401)
        path = request.match_info["path"]
        for part, answer in self.answers.items():
            if part in path:
                return answer(request)
        method, document = self._document(request.match_info["api"], path, request.query)
        self.asked[method] += 1
        return web.json_response(document)

    def _document(self, api, path, query):  # noqa: PLR0911 - one for each question
        services = "run.projects.locations.services"
        match api, path.removeprefix("v1/").removeprefix("v2/").removeprefix("v3/"):
            case "binaryauthorization", "projects/acme-data/policy":
                return "binaryauthorization.projects.getPolicy", self.of.admission
            case "cloudresourcemanager", "projects/acme-data:getIamPolicy":
                return "cloudresourcemanager.projects.getIamPolicy", self.of.policy
            case "run", rest if rest.endswith(":getIamPolicy"):
                assert query["options.requestedPolicyVersion"] == "3"
                (service,) = (s for s in self.of.services if s["name"] == rest.partition(":")[0])
                return f"{services}.getIamPolicy", service["policy"]
            case "run", rest if rest.endswith("/services"):
                return f"{services}.list", self._page(
                    self._in(self.of.services, rest), "services", query
                )
            case "run", rest if rest.endswith("/jobs"):
                page = self._page(self._in(self.of.jobs, rest), "jobs", query)
                return "run.projects.locations.jobs.list", page
            case "run", rest if rest.endswith("/workerPools"):
                page = self._page(self._in(self.of.pools, rest), "workerPools", query)
                return "run.projects.locations.workerPools.list", page
            case "iam", "projects/acme-data/serviceAccounts":
                accounts = [{"email": email} for email in self.of.keys]
                return "iam.projects.serviceAccounts.list", self._page(accounts, "accounts", query)
            case "iam", rest if rest.endswith("/keys"):
                assert query["keyTypes"] == "USER_MANAGED"
                keys = self.of.keys[rest.split("/")[3]]
                return "iam.projects.serviceAccounts.keys.list", {"keys": keys} if keys else {}
            case "iam", rest if rest == f"{POOL}/providers":
                listed = self._page(self.of.providers, "workloadIdentityPoolProviders", query)
                return "iam.projects.locations.workloadIdentityPools.providers.list", listed
        raise AssertionError(f"nobody expects {api}/{path}")

    @staticmethod
    def _in(entries, parent):
        folder = parent.rpartition("/")[0]
        hidden = {"policy"}
        return [
            {name: value for name, value in each.items() if name not in hidden}
            for each in entries
            if each["name"].startswith(f"{folder}/")
        ]

    @staticmethod
    def _page(entries, field, query):
        start = int(query.get("pageToken", 0))
        page = {field: entries[start : start + 2]} if entries else {}
        return page | ({"nextPageToken": str(start + 2)} if start + 2 < len(entries) else {})

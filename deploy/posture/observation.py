"""What the project looks like now: every call is one of access/calls.toml's `nightly:` steps."""

from dataclasses import dataclass, field
from typing import Any

from deploy.cloud_run import everywhere
from deploy.google import Google
from deploy.posture.expectation import Expectation

VERSION_3 = {"requestedPolicyVersion": 3}
"""An older form of a policy leaves conditions out."""
Document = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """Documents as the APIs gave them."""

    services: list[Document]
    """Of Cloud Run, in all regions, with `policy`: who may invoke each."""
    jobs: list[Document]
    pools: list[Document]
    """Worker pools: they run without being asked, for as long as they are there."""
    admission: Document
    """Binary Authorization's policy."""
    policy: Document
    """The project's IAM policy."""
    keys: dict[str, list[Document]] = field(repr=False)
    """Keys of people's making, by the account's e-mail address."""
    providers: list[Document]
    """Of the workload identity pool, deleted ones too."""


def observe(google: Google, wanted: Expectation) -> Observation:
    """Look at everything.

    Raises:
        GoogleError: something could not be looked at.
    """
    project = f"projects/{wanted.project_id}"
    services, jobs, pools = (
        list(everywhere(google, wanted.project_id, kind))
        for kind in ("services", "jobs", "workerPools")
    )
    for service in services:
        asked = {f"options.{name}": str(value) for name, value in VERSION_3.items()}
        service["policy"] = google.get("run", f"v2/{service['name']}:getIamPolicy", **asked)
    accounts = google.pages("iam", f"v1/{project}/serviceAccounts", "accounts", pageSize="100")
    return Observation(
        services=services,
        jobs=jobs,
        pools=pools,
        admission=google.get("binaryauthorization", f"v1/{project}/policy"),
        policy=google.post(
            "cloudresourcemanager", f"v3/{project}:getIamPolicy", {"options": VERSION_3}
        ),
        keys={account["email"]: _keys(google, project, account) for account in accounts},
        providers=list(
            google.pages(
                *("iam", f"v1/{wanted.pool}/providers", "workloadIdentityPoolProviders"),
                showDeleted="true",
            )
        ),
    )


def _keys(google: Google, project: str, account: Document) -> list[Document]:
    path = f"v1/{project}/serviceAccounts/{account['email']}/keys"
    keys: list[Document] = google.get("iam", path, keyTypes="USER_MANAGED").get("keys", [])
    return keys

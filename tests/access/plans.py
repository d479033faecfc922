"""A small cloud, planned by hand: enough of each kind to grant on, to call and to escalate to."""

from dataclasses import dataclass, field
from typing import Any

from access.identities import Setting

P = "data-prod-4711"
PROJECT = f"projects/{P}"
RING = f"{PROJECT}/locations/europe-west1/keyRings/pipeline-1"
SETTING = Setting(
    project=P,
    number="123456789012",
    pool="github-1",
    repository="acme/pipeline",
    repository_id="987654321",
    people={
        "caller": (f"serviceAccount:reader@{P}.iam.gserviceaccount.com",),
        "operator": ("group:operators@example.com",),
        "data-owner": ("group:data-owners@example.com",),
    },
)
POOL = "principalSet://iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/github-1"
REPOSITORY = {"project": P, "location": "europe-west1"}


@dataclass
class Planned:
    """A planned resource, with the attributes that helper code asks for."""

    address: str
    type: str
    values: dict[str, Any] = field(default_factory=dict)
    name: str = ""
    index: object = None


def planned(address, **values):
    """Plan a resource; its type is the address's first part that begins with `google_`."""
    kind = next(part for part in address.split(".") if part.startswith("google_"))
    return Planned(address, kind, values)


def account(name):
    """Give a service account's member."""
    return f"serviceAccount:{name}@{P}.iam.gserviceaccount.com"


def role(name, *permissions):
    """Plan a custom role."""
    return planned(
        f'google_project_iam_custom_role.this["{name}"]',
        project=P,
        role_id=name,
        permissions=list(permissions),
        stage="GA",
    )


def custom(name):
    """Name a custom role as a grant does."""
    return f"{PROJECT}/roles/{name}"


def on_project(name, granted, identity="planted"):
    """Grant a role on the project."""
    return planned(
        f"google_project_iam_member.{identity}", project=P, role=granted, member=account(name)
    )


def on_account(target, granted, *members, address="planted"):
    """Grant a role on a service account."""
    return planned(
        f"google_service_account_iam_binding.{address}",
        service_account_id=f"{PROJECT}/serviceAccounts/{target}@{P}.iam.gserviceaccount.com",
        role=granted,
        members=list(members),
    )


def on_table(table, granted, *members, address):
    """Grant a role on a table."""
    return planned(
        f"google_bigquery_table_iam_binding.{address}",
        project=P,
        dataset_id="analytics_dataset",
        table_id=table,
        role=granted,
        members=list(members),
    )


def on_bucket(bucket, granted, name, address="planted"):
    """Grant a role on a bucket."""
    return planned(
        f"google_storage_bucket_iam_member.{address}",
        bucket=f"{P}-{bucket}-1",
        role=granted,
        member=account(name),
    )


def service(name, key, runs_as):
    """Plan a service."""
    return planned(
        f"module.{key}[0].google_cloud_run_v2_service.this",
        **REPOSITORY,
        name=name,
        invoker_iam_disabled=False,
        template=[
            {
                "service_account": f"{runs_as}@{P}.iam.gserviceaccount.com",
                "containers": [
                    {"image": f"europe-west1-docker.pkg.dev/{P}/images/{name}@sha256:0"}
                ],
            }
        ],
    )


def invoked(name, *members, address):
    """Let somebody invoke a service."""
    return planned(
        f"google_cloud_run_v2_service_iam_binding.{address}",
        **REPOSITORY,
        name=name,
        role="roles/run.servicesInvoker",
        members=list(members),
    )


def runtime():
    """Plan what runs: the API reads one table, the function writes two."""
    return [
        planned(
            "google_bigquery_dataset.analytics",
            project=P,
            dataset_id="analytics_dataset",
            access=[{"role": "OWNER", "group_by_email": "data-owners@example.com", "view": []}],
        ),
        planned(
            "google_bigquery_table.rows",
            project=P,
            dataset_id="analytics_dataset",
            table_id="example_table",
        ),
        planned(
            "google_bigquery_table.quarantine",
            project=P,
            dataset_id="analytics_dataset",
            table_id="quarantine",
        ),
        service("data-api", "api", "data-api"),
        service("pubsub-to-bigquery", "function", "pubsub-to-bigquery"),
        role("query_runner", "bigquery.jobs.create"),
        role("table_reader", "bigquery.tables.get", "bigquery.tables.getData"),
        role("table_writer", "bigquery.tables.get", "bigquery.tables.updateData"),
        on_project("data-api", custom("query_runner"), "api"),
        planned(
            "google_project_iam_member.operator",
            project=P,
            role=custom("query_runner"),
            member="group:operators@example.com",
        ),
        on_table("example_table", custom("table_reader"), account("data-api"), address="readers"),
        on_table(
            "example_table",
            custom("table_writer"),
            account("pubsub-to-bigquery"),
            address="writers",
        ),
        on_table(
            "quarantine",
            custom("table_writer"),
            account("pubsub-to-bigquery"),
            address="quarantine_writer",
        ),
        on_table(
            "quarantine",
            custom("table_reader"),
            "group:operators@example.com",
            address="quarantine_readers",
        ),
        invoked("data-api", account("reader"), address="callers"),
    ]


def guarded():
    """Plan what is worth escalating to: accounts, key, policy, registry, buckets, the pool."""
    accounts = {
        "release": ("sign", "attest", "plan", "apply", "smoke"),
        "runtime": ("data-api", "pubsub-to-bigquery"),
    }
    return [
        *(
            planned(
                f'google_service_account.{kind}["{name}"]',
                project=P,
                account_id=f"release-{name}" if kind == "release" else name,
            )
            for kind, names in accounts.items()
            for name in names
        ),
        planned("google_kms_crypto_key.attestation", name="attestation-1", key_ring=RING),
        planned("google_binary_authorization_policy.this", project=P),
        planned("google_binary_authorization_attestor.release", project=P, name="release-1"),
        *(
            planned(f"google_artifact_registry_repository.{name}", **REPOSITORY, repository_id=name)
            for name in ("images", "attestations")
        ),
        *(
            planned(f'google_storage_bucket.this["{name}"]', project=P, name=f"{P}-{name}-1")
            for name in ("bootstrap-state", "pipeline-state", "plans")
        ),
        planned(
            "google_iam_workload_identity_pool.github",
            project=P,
            workload_identity_pool_id="github-1",
        ),
        on_account(
            "release-smoke",
            "roles/iam.workloadIdentityUser",
            f"{POOL}/attribute.job/987654321:acme/pipeline/.github/workflows/smoke.yml"
            "@refs/heads/main:smoke:refs/heads/main:push",
            address="smoke",
        ),
    ]

"""What the real provider can tell from a configuration alone, and the schema cannot say.

Identifiers are as the provider's documentation has them under "import" of each resource. A name in
one is never changed in place: the resource is replaced.
"""

import re
from typing import Any

from rehearsal.values import UNKNOWN, Values, known

PROJECT_NUMBER = "123456789012"
IN_PROJECT = {
    "google_artifact_registry_repository": "locations/{location}/repositories/{repository_id}",
    "google_bigquery_dataset": "datasets/{dataset_id}",
    "google_bigquery_table": "datasets/{dataset_id}/tables/{table_id}",
    "google_binary_authorization_attestor": "attestors/{name}",
    "google_cloud_run_v2_service": "locations/{location}/services/{name}",
    "google_compute_network": "global/networks/{name}",
    "google_compute_security_policy": "global/securityPolicies/{name}",
    "google_compute_subnetwork": "regions/{region}/subnetworks/{name}",
    "google_container_analysis_note": "notes/{name}",
    "google_iam_workload_identity_pool": (
        "locations/global/workloadIdentityPools/{workload_identity_pool_id}"
    ),
    "google_iam_workload_identity_pool_provider": (
        "locations/global/workloadIdentityPools/{workload_identity_pool_id}"
        "/providers/{workload_identity_pool_provider_id}"
    ),
    "google_kms_key_ring": "locations/{location}/keyRings/{name}",
    "google_project_iam_custom_role": "roles/{role_id}",
    "google_pubsub_schema": "schemas/{name}",
    "google_pubsub_subscription": "subscriptions/{name}",
    "google_pubsub_topic": "topics/{name}",
    "google_service_account": ("serviceAccounts/{account_id}@{project}.iam.gserviceaccount.com"),
}
IDENTIFIERS = {kind: f"projects/{{project}}/{rest}" for kind, rest in IN_PROJECT.items()} | {
    "google_binary_authorization_policy": "projects/{project}",
    "google_kms_crypto_key": "{key_ring}/cryptoKeys/{name}",
    "google_project_service": "{project}/{service}",
    "google_storage_bucket": "{name}",
}
NAMED_BY_IDENTIFIER = {"google_project_iam_custom_role", "google_service_account"}
"""Types whose `name` is their `id`."""
PROTECTED_UNLESS_SAID = {"google_bigquery_table", "google_cloud_run_v2_service"}
"""Types whose `deletion_protection` is true by default."""
NAMES_STAY_TAKEN = {
    "google_iam_workload_identity_pool",
    "google_iam_workload_identity_pool_provider",
    "google_kms_crypto_key",
    "google_kms_key_ring",
}
"""Types whose name cannot be given again soon, or ever, after a destroy."""
SHARED = re.compile(r"_iam_(member|binding|policy|audit_config)$|^google_project_service$")
"""Types that take over what is there instead of refusing it."""
FOLLOWING = {"effective_labels", "terraform_labels"}
"""Attributes that follow the configuration at each plan, not only at the first."""


def names(kind: str) -> list[str]:
    """List the arguments that a resource's identifier is made of."""
    if kind.endswith(("_iam_binding", "_iam_member")):
        return ["role", "member"] if kind.endswith("member") else ["role"]
    return sorted(set(re.findall(r"{(\w+)}", IDENTIFIERS.get(kind, ""))) - {"project"})


def protect(kind: str, proposed: Values) -> None:
    """Set the protection that a resource has by default."""
    if kind in PROTECTED_UNLESS_SAID and proposed["deletion_protection"] is None:
        proposed["deletion_protection"] = True


def _identifier(kind: str, block: dict[str, Any], here: Values) -> str | None:
    if (pattern := IDENTIFIERS.get(kind)) is not None:
        complete = here.keys() >= set(re.findall(r"{(\w+)}", pattern))
        return pattern.format_map(here) if complete else None
    # Whatever must be set tells resources apart; members and roles come last, as in Google's own.
    texts = [
        name
        for name, attribute in block.get("attributes", {}).items()
        if attribute.get("required") and attribute["type"] == "string"
    ]
    if not texts or not here.keys() >= set(texts):
        return None
    texts.sort(key=lambda name: (name == "member", name == "role", name))
    titles = [condition["title"] for condition in here.get("condition") or []]
    return "/".join([here[name] for name in texts] + [title for title in titles if known(title)])


def told(kind: str, block: dict[str, Any], values: Values, provider: Values) -> Values:
    """Tell the computed values that follow from `values` and the provider's configuration."""
    result: Values = {
        name: provider[name] for name in ("project", "region", "zone") if name in provider
    }
    here = result | {name: value for name, value in values.items() if known(value)}
    result["deletion_policy"] = "PREVENT" if kind == "google_project" else "DELETE"
    if (labels := values.get("labels")) is not UNKNOWN:
        result |= dict.fromkeys(FOLLOWING, labels or {})
    if (identifier := _identifier(kind, block, here)) is None:
        return result
    result["id"] = identifier
    if kind in NAMED_BY_IDENTIFIER:
        result["name"] = identifier
    match kind:
        case "google_service_account":
            result["email"] = identifier.rpartition("/")[2]
            result["member"] = f"serviceAccount:{result['email']}"
        case "google_artifact_registry_repository":
            result["name"] = here["repository_id"]
        case "google_storage_bucket":
            result["url"] = f"gs://{identifier}"
    return result


def chosen(kind: str, values: Values) -> Values:
    """Choose what the cloud would, for an apply; `values` has its `id`."""
    match kind:
        case "google_cloud_run_v2_service":
            return _service(values)
        case "google_iam_workload_identity_pool" | "google_iam_workload_identity_pool_provider":
            numbered = re.sub(r"^projects/[^/]+", f"projects/{PROJECT_NUMBER}", values["id"])
            return {"name": numbered, "state": "ACTIVE"}
        case "google_storage_bucket":
            return {"project_number": int(PROJECT_NUMBER)}
        case _ if kind.startswith("google_compute_"):
            return {"self_link": f"https://www.googleapis.com/compute/v1/{values['id']}"}
    return {}


def _service(values: Values) -> Values:
    """Obey at once, as Cloud Run does after some seconds: the newest revision is ready."""
    revision = values["template"][0].get("revision")
    if not known(revision) or not revision:
        revision = f"{values['name']}-00001-abc"
    uri = f"https://{values['name']}-{PROJECT_NUMBER}.{values['location']}.run.app"
    ready = dict.fromkeys(("latest_ready_revision", "latest_created_revision"), revision)
    return {"uri": uri, "urls": [uri], **ready}


def found(kind: str, values: Values, provider: Values) -> Values:
    """Answer a data source about what every project has."""
    project = values.get("project") or values.get("project_id") or provider.get("project")
    agents = {
        "google_storage_project_service_account": (
            "email_address",
            f"service-{PROJECT_NUMBER}@gs-project-accounts.iam.gserviceaccount.com",
        ),
        "google_bigquery_default_service_account": (
            "email",
            f"bq-{PROJECT_NUMBER}@bigquery-encryption.iam.gserviceaccount.com",
        ),
    }
    if kind in agents:
        name, email = agents[kind]
        return {"project": project, name: email, "member": f"serviceAccount:{email}", "id": email}
    if kind == "google_project":
        named = dict.fromkeys(("project_id", "name"), project)
        return {"number": PROJECT_NUMBER, "id": f"projects/{project}", **named}
    if kind == "google_kms_crypto_key_version":
        # A rehearsal with a key of its own puts it into the world.
        version = f"{values['crypto_key']}/cryptoKeyVersions/1"
        public = [{"algorithm": "EC_SIGN_P256_SHA256", "pem": "no key: a rehearsal has none\n"}]
        told = {"id": f"//cloudkms.googleapis.com/v1/{version}", "name": version}
        return {**told, "version": 1, "state": "ENABLED", "public_key": public}
    return {"project": project}

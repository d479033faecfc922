"""From a resource of Terraform to what Binary Authorization's API has after it was applied."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.alias_generators import to_camel

from local.layout import LocalError

POLICY = "google_binary_authorization_policy"
ATTESTOR = "google_binary_authorization_attestor"
ABOUT_TERRAFORM = {"deletion_policy", "id", "timeouts"}
"""What a resource has that the API does not."""
Values = dict[str, Any]
Resource = Mapping[str, Any]
"""As `terraform show -json` has it: `type`, `values` and more."""


def policy(resources: Iterable[Resource]) -> Values:
    """Write the policy.

    Raises:
        LocalError: there is none, so that every image could run, or it holds what is not known.
    """
    given = _given(
        _only(resources, POLICY),
        *("project", "description", "global_policy_evaluation_mode"),
        *("admission_whitelist_patterns", "cluster_admission_rules", "default_admission_rule"),
    )
    written = {
        "name": f"projects/{given['project']}/policy",
        "globalPolicyEvaluationMode": given.get("global_policy_evaluation_mode"),
        "admissionWhitelistPatterns": [
            {"namePattern": _given(each, "name_pattern").get("name_pattern")}
            for each in given.get("admission_whitelist_patterns", [])
        ],
        "clusterAdmissionRules": {
            each["cluster"]: _rule(each) for each in given.get("cluster_admission_rules", [])
        },
        "defaultAdmissionRule": _rule(given.get("default_admission_rule", [{}])[0]),
    }
    return {name: value for name, value in written.items() if value is not None}


def attestor(resources: Iterable[Resource]) -> Values:
    """Write the attestor.

    Raises:
        LocalError: there is none, or it holds what is not known.
    """
    values = _only(resources, ATTESTOR)
    given = _given(values, "project", "name", "description", "attestation_authority_note")
    note = _given(
        given["attestation_authority_note"][0],
        *("note_reference", "public_keys", "delegation_service_account_email"),
    )
    project, reference = f"projects/{given['project']}", note["note_reference"]
    # The provider puts the project before a name that has none.
    whole = reference if "/" in reference else f"{project}/notes/{reference}"
    return {
        "name": f"{project}/attestors/{given['name']}",
        "userOwnedGrafeasNote": {
            "noteReference": whole,
            "publicKeys": [_key(each) for each in note.get("public_keys", [])],
        },
    }


def _key(values: Values) -> Values:
    given = _given(values, "id", "comment", "pkix_public_key")
    key = _given(given["pkix_public_key"][0], "public_key_pem", "signature_algorithm")
    inside = {to_camel(name): value for name, value in key.items()}
    return {"id": given["id"], "pkixPublicKey": inside}


def _rule(values: Values) -> Values:
    names = ("evaluation_mode", "enforcement_mode", "require_attestations_by")
    given = _given(values, "cluster", *names)
    return {to_camel(name): given[name] for name in names if name in given}


def _only(resources: Iterable[Resource], kind: str) -> Values:
    found: list[Values] = [each["values"] for each in resources if each["type"] == kind]
    if len(found) != 1:
        raise LocalError(f"Terraform makes {len(found)} {kind}, and must make one")
    return {name: value for name, value in found[0].items() if name not in ABOUT_TERRAFORM}


def _given(values: Mapping[str, Any], *known: str) -> Values:
    """Take what is set. What is not translated here must not pass unseen."""
    given = {name: value for name, value in values.items() if value not in (None, "", [], {})}
    if strange := sorted(given.keys() - set(known)):
        raise LocalError(f"set by Terraform, and not known here: {', '.join(strange)}")
    return given

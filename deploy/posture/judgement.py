"""What of an observation is not as it has to be; no I/O here.

Whoever may update a service can take back that it asks for signed images, and whoever may change
IAM can let anybody in. Without an organization neither can be prevented, so each is looked for.
"""

from collections.abc import Iterator
from typing import Any

from deploy.posture.expectation import Expectation
from deploy.posture.observation import Document, Observation

PUBLIC = frozenset({"allUsers", "allAuthenticatedUsers"})
BASIC = frozenset({"roles/owner", "roles/editor", "roles/viewer"})
DEMANDED = {
    "evaluationMode": "REQUIRE_ATTESTATION",
    "enforcementMode": "ENFORCED_BLOCK_AND_AUDIT_LOG",
}
EXCEPTIONS = (
    "admissionWhitelistPatterns",
    "clusterAdmissionRules",
    "istioServiceIdentityAdmissionRules",
    "kubernetesNamespaceAdmissionRules",
    "kubernetesServiceAccountAdmissionRules",
)
"""Parts of the policy that would let an image in by another rule. Source: the API's Policy."""


def complaints(seen: Observation, wanted: Expectation) -> Iterator[str]:
    """Name everything that is not as it has to be, a line each."""
    kinds = {"service": seen.services, "job": seen.jobs, "worker pool": seen.pools}
    for kind, entries in kinds.items():
        for entry in entries:
            yield from (f"{kind} {_short(entry)}: {each}" for each in _unsigned(entry))
    for service in seen.services:
        yield from (f"service {_short(service)}: {each}" for each in _open(service))
    yield from (f"Binary Authorization: {each}" for each in _admission(seen.admission, wanted))
    yield from (f"project: {each}" for each in _grants(seen.policy, wanted))
    for email, keys in sorted(seen.keys.items()):
        yield from (f"{email}: has the key {_short(key)}" for key in keys)
    for email in sorted(wanted.grants.keys() - seen.keys.keys()):
        yield f"{email}: the account is gone"
    yield from (f"federation: {each}" for each in _providers(seen.providers, wanted))


def _unsigned(entry: Document) -> Iterator[str]:
    said = entry.get("binaryAuthorization") or {}
    if said.get("useDefault") is not True or said.get("policy"):
        yield "does not ask for the project's policy, so any image runs"
    if said.get("breakglassJustification"):
        yield "runs by breakglass"


def _open(service: Document) -> Iterator[str]:
    if service.get("invokerIamDisabled"):
        yield "lets everybody in without IAM"
    for role, member in _bindings(service["policy"]):
        if member in PUBLIC:
            yield f"{member} has {role}"


def _admission(policy: Document, wanted: Expectation) -> Iterator[str]:
    rule = policy.get("defaultAdmissionRule") or {}
    for name, value in DEMANDED.items():
        if rule.get(name) != value:
            yield f"{name} is {rule.get(name)}, not {value}"
    if rule.get("requireAttestationsBy") != [wanted.attestor]:
        yield f"it asks {rule.get('requireAttestationsBy')}, not {wanted.attestor} alone"
    yield from (f"{name} lets images in" for name in EXCEPTIONS if policy.get(name))


def _grants(policy: Document, wanted: Expectation) -> Iterator[str]:
    have: dict[str, set[str]] = {email: set() for email in wanted.grants}
    for role, member in _bindings(policy):
        kind, _, email = member.partition(":")
        if member in PUBLIC:
            yield f"{member} has {role}"
        elif email in have:
            have[email].add(role)
        elif kind in {"principal", "principalSet"}:
            yield f"{member} has {role}: federated jobs have no grant of their own"
        elif role in BASIC and kind == "serviceAccount":
            yield f"{member} has {role}"
    for email, roles in have.items():
        yield from (f"{email} has {role}" for role in sorted(roles - set(wanted.grants[email])))
        yield from (f"{email} lacks {role}" for role in sorted(set(wanted.grants[email]) - roles))


def _providers(providers: list[Document], wanted: Expectation) -> Iterator[str]:
    live = {each["name"]: each for each in providers if each.get("state") != "DELETED"}
    yield from (f"a second provider, {name}" for name in sorted(live.keys() - {wanted.provider}))
    ours = live.get(wanted.provider)
    if ours is None:
        yield f"{wanted.provider} is gone"
        return
    # With keys that somebody uploads, whoever has those is any workflow.
    if ours.get("oidc") != {"issuerUri": wanted.issuer}:
        yield "the provider takes other tokens than GitHub's, signed with GitHub's own keys"
    if ours.get("attributeCondition") != wanted.condition:
        yield "the provider's condition was changed"
    if ours.get("attributeMapping") != wanted.mapping:
        yield "the provider's mapping was changed"


def _bindings(policy: Document) -> Iterator[tuple[str, str]]:
    for binding in policy.get("bindings", []):
        for member in binding.get("members", []):
            yield str(binding.get("role")), str(member)


def _short(entry: Any) -> str:
    return str(entry.get("name", "without a name")).rpartition("/")[2]

"""Which of our accounts a token of GitHub's may become, as the planned provider and grants say.

The caller has verified the token's signature and times; what Google decides from the claims is
decided here. Source: https://cloud.google.com/iam/docs/workload-identity-federation
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import celpy
from celpy import celtypes
from celpy.adapter import json_to_cel
from celpy.celparser import CELParseError
from celpy.evaluation import CELEvalError

from access.grants import Grant
from access.kinds import Resource, UnknownError, attributes

FUNCTIONS = {"contains", "endsWith", "has", "matches", "size", "startsWith"}
"""What both Google's CEL and this one know, and no more: `split` works here and fails there."""
SUBJECT_BYTES = 127
ATTRIBUTES_BYTES = 4096
"""For all attributes of a token together: the smallest limit that Google has documented."""
EXPRESSION_LENGTH = {"mapping": 2048, "condition": 4096}
ROLE = "roles/iam.workloadIdentityUser"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The exchange fails, or there is nothing that the token could become."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A planned workload identity pool provider for OIDC."""

    name: str
    """`projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/PROVIDER`."""
    issuer: str
    audiences: tuple[str, ...]
    """Empty: the provider's own name is the audience."""
    mapping: Mapping[str, str]
    condition: str
    disabled: bool = False

    @classmethod
    def of(cls, resource: Resource, number: str) -> "Provider":
        """Read a planned provider, in the project of that number.

        Raises:
            UnknownError: Google would not take it, or we cannot evaluate it as Google would.
        """
        values = resource.values
        pool, name = (values.get(f"workload_identity_pool_{key}") for key in ("id", "provider_id"))
        mapping, condition = (
            values.get("attribute_mapping") or {},
            values.get("attribute_condition"),
        )
        issuers = attributes(values, "oidc.issuer_uri")
        if not pool or not name or len(issuers) != 1 or not isinstance(condition, str):
            raise UnknownError(f"{resource.address}: pool, issuer or condition is not known")
        if "google.subject" not in mapping or "assertion." not in condition:
            raise UnknownError(f"{resource.address}: no subject, or a condition on no claim")
        for kind, expression in [
            ("condition", condition),
            *(("mapping", e) for e in mapping.values()),
        ]:
            if len(expression) > EXPRESSION_LENGTH[kind]:
                raise UnknownError(f"{resource.address}: a {kind} that is too long")
            try:
                _program(expression)
            except ValueError as exc:
                raise UnknownError(f"{resource.address}: {exc}") from exc
        pools = f"projects/{number}/locations/global/workloadIdentityPools"
        return cls(
            name=f"{pools}/{pool}/providers/{name}",
            issuer=issuers[0],
            audiences=tuple(attributes(values, "oidc.allowed_audiences")),
            mapping=dict(mapping),
            condition=condition,
            disabled=values.get("disabled") is True,
        )


def exchange(
    claims: Mapping[str, Any], provider: Provider, bindings: Iterable[Grant]
) -> frozenset[str] | Refusal:
    """Tell whom a token may become.

    Args:
        claims: of a token whose signature and times were verified; the content is untrusted.
        provider: the one that the token is presented to.
        bindings: all planned grants; those to this provider's pool count.

    Returns:
        The accounts' e-mail addresses. Whatever else its attributes were granted the role on stands
        there by its full name, so that it is seen.
    """
    if provider.disabled:
        return Refusal("the provider is disabled")
    if claims.get("iss") != provider.issuer:
        return Refusal("another issuer")
    own = (f"//iam.googleapis.com/{provider.name}", f"https://iam.googleapis.com/{provider.name}")
    if claims.get("aud") not in (provider.audiences or own):
        return Refusal("another audience")
    mapped = _mapped(claims, provider)
    if isinstance(mapped, Refusal):
        return mapped
    pool = provider.name.rsplit("/providers/", 1)[0]
    sets = {
        f"principalSet://iam.googleapis.com/{pool}/{key}/{value}" for key, value in mapped.items()
    }
    found = {grant.resource for grant in bindings if grant.role == ROLE and grant.identity in sets}
    if not found:
        return Refusal("none of our accounts is for this job")
    return frozenset(re.sub(r"^projects/[^/]+/serviceAccounts/", "", name) for name in found)


def _mapped(claims: Mapping[str, Any], provider: Provider) -> dict[str, str] | Refusal:
    """Map the claims to attributes, and ask the condition."""
    try:
        assertion = json_to_cel(dict(claims))
    except (TypeError, ValueError):
        return Refusal("claims that are no JSON")
    mapped: dict[str, str] = {}
    for key, expression in provider.mapping.items():
        value = _value(expression, {"assertion": assertion})
        if not isinstance(value, str):
            return Refusal(f"{key} cannot be mapped")
        mapped[key] = value
    if not 0 < len(mapped["google.subject"].encode()) <= SUBJECT_BYTES:
        return Refusal(f"a subject of more than {SUBJECT_BYTES} bytes, or of none")
    if sum(len(value.encode()) for value in mapped.values()) > ATTRIBUTES_BYTES:
        return Refusal(f"attributes of more than {ATTRIBUTES_BYTES} bytes")
    custom = {key.removeprefix("attribute."): value for key, value in mapped.items()}
    known = {"assertion": assertion, "attribute": json_to_cel(custom)}
    verdict = _value(provider.condition, known)
    if not isinstance(verdict, celtypes.BoolType) or not verdict:
        return Refusal("the condition is not met")
    return mapped


def _value(expression: str, known: dict[str, Any]) -> Any:
    """Evaluate an expression; None if it fails: a claim is absent or of another type."""
    try:
        return _program(expression).evaluate(known)
    except (CELEvalError, TypeError, ValueError):
        return None


@cache
def _program(expression: str) -> celpy.Runner:
    """Compile an expression.

    Raises:
        ValueError: it is no CEL, or calls something that Google's does not know.
    """
    environment = celpy.Environment()
    try:
        tree = environment.compile(expression)
    except CELParseError as exc:
        raise ValueError(f"not CEL: {expression}") from exc
    for node in tree.iter_subtrees():
        if node.data in {"ident_arg", "dot_ident_arg", "member_dot_arg"}:
            called = {str(child) for child in node.children if not hasattr(child, "data")}
            if not called <= FUNCTIONS:
                raise ValueError(
                    f"{', '.join(called - FUNCTIONS)} is not known to Google: {expression}"
                )
    return environment.program(tree)

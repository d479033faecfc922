"""Whether an image may run, decided as Binary Authorization documents it; no I/O but the log.

Source: https://cloud.google.com/binary-authorization/docs/key-concepts
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.occurrence import Occurrence, fault
from deploy.binary_authorization.policy import AdmissionRule, Policy
from deploy.documents import UnreadableError, read
from deploy.reference import Reference, RefusedError

LOG = logging.getLogger(__name__)
LISTED = 5
"""How many faults are named; whoever may attach can attach thousands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What asks to run."""

    image: str
    cluster: str = ""
    """`location.cluster`; empty on Cloud Run."""
    breakglass_justification: str = ""
    """Why the policy shall be passed over, as a Cloud Run service says it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided."""

    admitted: bool
    reason: str
    alarm: str = ""
    """What a person has to hear of: it was admitted, but not because it may run."""


@dataclass(frozen=True, slots=True)
class Project:
    """All that decides: a policy, the attestors by name, and what hangs on their notes."""

    policy: Policy
    attestors: Mapping[str, Attestor]
    occurrences: Sequence[Any]
    """Each as the API has it, from whomever. One that cannot be read counts for nothing, and keeps
    no other from counting."""

    @classmethod
    def of(cls, raw_policy: str, raw_attestors: str, raw_occurrences: str) -> Self:
        """Read what the APIs answer: a policy, and the lists of attestors and of occurrences.

        Raises:
            UnreadableError: one of them cannot be judged, and so no image.
        """
        attestors = [Attestor.of(values) for values in _list(raw_attestors, "attestors")]
        by_name = {each.name: each for each in attestors}
        if len(by_name) != len(attestors):
            raise UnreadableError("two attestors have one name")
        occurrences = _list(raw_occurrences, "occurrences")
        return cls(Policy.of(read(raw_policy)), by_name, occurrences)


def admit(deployment: Deployment, project: Project) -> Decision:
    """Decide, and log what a person has to hear of."""
    decision = _decide(deployment, project)
    if decision.alarm:
        LOG.warning("%s: %s", _printable(deployment.image), decision.alarm)
    return decision


def _decide(deployment: Deployment, project: Project) -> Decision:
    image = deployment.image
    denial, reason, dry = "", "the policy exempts it", False
    if not any(each.matches(image) for each in project.policy.admission_whitelist_patterns):
        rule = project.policy.rule(deployment.cluster)
        denial, reason = _denial(image, rule, project), "the rule is met"
        dry = rule.enforcement_mode == "DRYRUN_AUDIT_LOG_ONLY"
    if justification := deployment.breakglass_justification.strip():
        verdict = denial or reason
        return Decision(
            admitted=True,
            reason="breakglass",
            alarm=f"BREAKGLASS: {_printable(justification)}; the policy says: {verdict}",
        )
    if denial and dry:
        return Decision(admitted=True, reason="dry run", alarm=f"DRY RUN: {denial}")
    return Decision(admitted=not denial, reason=denial or reason)


def _denial(image: str, rule: AdmissionRule, project: Project) -> str:
    """Say why a rule denies an image; nothing if it does not."""
    match rule.evaluation_mode:
        case "ALWAYS_ALLOW":
            return ""
        case "ALWAYS_DENY":
            return "the policy denies everything"
    try:
        digest = Reference.parse(image).digest
    except RefusedError as exc:
        return str(exc)
    denials = (_unattested(digest, name, project) for name in rule.require_attestations_by)
    return "; ".join(denial for denial in denials if denial)


def _unattested(digest: str, name: str, project: Project) -> str:
    attestor = project.attestors.get(name)
    if attestor is None:
        return f"{name} is not there"
    faults = []
    for values in project.occurrences:
        if not _about(values, digest):
            continue
        try:
            found = fault(Occurrence.of(values), attestor, digest)
        except UnreadableError as exc:
            found = f"it cannot be read: {exc}"
        if not found:
            return ""
        faults.append(found)
    named = "; ".join(list(dict.fromkeys(faults))[:LISTED])
    said = named or "none was made: the release attests what it has verified"
    return _printable(f"no valid attestation of {digest} by {name}: {said}")


def _about(values: Any, digest: str) -> bool:
    """Tell whether something is meant for a digest, so that its fault is worth a reason."""
    if not isinstance(values, dict) or values.get("kind") != "ATTESTATION":
        return False
    return digest in str(values.get("resourceUri"))


def _list(raw: str, name: str) -> list[Any]:
    """Take the list out of an API's answer, where an empty one is left out."""
    answer = read(raw)
    found = answer.pop(name, [])
    if answer or not isinstance(found, list):
        raise UnreadableError(f"no list of {name}, or a page of one: give all of them")
    return found


def _printable(text: str) -> str:
    """Take out what could direct a terminal: parts of it come from outside."""
    return "".join(each if each.isprintable() else "?" for each in text)

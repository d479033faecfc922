"""Whether an image may be deployed: signed by our workflow, built from this commit, scanned lately.

Every demand that is not met is a `RefusedError` with its own reason; docs/images.md lists them.
"""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from deploy.cosign import Cosign, CosignError, Keyless, Signing
from deploy.reference import Reference, RefusedError
from deploy.signing import BILL_OF_MATERIALS, PROVENANCE, SCAN, annotations

CLOCK_SKEW = timedelta(minutes=5)
ADVISORIES = "https://github.com/aquasecurity/trivy-db"
"""What counts as current advisories, as gates/trivy/report.py names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demands:
    """What has to be true of an image."""

    commit: str
    """The commit that is to be deployed."""
    source: str
    """The repository that it is built from, as the provenance writes it."""
    bill_of_materials: dict[str, Any] | None
    """The one that the run built, or a person reviewed; None where there is none at hand: any that
    was signed will do."""
    scan_max_age: timedelta = timedelta(days=1)
    local_parts: bool = False
    """Whether stand-in bases and the local advisory set are good enough: never in production."""


def verify(
    cosign: Cosign, image: Reference, how: Signing, demands: Demands, now: datetime | None = None
) -> None:
    """Check an image against all demands.

    Raises:
        RefusedError: it must not be deployed; with the reason.
    """
    notes = annotations(image, demands.commit)
    try:
        cosign.verify(image, how, demands.commit, notes)
    except CosignError as exc:
        words = f"its signature says another repository or commit than {notes}"
        other = "incorrect annotation" not in str(exc)
        reason = _reason(str(exc), how) if other else words
        raise RefusedError(f"{image.service}: {reason}") from exc
    for kind, check in _CHECKS.items():
        try:
            envelopes = cosign.attested(image, how, demands.commit, kind)
        except CosignError as exc:
            raise RefusedError(f"{image.service}, {kind}: {_reason(str(exc), how)}") from exc
        try:
            predicates = [_predicate(envelope) for envelope in envelopes]
            check(image, predicates, demands, now or datetime.now(UTC))
        except (
            ValueError,
            LookupError,
            TypeError,
            AttributeError,
            OverflowError,
            RecursionError,
        ) as exc:
            words = f"{image.service}, {kind}: the signed statement has another shape than ours"
            raise RefusedError(words) from exc


def _bill(
    image: Reference, predicates: list[dict[str, Any]], demands: Demands, _now: datetime
) -> None:
    reviewed = demands.bill_of_materials
    if not predicates or (reviewed is not None and any(each != reviewed for each in predicates)):
        raise RefusedError(f"{image.service}: the signed bill of materials is not the reviewed one")


def _provenance(
    image: Reference, predicates: list[dict[str, Any]], demands: Demands, _now: datetime
) -> None:
    builds = [predicate["buildDefinition"] for predicate in predicates]
    told = [
        (build["externalParameters"]["source"], build["externalParameters"]["commit"])
        for build in builds
    ]
    if set(told) != {(demands.source, demands.commit)}:
        raise RefusedError(
            f"{image.service}: the provenance tells of {_join(told)}, "
            f"not of {demands.source} {demands.commit}"
        )
    if demands.local_parts:
        return
    for build in builds:
        materials = build["resolvedDependencies"]
        standins = [part["uri"] for part in materials if part["uri"].lower().startswith("standin:")]
        if standins:
            words = f"built on stand-ins for its bases: {_join(standins)}"
            raise RefusedError(f"{image.service}: {words}")
        bases = [part for part in materials if part["uri"].startswith("docker://")]
        if not bases or not all(part["digest"]["sha256"] for part in bases):
            raise RefusedError(f"{image.service}: the provenance names no bases with their digests")


def _scan(
    image: Reference, predicates: list[dict[str, Any]], demands: Demands, now: datetime
) -> None:
    # An older scan may be good and the newest not: a new advisory is the usual reason for one.
    times = [_moment(each["metadata"]["scanFinishedOn"]) for each in predicates]
    finished = max(times)
    age = now - finished
    if age > demands.scan_max_age or age < -CLOCK_SKEW:
        raise RefusedError(
            f"{image.service}: scanned {finished:%Y-%m-%d %H:%M} UTC, which is not within the last "
            f"{demands.scan_max_age}; scan it again"
        )
    # Of two at the same time, the registry would choose.
    for newest in (each for each, at in zip(predicates, times, strict=True) if at == finished):
        _judge(image, newest["scanner"], demands)


def _judge(image: Reference, scanner: dict[str, Any], demands: Demands) -> None:
    result, database = scanner["result"], scanner["db"]
    if result["digest"] != image.digest:
        raise RefusedError(f"{image.service}: the scan is of another image, {result['digest']}")
    if type(result["exit_status"]) is not int or result["exit_status"] != 0:
        raise RefusedError(f"{image.service}: its scan found something and was not passed")
    if database["uri"] != ADVISORIES and not demands.local_parts:
        raise RefusedError(
            f"{image.service}: scanned with {database['uri']}, no current advisories"
        )


_CHECKS: dict[str, Callable[[Reference, list[dict[str, Any]], Demands, datetime], None]] = {
    BILL_OF_MATERIALS: _bill,
    PROVENANCE: _provenance,
    SCAN: _scan,
}


def _predicate(envelope: str) -> dict[str, Any]:
    """Take the predicate out of a DSSE envelope that cosign has verified."""
    statement = json.loads(base64.b64decode(json.loads(envelope)["payload"]))
    predicate: dict[str, Any] = statement["predicate"]
    return predicate


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _join(values: list[Any]) -> str:
    return ", ".join(sorted({" ".join(v) if isinstance(v, tuple) else str(v) for v in values}))


def _reason(words: str, how: Signing) -> str:
    """Say in our words why cosign refused; its own last line where we do not know it."""
    for pattern, reason in _REASONS:
        if found := re.search(pattern, words, re.DOTALL):
            return reason.format(*found.groups())
    wanted = "" if isinstance(how, Keyless) else " with the key of this run"
    return f"not accepted{wanted}: {words.splitlines()[-1][:300]}"


_REASONS = (
    (r"no signatures found|no matching signatures: empty key", "nobody signed it"),
    (r"no matching signatures: invalid signature", "another key signed it"),
    (r'expected SAN value "([^"]*)", got "([^"]*)"', "signed by {1}, not by {0}"),
    (r'expected issuer value "([^"]*)", got "([^"]*)"', "its signer is known to {1}, not to {0}"),
    (
        r'expected GithubWorkflowTrigger to be "([^"]*)", got "([^"]*)"',
        "signed by a run that a {1} started, not a {0}",
    ),
    (
        r'expected GithubWorkflowSHA to be "([^"]*)", got "([^"]*)"',
        "signed by a run for commit {1}, not {0}",
    ),
    (r"not enough verified log entries", "its entry in the transparency log is missing"),
    (r"failed to verify log inclusion", "its entry in the transparency log is another signature's"),
    (r"threshold not met for verified signed timestamps", "nothing signed says when it was signed"),
    (r"artifact digest does not match", "its signature was made for another image"),
    (
        r"none of the attestations matched the predicate type",
        "no such signed statement: it is missing, or was changed after it was signed",
    ),
)
"""cosign's words, and what they mean. The newest cosign may say it otherwise: then its last line
stands, and a test of the attacks fails."""

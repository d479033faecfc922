"""What must never run: each way to get another image into production is tried, and refused.

Certificates, log entries and timestamps are real ones: the private Sigstore gives them to whoever
a test says is asking.
"""

import base64
import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from deploy import verification
from deploy.cosign import KeyPair
from deploy.reference import Reference, RefusedError
from deploy.verification import Demands, verify
from local.release.workflow_identity import WorkflowRun
from tests.deploy import registry_attack
from tests.deploy.conftest import BILL, COMMIT, SOURCE

DEMANDS = Demands(commit=COMMIT, source=SOURCE, bill_of_materials=BILL)
OURS = WorkflowRun(commit=COMMIT)
NOW = datetime.now(UTC)


def only_signed(run=OURS, **options):
    """Sign without statements: what is refused for its signature is refused before them."""

    def make(world):
        image = world.push()
        issuer = world.sigstore.other_issuer_url if options.get("other_issuer") else None
        notes = {"repository": image.repository, "commit": COMMIT, **options.get("notes", {})}
        world.cosign(run, issuer).sign(image, world.signing(run, issuer), notes)
        return image

    return make


def released(**changes):
    return lambda world: world.release(world.push(), **changes)


def attacked(change):
    """Release an image, then change what is attached to it."""

    def make(world):
        image = world.release(world.push())
        registry_attack.replace_attached(image, change)
        return image

    return make


def planted(world):
    victim = world.push()
    registry_attack.replace_attached(world.release(world.push()), lambda _, b: b, onto=victim)
    return victim


def copied(world):
    image = world.release(world.push())
    return registry_attack.copy(image, f"{world.registry.address}/other-api")


def without(part):
    def change(_manifest, bundle):
        bundle["verificationMaterial"].pop(part)
        return bundle

    return attacked(change)


def _kind(manifest):
    return manifest["annotations"]["dev.sigstore.bundle.predicateType"]


def bill_changed(manifest, bundle):
    if "cyclonedx" not in _kind(manifest):
        return bundle
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    statement["predicate"]["components"] = [{"type": "library", "name": "added"}]
    bundle["dsseEnvelope"]["payload"] = base64.b64encode(json.dumps(statement).encode()).decode()
    return bundle


def bill_removed(manifest, bundle):
    return None if "cyclonedx" in _kind(manifest) else bundle


def log_entry_of_another(world):
    """Move the log entry of one image's signature to another's."""
    donor = world.release(world.push())
    entries = {
        _kind(manifest): bundle["verificationMaterial"]["tlogEntries"]
        for manifest, bundle in registry_attack.attached(donor)
    }

    def change(manifest, bundle):
        bundle["verificationMaterial"]["tlogEntries"] = entries[_kind(manifest)]
        return bundle

    return attacked(change)(world)


def then(kind, document, **changes):
    """Release an image, then sign one more statement about it."""

    def make(world, **first):
        image = world.release(world.push(), **first)
        later = world.documents(image, **changes)
        world.cosign().attest(image, world.signing(), kind, getattr(later, document))
        return image

    return make


def scanned(**ago):
    return released(scanned=(NOW - timedelta(**ago)).isoformat())


ATTACKS = {
    "unsigned": (lambda world: world.push(key=None), "nobody signed it"),
    "signed by a key alone": (lambda world: world.push(), "nobody signed it"),
    "another repository's workflow": (
        only_signed(WorkflowRun(commit=COMMIT, repository="evil/hardened-data-pipeline")),
        r"signed by https://github.com/evil/\S+, not by https://github.com/example-org/",
    ),
    "a repository whose name begins alike": (
        only_signed(WorkflowRun(commit=COMMIT, repository="example-org/hardened-data-pipeline2")),
        r"signed by https://github.com/example-org/hardened-data-pipeline2/",
    ),
    "another workflow": (
        only_signed(WorkflowRun(commit=COMMIT, workflow="test.yml")),
        r"signed by \S+/test.yml@refs/heads/main, not by \S+/release.yml@refs/heads/main",
    ),
    "another branch": (
        only_signed(WorkflowRun(commit=COMMIT, ref="refs/heads/feature")),
        r"signed by \S+@refs/heads/feature, not by \S+@refs/heads/main",
    ),
    "a tag that is called like the branch": (
        only_signed(WorkflowRun(commit=COMMIT, ref="refs/tags/main")),
        r"signed by \S+@refs/tags/main, not by",
    ),
    "a pull request's run": (
        only_signed(WorkflowRun(commit=COMMIT, ref="refs/pull/7/merge", event="pull_request")),
        r"signed by \S+@refs/pull/7/merge, not by",
    ),
    "a run that a pull request started on the branch": (
        only_signed(WorkflowRun(commit=COMMIT, event="pull_request_target")),
        "signed by a run that a pull_request_target started, not a push",
    ),
    "a run for another commit": (
        only_signed(WorkflowRun(commit="d" * 40)),
        f"signed by a run for commit {'d' * 40}, not {COMMIT}",
    ),
    "another token issuer": (
        only_signed(other_issuer=True),
        r"its signer is known to http://127.0.0.1:\d+, not to http://127.0.0.1:\d+",
    ),
    "annotation of another repository": (
        only_signed(notes={"repository": "registry.test/other"}),
        "its signature says another repository or commit",
    ),
    "annotation of another commit": (
        only_signed(notes={"commit": "e" * 40}),
        "its signature says another repository or commit",
    ),
    "log entry removed": (without("tlogEntries"), "its entry in the transparency log is missing"),
    "log entry of another signature": (
        log_entry_of_another,
        "its entry in the transparency log is another signature's",
    ),
    "timestamp removed": (
        without("timestampVerificationData"),
        "nothing signed says when it was signed",
    ),
    "planted on another image": (planted, "its signature was made for another image"),
    "copied to another repository": (copied, "says another repository"),
    "bill of materials changed": (attacked(bill_changed), "cyclonedx: no such signed statement"),
    "bill of materials removed": (attacked(bill_removed), "cyclonedx: no such signed statement"),
    "no statements at all": (only_signed(), "cyclonedx: no such signed statement"),
    "provenance of another commit": (
        released(built="f" * 40),
        f"the provenance tells of {re.escape(SOURCE)} {'f' * 40}, not of",
    ),
    "provenance of another repository": (
        released(source="git+https://github.com/evil/x"),
        r"the provenance tells of git\+https://github.com/evil/x",
    ),
    "built on stand-ins": (
        released(materials=["standin://gcr.io/distroless/python3-debian13:nonroot"]),
        "built on stand-ins for its bases: standin://",
    ),
    "a stale scan": (scanned(days=2), "not within the last 1 day.*scan it again"),
    "a scan from the future": (scanned(days=-2), "not within the last 1 day"),
    "a scan of another image": (
        released(scan_digest=f"sha256:{'0' * 64}"),
        "the scan is of another image, sha256:0000",
    ),
    "a scan with findings": (released(scan_status=1), "its scan found something"),
    **{
        f"a scan whose status is {status!r}": (
            released(scan_status=status),
            "its scan found something",
        )
        for status in (1, -1, False, "0", None)
    },
    "a newer scan with findings": (
        then("vuln", "scan", scan_status=1),
        "its scan found something",
    ),
    # By more than a slow run of all tests takes: it would be of the past by then.
    "a scan just from the future": (scanned(minutes=-60), "not within the last 1 day"),
    "provenance without bases": (
        released(materials=["pkg:pypi/x@1"]),
        "names no bases with their digests",
    ),
    "one more provenance, of another repository": (
        then("slsaprovenance1", "provenance", source="git+https://github.com/evil/x"),
        r"the provenance tells of .*evil/x",
    ),
    "a scan with findings at the same time": (
        lambda world: then("vuln", "scan", scan_status=1, scanned=NOW.isoformat())(
            world, scanned=NOW.isoformat()
        ),
        "its scan found something",
    ),
    "one more provenance, with stand-ins": (
        then("slsaprovenance1", "provenance", materials=["Standin://other"]),
        "built on stand-ins for its bases: Standin://other",
    ),
    **{
        f"a scan with the advisories of {address}": (
            released(database=address),
            f"scanned with {address}, no current advisories",
        )
        for address in ("https://evil.test/db", "http://github.com/aquasecurity/trivy-db")
    },
    "a scan with old advisories": (
        released(database="local:example.json"),
        "scanned with local:example.json, no current advisories",
    ),
}


@pytest.fixture(scope="module")
def images(world):
    """The attacked images. Rekor takes a second for each entry, so they are made side by side."""
    makers = {name: maker for name, (maker, _) in ATTACKS.items()} | {"good": released()}
    with ThreadPoolExecutor(8) as pool:
        futures = {name: pool.submit(maker, world) for name, maker in makers.items()}
    return {name: future.result() for name, future in futures.items()}


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attacked_image_is_refused_with_its_reason(world, images, attack):
    with pytest.raises(RefusedError, match=ATTACKS[attack][1]) as refused:
        verify(world.cosign(), images[attack], world.signing(), DEMANDS)
    assert "Traceback" not in str(refused.value)


def test_what_our_workflow_released_is_accepted(world, images):
    verify(world.cosign(), images["good"], world.signing(), DEMANDS)


@pytest.mark.parametrize(
    "other", [{}, {**BILL, "components": [{"name": "other"}]}], ids=["empty", "other"]
)
def test_another_bill_of_materials_than_the_signed_one_is_refused(world, images, other):
    other = replace(DEMANDS, bill_of_materials=other)
    with pytest.raises(RefusedError, match="the signed bill of materials is not the reviewed one"):
        verify(world.cosign(), images["good"], world.signing(), other)


def test_an_image_is_refused_once_its_scan_is_old(world, images):
    later = datetime.now(UTC) + timedelta(days=1, minutes=1)
    with pytest.raises(RefusedError, match="scan it again"):
        verify(world.cosign(), images["good"], world.signing(), DEMANDS, later)


def test_a_good_scan_after_a_bad_one_is_what_counts(world):
    image = world.release(world.push(), scan_status=1, scanned=(NOW - timedelta(1)).isoformat())
    again = world.documents(image)
    world.cosign().attest(image, world.signing(), "vuln", again.scan)
    verify(world.cosign(), image, world.signing(), DEMANDS)


def test_a_clock_that_is_a_little_ahead_is_forgiven(world, images):
    earlier = datetime.now(UTC) - timedelta(minutes=4)
    verify(world.cosign(), images["good"], world.signing(), DEMANDS, earlier)


def test_stand_ins_are_good_enough_where_the_demands_say_so(world, images):
    local = replace(DEMANDS, local_parts=True)
    for name in ("built on stand-ins", "a scan with old advisories"):
        verify(world.cosign(), images[name], world.signing(), local)


def test_the_callers_own_cosign_variables_change_nothing(world, images, monkeypatch):
    for name in (
        "COSIGN_REPOSITORY",
        "SIGSTORE_ROOT_FILE",
        "TUF_ROOT",
        "SIGSTORE_CT_LOG_PUBLIC_KEY_FILE",
    ):
        monkeypatch.setenv(name, "127.0.0.1:1/elsewhere")
    verify(world.cosign(), images["good"], world.signing(), DEMANDS)


class Verified:
    """A cosign that verifies everything: cosign itself would not sign some of these shapes."""

    def __init__(self, predicate):
        statement = json.dumps({"predicate": predicate}).encode()
        self.envelope = json.dumps({"payload": base64.b64encode(statement).decode()})

    def verify(self, *_):
        return ""

    def attested(self, *_):
        return [self.envelope]


BUILD = {"externalParameters": {"source": SOURCE, "commit": COMMIT}}


@pytest.mark.parametrize(
    "predicate",
    [
        *(None, [], "x", 7, {}, {"buildDefinition": None}, {"buildDefinition": []}),
        {"buildDefinition": {"externalParameters": []}},
        {"buildDefinition": BUILD},
        {"buildDefinition": {**BUILD, "resolvedDependencies": None}},
        {"buildDefinition": {**BUILD, "resolvedDependencies": [{}]}},
        {"buildDefinition": {**BUILD, "resolvedDependencies": [{"uri": 7}]}},
        {"buildDefinition": {**BUILD, "resolvedDependencies": [{"uri": "docker://x"}]}},
    ],
    ids=repr,
)
def test_provenance_of_another_shape_is_refused(predicate):
    image = Reference("registry.test/data-api", f"sha256:{'0' * 64}")
    checks = {"slsaprovenance1": verification._provenance}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification, "_CHECKS", checks)
        with pytest.raises(RefusedError, match="the signed statement has another shape than ours"):
            verify(Verified(predicate), image, KeyPair(key=None, public_key=None), DEMANDS)


@pytest.mark.parametrize(
    "moment", [None, 7, "", "yesterday", "2026-11-24T00:00:00", "9999-12-31T23:59:59-23:59"]
)
def test_a_scan_at_no_time_is_refused(moment):
    image = Reference("registry.test/data-api", f"sha256:{'0' * 64}")
    result = {"digest": image.digest, "exit_status": 0}
    predicate = {
        "scanner": {"result": result, "db": {"uri": verification.ADVISORIES}},
        "metadata": {"scanFinishedOn": moment},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(verification, "_CHECKS", {"vuln": verification._scan})
        with pytest.raises(RefusedError, match=r"another shape than ours|not within the last"):
            verify(Verified(predicate), image, KeyPair(key=None, public_key=None), DEMANDS)

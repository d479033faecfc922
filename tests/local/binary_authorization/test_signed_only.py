"""What Terraform makes admits what the release attested, and nothing else.

Terraform itself plans and applies the root that a person applies, on a rehearsal of the provider. A
wider policy in terraform/bootstrap/signed_only.tf admits here what it must not, and these fail.
"""

import logging
import re

import pytest

from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.policy import Policy
from deploy.binary_authorization.signer import KEY_ID
from deploy.reference import Reference, RefusedError
from local.binary_authorization import planned, translation
from local.binary_authorization.service import Service
from local.binary_authorization.signed_only import SignedOnly
from local.layout import PROJECT, LocalError
from tests.deploy.binary_authorization.attestations import STRANGER, occurrence

pytestmark = pytest.mark.timeout(600)
"""The test that comes first runs Terraform."""

DIGEST = f"sha256:{'a' * 64}"
IMAGE = Reference("127.0.0.1:5000/data-api", DIGEST)
OURS = f"europe-west1-docker.pkg.dev/{PROJECT}/images"
GOOGLES = (
    "gcr.io/google-containers/pause",
    "gke.gcr.io/proxy-agent",
    "us-docker.pkg.dev/cloudrun/x",
)


@pytest.fixture(scope="module")
def made():
    """The service with the key, and what Terraform made; nobody changes it."""
    service = Service()
    try:
        return service, planned.resources(service.make_key)
    except LocalError as exc:
        pytest.skip(str(exc))


@pytest.fixture
def signed_only(made):
    service, resources = made
    with SignedOnly(Service(token=service.token, keys=service.keys), resources) as running:
        yield running


def test_what_the_release_attested_is_admitted(signed_only, caplog):
    assert signed_only.attest(IMAGE).new
    signed_only.admit(IMAGE)
    assert not caplog.records, "regularly, not by breakglass or dry run"


def test_a_release_that_left_the_attestation_out_is_refused(signed_only):
    reason = r"data-api: not admitted: no valid attestation of .*: none was made: the release"
    with pytest.raises(RefusedError, match=reason):
        signed_only.admit(IMAGE)


def test_another_digest_than_the_attested_one_is_refused(signed_only):
    signed_only.attest(IMAGE)
    with pytest.raises(RefusedError, match="none was made"):
        signed_only.admit(Reference(IMAGE.repository, f"sha256:{'b' * 64}"))


@pytest.mark.parametrize("repository", [IMAGE.repository, f"{OURS}/data-api", *GOOGLES])
@pytest.mark.parametrize("named", [f"@{DIGEST}", ":latest", ""])
def test_nothing_is_exempt(signed_only, repository, named, caplog):
    """Neither our own repository, nor what Google's default policy lets through, nor a tag."""
    assert not signed_only.decide(f"{repository}{named}").admitted
    assert not caplog.records


def test_an_attestation_by_a_key_of_the_attackers_own_is_refused(signed_only):
    signed_only.attest(IMAGE)
    (ours,) = signed_only.service.occurrences
    key_id = ours["attestation"]["signatures"][0]["publicKeyId"]
    forged = occurrence(image=IMAGE, key=STRANGER, noteName=ours["noteName"])
    forged["attestation"]["signatures"][0]["publicKeyId"] = key_id
    signed_only.service.occurrences[:] = [forged]
    with pytest.raises(RefusedError, match="its signature is not by that key"):
        signed_only.admit(IMAGE)


def test_the_attestor_names_the_one_key_that_terraform_found(made):
    service, resources = made
    attestor = Attestor.of(translation.attestor(resources))
    (key,) = attestor.user_owned_grafeas_note.public_keys
    (version,) = service.keys
    assert key.id == KEY_ID.format(version)
    assert key.pkix_public_key.signature_algorithm == "EC_SIGN_P256_SHA256"
    assert key.pkix_public_key.public_key_pem == service.make_key(version)
    assert re.fullmatch(
        rf"projects/{PROJECT}/locations/europe-west1/keyRings/pipeline-\w+"
        r"/cryptoKeys/attestation-\w+/cryptoKeyVersions/1",
        version,
    )


WIDER = {
    "a pattern": {"admission_whitelist_patterns": [{"name_pattern": "127.0.0.1:5000/**"}]},
    "always allow": {
        "default_admission_rule": [
            {"evaluation_mode": "ALWAYS_ALLOW", "enforcement_mode": "ENFORCED_BLOCK_AND_AUDIT_LOG"}
        ]
    },
    "dry run": {
        "default_admission_rule": [
            {
                "evaluation_mode": "REQUIRE_ATTESTATION",
                "enforcement_mode": "DRYRUN_AUDIT_LOG_ONLY",
                "require_attestations_by": [f"projects/{PROJECT}/attestors/release-1"],
            }
        ]
    },
}


@pytest.mark.parametrize("change", WIDER.values(), ids=WIDER)
def test_a_wider_policy_would_be_seen(made, change):
    """What is asserted of the planned policy above does not hold of a wider one."""
    service, resources = made
    wider = [
        each | {"values": each["values"] | change} if each["type"] == translation.POLICY else each
        for each in resources
    ]
    decision = SignedOnly(Service(keys=service.keys), wider).decide(str(IMAGE))
    assert decision.admitted


def test_what_terraform_may_add_and_nobody_has_looked_at_is_refused(made):
    _, resources = made
    for kind, read in (
        (translation.POLICY, translation.policy),
        (translation.ATTESTOR, translation.attestor),
    ):
        strange = [
            each | {"values": each["values"] | {"new_argument": True}}
            if each["type"] == kind
            else each
            for each in resources
        ]
        with pytest.raises(LocalError, match="not known here: new_argument"):
            read(strange)
        with pytest.raises(LocalError, match=f"Terraform makes 0 {kind}, and must make one"):
            read([each for each in resources if each["type"] != kind])
        with pytest.raises(LocalError, match="Terraform makes 2"):
            read([*resources, *(each for each in resources if each["type"] == kind)])


def test_the_policy_is_named_as_the_one_of_its_project(made):
    found = Policy.of(translation.policy(made[1]))
    assert found.name == f"projects/{PROJECT}/policy"
    assert found.global_policy_evaluation_mode == "ENABLE"


def test_without_terraform_the_release_says_what_is_missing(monkeypatch):
    monkeypatch.setenv("TERRAFORM", "no-such-program")
    with pytest.raises(LocalError, match="what may run is what Terraform plans: needs no-such"):
        SignedOnly.planned()


def test_nothing_secret_is_in_what_is_printed_of_the_service(made, caplog):
    caplog.set_level(logging.DEBUG)
    service, _ = made
    assert service.token not in repr(service)
    assert "PRIVATE" not in repr(service)

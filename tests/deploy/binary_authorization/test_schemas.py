"""Each document is of the API's own type, read by Google's own code without an unknown field."""

import json

import pytest
from google.cloud import kms_v1
from google.cloud.binaryauthorization_v1 import types as binaryauthorization
from google.protobuf.json_format import ParseError
from grafeas import grafeas_v1

from deploy.binary_authorization import payload
from deploy.binary_authorization.attestation import attest
from deploy.binary_authorization.attestor import Attestor, PkixPublicKey
from deploy.binary_authorization.attestors import Attestors
from deploy.binary_authorization.notes import Notes
from deploy.binary_authorization.occurrence import Occurrence
from deploy.binary_authorization.policy import AdmissionRule, Policy
from deploy.binary_authorization.signer import CloudKms, checksum
from deploy.google import Google
from local.binary_authorization.service import Service
from local.serving import serving
from tests.deploy.binary_authorization.attestations import (
    IMAGE,
    KEY,
    NAME,
    NOTE,
    SIGNER,
    VERSION,
    attestor,
    occurrence,
    policy,
    public_key,
    rule,
)

ATTESTED = occurrence()
CLUSTER = {"europe-west1.x": rule("ALWAYS_DENY")}
NAMED = attestor(public_key(SIGNER, algorithm="ECDSA_P256_SHA256"))
"""Of an algorithm's two names, the one that Google's code writes."""
WHOLE = policy(patterns=["gcr.io/x/*"], clusterAdmissionRules=CLUSTER, description="x")


def strictly(kind, values):
    """Read JSON as a message; an unknown field or value of an enumeration is an error."""
    return kind.from_json(json.dumps(values), ignore_unknown_fields=False)


@pytest.fixture(scope="module")
def asked():
    """What an attestation asks of the APIs: `{the path's end: body}`."""
    service = Service(keys={VERSION: SIGNER.key}, attestors={NAME: attestor(public_key(SIGNER))})
    with serving(service.application()) as url:
        google = Google(service.token, f"{url}/{{service}}")
        attest(IMAGE, NAME, CloudKms(google, VERSION), Attestors(google), Notes(google))
    return {path.rpartition("/")[2].rpartition(":")[2]: body for path, body in service.calls}


def test_google_reads_the_occurrence_that_is_kept(asked):
    kept = strictly(grafeas_v1.Occurrence, asked["occurrences"])
    assert kept.resource_uri == f"https://{IMAGE}"
    assert (kept.note_name, kept.kind) == (NOTE, grafeas_v1.NoteKind.ATTESTATION)
    assert kept.attestation.serialized_payload == payload.write(IMAGE)
    (signature,) = kept.attestation.signatures
    assert signature.public_key_id == KEY
    key = Attestor.of(attestor(public_key(SIGNER))).key(KEY)
    assert key.verifies(kept.attestation.serialized_payload, signature.signature)


def test_google_reads_what_kms_is_asked_to_sign(asked):
    request = strictly(kms_v1.AsymmetricSignRequest, asked["asymmetricSign"])
    assert len(request.digest.sha256) == 32
    assert str(request.digest_crc32c) == checksum(request.digest.sha256)


def test_google_reads_what_is_to_be_checked(asked):
    request = strictly(
        binaryauthorization.ValidateAttestationOccurrenceRequest,
        asked["validateAttestationOccurrence"],
    )
    assert (request.occurrence_note, request.attestation.serialized_payload) == (
        NOTE,
        payload.write(IMAGE),
    )


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (binaryauthorization.Policy, WHOLE),
        (binaryauthorization.Attestor, attestor(public_key(SIGNER))),
        (grafeas_v1.Occurrence, ATTESTED),
    ],
    ids=["policy", "attestor", "occurrence"],
)
def test_what_the_tests_attack_with_is_what_the_apis_have(kind, values):
    strictly(kind, values)
    with pytest.raises(ParseError):
        strictly(kind, {**values, "unknown": 1})


@pytest.mark.parametrize(
    ("ours", "message"),
    [
        (Policy.of(WHOLE), binaryauthorization.Policy.from_json(json.dumps(WHOLE))),
        (Attestor.of(NAMED), binaryauthorization.Attestor.from_json(json.dumps(NAMED))),
        (Occurrence.of(ATTESTED), grafeas_v1.Occurrence.from_json(json.dumps(ATTESTED))),
    ],
    ids=["policy", "attestor", "occurrence"],
)
def test_what_google_writes_is_read_here_to_the_same_values(ours, message):
    """The message goes through Google's own code and comes back as Google writes JSON."""
    written = type(message).to_json(
        message, use_integers_for_enums=False, always_print_fields_with_no_presence=False
    )
    assert type(ours).of(json.loads(written)).json_values() == ours.json_values()


@pytest.mark.parametrize(
    ("ours", "theirs", "left_out"),
    [
        (
            AdmissionRule.model_fields["evaluation_mode"],
            binaryauthorization.AdmissionRule.EvaluationMode,
            {"EVALUATION_MODE_UNSPECIFIED"},
        ),
        (
            AdmissionRule.model_fields["enforcement_mode"],
            binaryauthorization.AdmissionRule.EnforcementMode,
            {"ENFORCEMENT_MODE_UNSPECIFIED"},
        ),
        (
            Policy.model_fields["global_policy_evaluation_mode"],
            binaryauthorization.Policy.GlobalPolicyEvaluationMode,
            set(),
        ),
    ],
    ids=["evaluation", "enforcement", "global policy"],
)
def test_the_values_that_are_known_are_all_that_google_has(ours, theirs, left_out):
    assert set(ours.annotation.__args__) == set(theirs.__members__) - left_out


def test_the_algorithm_is_the_same_under_both_of_its_names():
    known = PkixPublicKey.model_fields["signature_algorithm"].annotation.__args__
    algorithms = binaryauthorization.PkixPublicKey.SignatureAlgorithm
    assert {algorithms[name] for name in known} == {algorithms.EC_SIGN_P256_SHA256}
    aliases = {
        name for name, value in algorithms.__members__.items() if value == algorithms[known[0]]
    }
    assert aliases == set(known)

"""An attestor names keys and their algorithm; what is ambiguous in it is refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.signer import LocalKey
from deploy.documents import UnreadableError
from tests.deploy.binary_authorization.attestations import (
    KEY,
    NAME,
    NOTE,
    SIGNER,
    STRANGER,
    attestor,
    changed,
    public_key,
    signer,
)

GOOD = attestor(public_key(SIGNER))
NOTE_PATH = ("userOwnedGrafeasNote",)
KEY_PATH = (*NOTE_PATH, "publicKeys", 0)
PKIX = (*KEY_PATH, "pkixPublicKey")


def pem_of(private):
    kind = PublicFormat.SubjectPublicKeyInfo
    return private.public_key().public_bytes(Encoding.PEM, kind).decode()


def test_a_good_one_is_read():
    found = Attestor.of(GOOD)
    assert (found.name, found.note) == (NAME, NOTE)
    assert found.key(KEY).verifies(b"payload", SIGNER.sign(b"payload"))
    assert found.key("another id") is None


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("name",), "attestors/release-1", "name"),
        (("name",), f"{NAME}/x", "name"),
        (("userOwnedDrydockNote",), {}, "Extra inputs"),
        (("userOwnedGrafeasNote",), None, "Field required"),
        ((*NOTE_PATH, "noteReference"), "projects/1/notes", "noteReference"),
        ((*NOTE_PATH, "publicKeys"), "", "publicKeys"),
        ((*KEY_PATH, "id"), "", "id"),
        ((*KEY_PATH, "id"), None, "Field required"),
        ((*KEY_PATH, "asciiArmoredPgpPublicKey"), "x", "Extra inputs"),
        ((*PKIX, "keyId"), "another id", "another id"),
        ((*PKIX, "publicKeyPem"), "a public key", "no public key in PEM"),
        ((*PKIX, "publicKeyPem"), "", "no public key in PEM"),
        ((*PKIX, "signatureAlgorithm"), "EC_SIGN_P384_SHA384", "signatureAlgorithm"),
        ((*PKIX, "signatureAlgorithm"), "RSA_SIGN_PKCS1_2048_SHA256", "signatureAlgorithm"),
        ((*PKIX, "signatureAlgorithm"), "SIGNATURE_ALGORITHM_UNSPECIFIED", "signatureAlgorithm"),
        ((*PKIX, "signatureAlgorithm"), 9, "signatureAlgorithm"),
        ((*PKIX, "signatureAlgorithm"), None, "Field required"),
    ],
)
def test_what_cannot_be_judged_is_refused(path, value, reason):
    with pytest.raises(UnreadableError, match=reason):
        Attestor.of(changed(GOOD, path, value))


@pytest.mark.parametrize(
    "private",
    [
        ec.generate_private_key(ec.SECP384R1()),
        ec.generate_private_key(ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.generate(),
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ],
    ids=["P-384", "secp256k1", "Ed25519", "RSA"],
)
def test_a_key_of_another_kind_than_its_algorithm_is_refused(private):
    with pytest.raises(UnreadableError, match="not a key on the curve P-256"):
        Attestor.of(changed(GOOD, (*PKIX, "publicKeyPem"), pem_of(private)))


def test_two_keys_of_one_id_are_refused():
    """Which of them counts would depend on the reader."""
    twins = public_key(SIGNER), public_key(STRANGER, key_id=KEY)
    with pytest.raises(UnreadableError, match="two keys have one id"):
        Attestor.of(attestor(*twins))


@pytest.mark.parametrize("algorithm", ["EC_SIGN_P256_SHA256", "ECDSA_P256_SHA256"])
def test_both_names_of_the_algorithm_mean_the_same(algorithm):
    found = Attestor.of(attestor(public_key(SIGNER, algorithm=algorithm)))
    assert found.key(KEY).verifies(b"x", SIGNER.sign(b"x"))


def test_only_this_key_this_payload_and_this_hash_verify():
    key = Attestor.of(GOOD).key(KEY)
    good = SIGNER.sign(b"payload")
    assert not key.verifies(b"payload ", good)
    assert not key.verifies(b"payload", STRANGER.sign(b"payload"))
    assert not key.verifies(b"payload", LocalKey(KEY, signer(curve=ec.SECP384R1()).key).sign(b"x"))
    for spoiled in (b"", b"\0", good[:-1], good + b"\0", bytes(len(good))):
        assert not key.verifies(b"payload", spoiled)

"""KMS signs a digest, and what was damaged on the way or signed by another key is thrown away."""

import itertools

import pytest

from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.signer import CloudKms, checksum
from deploy.documents import encode
from deploy.google import Google, GoogleError
from local.binary_authorization.service import Service
from local.serving import serving
from tests.deploy.binary_authorization.attestations import (
    KEY,
    SIGNER,
    VERSION,
    answering,
    attestor,
    changed,
    public_key,
)

SIGNATURE = SIGNER.sign(b"payload")
ANSWER = {
    "signature": encode(SIGNATURE),
    "signatureCrc32c": checksum(SIGNATURE),
    "verifiedDigestCrc32c": True,
    "name": VERSION,
    "protectionLevel": "SOFTWARE",
}


def test_the_checksum_is_the_one_that_kms_documents():
    """The check value of CRC-32C, and as text, as JSON has a number of 64 bits."""
    assert checksum(b"123456789") == str(0xE3069283)


def test_a_signature_of_kms_verifies_with_the_attestors_key():
    service = Service(keys={VERSION: SIGNER.key})
    with serving(service.application()) as url:
        kms = CloudKms(Google(service.token, f"{url}/{{service}}"), VERSION)
        signature = kms.sign(b"payload")
    assert kms.key_id == KEY
    assert Attestor.of(attestor(public_key(SIGNER))).key(KEY).verifies(b"payload", signature)
    ((_, asked),) = service.calls
    assert "payload" not in str(asked), "the digest is enough"


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        (("name",), VERSION.removesuffix("1") + "2", "another key version"),
        (("name",), None, "another key version"),
        (("verifiedDigestCrc32c",), False, "damaged"),
        (("verifiedDigestCrc32c",), "true", "damaged"),
        (("verifiedDigestCrc32c",), None, "damaged"),
        (("signatureCrc32c",), "0", "damaged"),
        (("signatureCrc32c",), int(checksum(SIGNATURE)), "damaged"),
        (("signatureCrc32c",), None, "damaged"),
        (("signature",), encode(SIGNATURE[:-1]), "damaged"),
        (("signature",), "%", "damaged"),
        (("signature",), None, "damaged"),
    ],
    # A signature is another in each process of a test run, and would be in the names.
    ids=itertools.count(),
)
def test_an_answer_that_is_not_whole_is_thrown_away(path, value, reason):
    with answering(changed(ANSWER, path, value)) as (endpoint, _):
        kms = CloudKms(Google("token", endpoint), VERSION)
        with pytest.raises(GoogleError, match=reason):
            kms.sign(b"payload")


def test_an_empty_signature_with_its_checksum_is_thrown_away():
    empty = {**ANSWER, "signature": "", "signatureCrc32c": checksum(b"")}
    with answering(empty) as (endpoint, _), pytest.raises(GoogleError, match="damaged"):
        CloudKms(Google("token", endpoint), VERSION).sign(b"payload")


@pytest.mark.parametrize(
    "name",
    [
        "",
        VERSION.removesuffix("/cryptoKeyVersions/1"),
        f"{VERSION}/../2",
        f"{VERSION}:destroy#",
        f"{VERSION}\n",
        f"/{VERSION}",
        VERSION.removesuffix("1") + "0",
        VERSION.removesuffix("1") + "\u0661",
        KEY,
    ],
)
def test_what_is_no_key_version_is_not_asked_for(name):
    with pytest.raises(GoogleError, match="not the name of a key version"):
        CloudKms(Google("token"), name)

"""The stand-in is as strict as what it stands for, and lets in who has the token."""

import pytest
import requests

from deploy.binary_authorization.signer import checksum
from deploy.documents import encode
from local.binary_authorization.service import Service
from local.serving import serving
from tests.deploy.binary_authorization.attestations import (
    IMAGE,
    NAME,
    NOTE,
    PROJECT,
    SIGNER,
    STRANGER,
    VERSION,
    attestor,
    occurrence,
    public_key,
)

DIGEST = b"d" * 32
SIGN = f"/cloudkms/v1/{VERSION}:asymmetricSign"
VALIDATE = f"/binaryauthorization/v1/{NAME}:validateAttestationOccurrence"
ASKED = {"digest": {"sha256": encode(DIGEST)}, "digestCrc32c": checksum(DIGEST)}


@pytest.fixture
def service():
    return Service(keys={VERSION: SIGNER.key}, attestors={NAME: attestor(public_key(SIGNER))})


@pytest.fixture
def call(service):
    with serving(service.application()) as url:

        def ask(method, path, body=None, token=service.token):
            headers = {"Authorization": f"Bearer {token}"}
            return requests.request(method, url + path, json=body, headers=headers, timeout=5)

        yield ask


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", SIGN),
        ("GET", f"/binaryauthorization/v1/{NAME}"),
        ("POST", VALIDATE),
        ("GET", f"/containeranalysis/v1/{NOTE}/occurrences"),
        ("POST", f"/containeranalysis/v1/{PROJECT}/occurrences"),
    ],
)
@pytest.mark.parametrize("token", ["", "another", "é"])
def test_nobody_gets_in_without_the_token(call, service, method, path, token):
    answer = call(method, path, ASKED, token=token.encode().decode("latin-1"))
    assert (answer.status_code, answer.json()["error"]["status"]) == (401, "UNAUTHENTICATED")
    assert (service.calls, service.occurrences) == ([], [])


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", SIGN, {**ASKED, "digestCrc32c": "1"}, 400),
        ("POST", SIGN, {"digest": {"sha256": encode(b"short")}}, 400),
        ("POST", SIGN, {"digest": "x"}, 400),
        ("POST", SIGN, {}, 400),
        ("POST", SIGN, [], 400),
        ("POST", SIGN.replace("Versions/1", "Versions/2"), ASKED, 404),
        ("GET", f"/binaryauthorization/v1/{NAME}-2", None, 404),
        ("POST", VALIDATE, {"occurrenceNote": NOTE}, 400),
        ("GET", f"/containeranalysis/v1/{NOTE}/occurrences?filter=all", None, 400),
        ("GET", "/containeranalysis/v1/projects", None, 404),
    ],
)
def test_what_the_apis_would_refuse_is_refused(call, method, path, body, status):
    assert call(method, path, body).status_code == status


@pytest.mark.parametrize(
    ("key", "result"), [(SIGNER, "VERIFIED"), (STRANGER, "ATTESTATION_NOT_VERIFIABLE")]
)
def test_an_attestation_is_judged_by_the_attestors_keys(call, key, result):
    body = {
        "attestation": occurrence(key=key)["attestation"],
        "occurrenceNote": NOTE,
        "occurrenceResourceUri": f"https://{IMAGE}",
    }
    assert call("POST", VALIDATE, body).json()["result"] == result


def test_a_key_version_is_made_once(service):
    assert service.make_key(VERSION) == service.make_key(VERSION)
    assert service.make_key(f"{VERSION}2") != service.make_key(VERSION)

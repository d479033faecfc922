"""An attestor is read as strictly as it is judged by, and its own judgement is not read into."""

import pytest

from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.attestors import Attestors
from deploy.binary_authorization.occurrence import Occurrence
from deploy.google import Google, GoogleError
from tests.deploy.binary_authorization.attestations import (
    NAME,
    SIGNER,
    answering,
    attestor,
    occurrence,
    public_key,
)

VALUES = attestor(public_key(SIGNER))
ATTESTOR = Attestor.of(VALUES)
ATTESTED = Occurrence.of(occurrence())


def test_the_attestor_that_was_asked_for_is_given():
    with answering(VALUES) as (endpoint, seen):
        assert Attestors(Google("token", endpoint)).get(NAME) == ATTESTOR
    assert seen[0][:2] == ("GET", f"/binaryauthorization/v1/{NAME}")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({**VALUES, "name": f"{NAME}-2"}, f"{NAME} was asked for, and {NAME}-2 came"),
        ({**VALUES, "unknown": 1}, f"{NAME} cannot be used: Attestor, unknown"),
        ({}, "cannot be used"),
    ],
)
def test_another_attestor_is_refused(answer, reason):
    with answering(answer) as (endpoint, _), pytest.raises(GoogleError, match=reason):
        Attestors(Google("token", endpoint)).get(NAME)


@pytest.mark.parametrize("name", ["", "release-1", f"{NAME}/..", f"{NAME}\n", f"{NAME}?x=1"])
def test_what_is_no_attestors_name_is_not_asked_for(name):
    with pytest.raises(GoogleError, match="not the name of an attestor"):
        Attestors(Google("token")).get(name)


@pytest.mark.parametrize(
    ("answer", "objection"),
    [
        ({"result": "VERIFIED"}, ""),
        ({"result": "ATTESTATION_NOT_VERIFIABLE", "denialReason": "other key"}, "other key"),
        ({"result": "ATTESTATION_NOT_VERIFIABLE"}, "it cannot be verified"),
        ({"result": "ATTESTATION_NOT_VERIFIABLE", "denialReason": ""}, "it cannot be verified"),
    ],
)
def test_the_objection_is_the_attestors(answer, objection):
    with answering(answer) as (endpoint, _):
        assert Attestors(Google("token", endpoint)).objection(ATTESTOR, ATTESTED) == objection


@pytest.mark.parametrize("answer", [{}, {"result": "RESULT_UNSPECIFIED"}, {"result": True}])
def test_no_judgement_is_none(answer):
    with answering(answer) as (endpoint, _), pytest.raises(GoogleError, match="was not judged"):
        Attestors(Google("token", endpoint)).objection(ATTESTOR, ATTESTED)

"""An image is attested once, with a key of the attestor, and only if the attestor takes it."""

import pytest

from deploy.binary_authorization import admission, payload
from deploy.binary_authorization.admission import Deployment, Project
from deploy.binary_authorization.attestation import attest
from deploy.binary_authorization.attestor import Attestor
from deploy.binary_authorization.attestors import Attestors
from deploy.binary_authorization.notes import Notes
from deploy.binary_authorization.policy import Policy
from deploy.binary_authorization.signer import CloudKms
from deploy.google import Google, GoogleError
from deploy.reference import RefusedError
from local.binary_authorization.service import Service
from local.serving import serving
from tests.deploy.binary_authorization.attestations import (
    IMAGE,
    KEY,
    NAME,
    SIGNER,
    STRANGER,
    VERSION,
    attestor,
    occurrence,
    policy,
    public_key,
    signer,
)


@pytest.fixture
def service():
    """The APIs, with the attestor and its key."""
    keys = {VERSION: SIGNER.key}
    return Service(keys=keys, attestors={NAME: attestor(public_key(SIGNER))})


@pytest.fixture
def google(service):
    with serving(service.application()) as url:
        yield Google(service.token, f"{url}/{{service}}")


def run(google, key=None, image=IMAGE):
    key = key or CloudKms(google, VERSION)
    return attest(image, NAME, key, Attestors(google), Notes(google))


def made(service):
    return [path for path, _ in service.calls if path.endswith("/occurrences")]


def admitted(service):
    found = {name: Attestor.of(values) for name, values in service.attestors.items()}
    project = Project(Policy.of(policy()), found, service.occurrences)
    return admission.admit(Deployment(image=str(IMAGE)), project).admitted


@pytest.mark.parametrize("local", [False, True], ids=["KMS", "local key"])
def test_what_is_attested_is_admitted(service, google, local):
    assert not admitted(service)
    done = run(google, SIGNER if local else None)
    assert done.new
    assert admitted(service)
    (kept,) = service.occurrences
    assert kept["name"] == done.name
    assert kept["resourceUri"] == f"https://{IMAGE}"
    assert kept["attestation"]["signatures"][0]["publicKeyId"] == KEY


def test_attesting_again_makes_nothing_new(service, google):
    first = run(google)
    before = len(service.calls)
    second = run(google)
    assert (second.name, second.new) == (first.name, False)
    asked = [path for path, _ in service.calls[before:]]
    assert asked == [f"POST /binaryauthorization/v1/{NAME}:validateAttestationOccurrence"]
    assert len(service.occurrences) == 1


@pytest.mark.parametrize(
    "planted",
    [
        occurrence(key=STRANGER),
        occurrence(content=payload.write(IMAGE) + b" ", signatures=[]),
        occurrence(unknown=1),
        occurrence(kind="BUILD"),
        {"noteName": occurrence()["noteName"], "resourceUri": f"https://{IMAGE}"},
    ],
    ids=["other key", "no signature", "unknown field", "other kind", "nothing in it"],
)
def test_what_does_not_count_does_not_stand_in_the_way(service, google, planted):
    """Else whoever may attach something could keep an image from being released."""
    service.occurrences.append(planted)
    assert run(google).new
    assert admitted(service)


def test_the_api_alone_does_not_make_a_planted_attestation_count(service, google):
    class Agreeing(Attestors):
        def objection(self, *_):
            return ""

    service.occurrences.append(occurrence(key=STRANGER))
    assert attest(IMAGE, NAME, SIGNER, Agreeing(google), Notes(google)).new


def test_an_attestation_by_a_key_that_was_taken_away_is_made_anew(service, google):
    run(google)
    newer_version = VERSION.removesuffix("1") + "2"
    newer = signer(KEY.removesuffix("1") + "2")
    service.keys[newer_version] = newer.key
    service.attestors[NAME] = attestor(public_key(newer))
    assert not admitted(service)
    assert run(google, CloudKms(google, newer_version)).new
    assert admitted(service)


def test_a_key_that_the_attestor_does_not_name_signs_nothing(service, google):
    service.attestors[NAME] = attestor()
    with pytest.raises(RefusedError, match="put its version into attestation_key_versions"):
        run(google)
    assert service.calls == []


def test_a_signature_by_another_key_is_never_sent(service, google):
    """KMS has another key under this name than the attestor."""
    service.keys[VERSION] = STRANGER.key
    with pytest.raises(RefusedError, match="its signature is not by that key"):
        run(google)
    assert made(service) == []
    assert not any("validate" in path for path, _ in service.calls)


def test_what_the_api_objects_to_is_not_kept(service, google):
    class Objecting(Attestors):
        def objection(self, *_):
            return "not this one"

    with pytest.raises(RefusedError, match="not this one"):
        attest(IMAGE, NAME, SIGNER, Objecting(google), Notes(google))
    assert made(service) == []


def test_an_attestor_that_is_not_there_is_named(service, google):
    service.attestors.clear()
    with pytest.raises(GoogleError, match=rf"{NAME}: HTTP 404: .*make bootstrap"):
        run(google)


def test_a_token_that_is_not_valid_attests_nothing(service, google):
    service.token = "another"
    with pytest.raises(GoogleError, match=r"HTTP 401.*get a new one"):
        run(google)
    assert service.calls == []

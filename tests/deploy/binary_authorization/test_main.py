"""One command attests one image, with a token that no list of processes shows."""

import pytest
from click.testing import CliRunner

from deploy.binary_authorization.__main__ import TOKEN, main
from local.binary_authorization.service import Service
from local.serving import serving
from tests.deploy.binary_authorization.attestations import (
    IMAGE,
    NAME,
    SIGNER,
    VERSION,
    attestor,
    public_key,
)


@pytest.fixture
def service():
    return Service(keys={VERSION: SIGNER.key}, attestors={NAME: attestor(public_key(SIGNER))})


@pytest.fixture
def run(service):
    with serving(service.application()) as url:

        def call(image=str(IMAGE), name=NAME, token=service.token):
            arguments = [image, f"--attestor={name}", f"--key-version={VERSION}"]
            arguments.append(f"--endpoint={url}/{{service}}")
            return CliRunner().invoke(main, arguments, env={TOKEN: token})

        yield call


def test_it_attests_and_may_be_run_again(run, service):
    first, second = run(), run()
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output.startswith(f"attested: {IMAGE}, ")
    assert second.output.startswith(f"was attested before: {IMAGE}, ")
    assert len(service.occurrences) == 1


def test_make_gives_its_values_in_the_environment(service):
    """So that no shell reads what is in them."""
    with serving(service.application()) as url:
        given = {"ATTEST_IMAGE": str(IMAGE), "ATTEST_ATTESTOR": NAME, "ATTEST_KEY": VERSION}
        endpoint = f"--endpoint={url}/{{service}}"
        ended = CliRunner().invoke(main, [endpoint], env={**given, TOKEN: service.token})
    assert ended.exit_code == 0, ended.output
    assert len(service.occurrences) == 1


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"image": f"{IMAGE.repository}:latest"}, "the tag latest can be moved"),
        ({"token": ""}, "set GOOGLE_OAUTH_ACCESS_TOKEN"),
        ({"token": "not-the-token"}, "HTTP 401"),
        ({"name": "release-1"}, "not the name of an attestor"),
    ],
)
def test_what_is_wrong_is_one_line_without_the_token(run, service, given, reason):
    ended = run(**given)
    assert ended.exit_code == 1
    assert reason in ended.output
    assert len(ended.output.splitlines()) == 1
    assert service.token not in ended.output
    assert "not-the-token" not in ended.output
    assert service.occurrences == []

"""`python -m deploy.binary_authorization`: attests an image that was verified just before."""

import os

import click

from deploy.binary_authorization.attestation import attest
from deploy.binary_authorization.attestors import Attestors
from deploy.binary_authorization.notes import Notes
from deploy.binary_authorization.signer import CloudKms
from deploy.google import ENDPOINT, Google, GoogleError
from deploy.reference import Reference, RefusedError

TOKEN = "GOOGLE_OAUTH_ACCESS_TOKEN"  # noqa: S105 # nosec B105 - the name of a variable


@click.command()
@click.argument("image", envvar="ATTEST_IMAGE")
@click.option("--attestor", envvar="ATTEST_ATTESTOR", required=True, help="projects/P/attestors/A")
@click.option("--key-version", envvar="ATTEST_KEY", required=True, help="projects/P/locations/...")
@click.option(
    "--endpoint", default=ENDPOINT, show_default=True, help="Of the APIs; for rehearsals."
)
def main(image: str, attestor: str, key_version: str, endpoint: str) -> None:
    """Attest IMAGE, given as REPOSITORY@sha256:DIGEST, as whoever the access token stands for.

    It looks at nothing: run `deploy.verification` before, in the same job. The token comes in
    GOOGLE_OAUTH_ACCESS_TOKEN, where no list of processes shows it.
    """
    try:
        reference = Reference.parse(image)
        google = Google(os.environ.get(TOKEN, ""), endpoint)
        signer = CloudKms(google, key_version)
        done = attest(reference, attestor, signer, Attestors(google), Notes(google))
    except (GoogleError, RefusedError) as exc:
        raise click.ClickException(str(exc)) from exc
    click.echo(f"{'attested' if done.new else 'was attested before'}: {reference}, {done.name}")


if __name__ == "__main__":
    main()

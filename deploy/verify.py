"""`python -m deploy.verify IMAGE`: whether an image may be deployed, asked by a person."""

from pathlib import Path

import click

from deploy import trust, verification
from deploy.cosign import Cosign, CosignError
from deploy.desk import surroundings
from deploy.jobs import handover
from deploy.jobs.run import SIGNER
from deploy.reference import Reference, RefusedError
from deploy.source.release import REPOSITORY
from deploy.verification import Demands
from toolchain.install import ToolError, install, pins

ROOT = Path(__file__).parent.parent


@click.command()
@click.argument("image", envvar="VERIFY_IMAGE")
@click.option("--repository", envvar="VERIFY_REPOSITORY", default=REPOSITORY, help="OWNER/NAME.")
@click.option("--commit", envvar="VERIFY_COMMIT", default="", help="Else what is checked out.")
@click.option("--attestations", envvar="VERIFY_ATTESTATIONS", default="", help="Beside the images.")
@click.option("--bill", envvar="VERIFY_BILL", default="", help="The bill of materials to expect.")
def main(image: str, repository: str, commit: str, attestations: str, bill: str) -> None:
    """Verify IMAGE as the release does, with the registry's login of whoever asks."""
    try:
        named = Reference.parse(image)
        demands = Demands(
            commit=commit or surroundings.commit(ROOT),
            source=f"git+https://github.com/{repository}",
            bill_of_materials=handover.read(Path(bill)) if bill else None,
        )
        images = named.repository.rpartition("/")[0]
        beside = attestations or f"{images.rpartition('/')[0]}/attestations"
        program = install(pins()["cosign"])
        cosign = Cosign(program, {"COSIGN_REPOSITORY": f"{beside}/{named.service}"})
        how = trust.keyless(f"https://github.com/{repository}/{SIGNER}")
        verification.verify(cosign, named, how, demands)
    except (CosignError, RefusedError, ToolError) as exc:
        raise click.ClickException(str(exc)) from exc
    click.echo(f"{named}: signed by {how.identity}, for commit {demands.commit}")


if __name__ == "__main__":
    main(prog_name="deploy.verify")

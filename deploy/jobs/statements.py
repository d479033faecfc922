"""Signs what was built, and verifies what was signed; each in a job of its own identity."""

from collections.abc import Iterator
from contextlib import contextmanager

from deploy import signing, trust, verification
from deploy.cosign import Cosign
from deploy.jobs import handover
from deploy.jobs.registry import logged_in
from deploy.jobs.run import Job
from deploy.reference import Reference, RefusedError
from deploy.verification import Demands
from toolchain.install import install, pins


def sign(job: Job) -> Iterator[Reference]:
    """Sign each image and the statements about it; gives each that is done.

    Raises:
        RefusedError: the statements are about another image or commit.
        CosignError: it could not be signed.
    """
    how = trust.keyless(job.signer)
    for name, image in job.images().items():
        documents = handover.documents(name)
        _speaks_of(image, documents, job)
        with _cosign(job, image) as cosign:
            signing.sign(cosign, image, how, job.commit, documents)
        yield image


def verify(job: Job) -> Iterator[Reference]:
    """Verify each image with all that has to be true of it; gives each that may be deployed.

    Raises:
        RefusedError: one must not be deployed, with the reason.
    """
    how = trust.keyless(job.signer)
    for name, image in job.images().items():
        demands = Demands(
            commit=job.commit,
            source=f"git+https://github.com/{job.repository}",
            bill_of_materials=handover.read(handover.documents(name).bill_of_materials),
        )
        with _cosign(job, image) as cosign:
            verification.verify(cosign, image, how, demands)
        yield image


@contextmanager
def _cosign(job: Job, image: Reference) -> Iterator[Cosign]:
    """Let cosign in, and have it keep what it writes apart from the images."""
    program = install(pins()["cosign"])
    with logged_in(image.repository.partition("/")[0], job.token) as environment:
        beside = {"COSIGN_REPOSITORY": f"{job.given('ATTESTATIONS')}/{image.service}"}
        yield Cosign(program, {**environment, **beside})


def _speaks_of(image: Reference, documents: signing.Documents, job: Job) -> None:
    """Refuse to sign about one image what was said of another."""
    try:
        scanned = handover.read(documents.scan)["scanner"]["result"]["digest"]
        told = handover.read(documents.provenance)["buildDefinition"]["externalParameters"]
        built = (told["source"], told["commit"])
    except (LookupError, TypeError) as exc:
        raise RefusedError(f"{image.service}: a statement has another shape than ours") from exc
    if scanned != image.digest:
        raise RefusedError(f"{image.service}: {scanned} was scanned, and {image.digest} pushed")
    if built != (f"git+https://github.com/{job.repository}", job.commit):
        raise RefusedError(f"{image.service}: the provenance tells of {' '.join(map(str, built))}")

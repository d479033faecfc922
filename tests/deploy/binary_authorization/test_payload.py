"""What is signed is what gcloud would sign, and nothing else passes for it."""

import json

import pytest

from deploy.binary_authorization import payload
from deploy.documents import UnreadableError
from deploy.reference import Reference
from tests.deploy.binary_authorization.attestations import DIGEST, IMAGE, said

# As `gcloud container binauthz create-signature-payload` prints it, with its newline at the end.
WRITTEN = """\
{
  "critical": {
    "identity": {
      "docker-reference": "us-docker.pkg.dev/google-samples/containers/gke/hello-app"
    },
    "image": {
      "docker-manifest-digest": \
"sha256:37e5287945774f27b418ce567cd77f4bbc9ef44a1bcd1a2312369f31f9cce567"
    },
    "type": "Google cloud binauthz container signature"
  }
}
"""


def test_it_is_written_byte_for_byte_as_gcloud_does():
    image = Reference(
        "us-docker.pkg.dev/google-samples/containers/gke/hello-app",
        "sha256:37e5287945774f27b418ce567cd77f4bbc9ef44a1bcd1a2312369f31f9cce567",
    )
    assert payload.write(image) == WRITTEN.encode()


def test_it_is_read_again():
    assert payload.parse(payload.write(IMAGE)).digest == DIGEST


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        DIGEST.encode(),
        said(type="atomic container signature"),
        said(type="Google Cloud BinAuthz container signature"),
        said(type=""),
        said(digest="sha256:abc"),
        said(digest=DIGEST.upper()),
        said(digest=f"{DIGEST}\n"),
        said(digest=f"x{DIGEST}"),
        said(digest=None),
        said(digest=[DIGEST]),
        said(more={"optional": {}}),
        said() + said(),
        said().replace(b'"identity"', b'"image": {}, "identity"'),
        json.dumps({"critical": {"docker_reference": "x"}}).encode(),
    ],
)
def test_whatever_else_was_signed_is_no_attestation(raw):
    """The key may have signed it, and it still attests nothing."""
    with pytest.raises(UnreadableError):
        payload.parse(raw)

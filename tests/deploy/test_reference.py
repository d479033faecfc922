import pytest

from deploy.reference import Reference, RefusedError

DIGEST = f"sha256:{'a' * 64}"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("r.test/p/data-api:latest", "the tag latest can be moved"),
        (f"r.test/p/data-api:v1@{DIGEST}", "the tag v1 can be moved"),
        ("r.test/p/data-api", "not REPOSITORY@sha256:DIGEST"),
        ("r.test/p/data-api@sha256:abc", "not REPOSITORY@sha256:DIGEST"),
        (f"r.test/p/data-api@{DIGEST.upper()}", "not REPOSITORY@sha256:DIGEST"),
        (f"r.test/p/data-api@{DIGEST}@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        (f"r.test/p/data-api@{DIGEST}\n", "not REPOSITORY@sha256:DIGEST"),
        (f"--flag@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        (f"r.test/../x@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        (f"data-api@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        (f"-flag/x@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        (f"--insecure-policy/x@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        (f"../x/y@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        (f"./x@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        (f"r.test:99999999/x@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        (f"r.test:\u0663/x@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        (f"p/data-api@{DIGEST}", "not REPOSITORY@sha256:DIGEST"),
        ("", "not REPOSITORY@sha256:DIGEST"),
    ],
)
def test_only_a_digest_names_an_image(text, reason):
    with pytest.raises(RefusedError, match=reason):
        Reference.parse(text)


def test_no_other_reference_can_be_made():
    for repository, digest in (("r.test/x:latest", DIGEST), ("r.test/x", "")):
        with pytest.raises(RefusedError, match="not REPOSITORY@sha256:DIGEST"):
            Reference(repository, digest)


def test_a_reason_directs_no_terminal():
    assert str(RefusedError("a\x1b[31mb\r\nc")) == "a?[31mb??c"


@pytest.mark.parametrize(
    "repository",
    [
        *("r.test/p/data-api", "127.0.0.1:5000/data-api", "localhost:5000/data-api"),
        "europe-docker.pkg.dev/project-1/images/data-api",
    ],
)
def test_a_digest_is_read_and_written_back(repository):
    read = Reference.parse(f"{repository}@{DIGEST}")
    assert (read.repository, read.digest, read.service) == (repository, DIGEST, "data-api")
    assert str(read) == f"{repository}@{DIGEST}"

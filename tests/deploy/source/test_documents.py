"""A bill of materials names each pin of each lock; the provenance names one build."""

import pytest

from deploy.reference import RefusedError
from deploy.source.archive import Archive
from deploy.source.documents import complete, provenance

LOCKS = {
    "requirements/api.txt": b"Flask==3.1.2 \\\n    --hash=sha256:" + 64 * b"0" + b"\n",
    "requirements/dev.txt": b"uvicorn[standard]==0.1\nzope.interface==7 ; python_version > '3'\n",
    "requirements/deep/other.txt": b"nobody==1\n",
    "notes.txt": b"nobody==2\n",
}
ARCHIVE = Archive("1.2.3", "c" * 40, LOCKS)


def part(name, version, kind="pypi"):
    return {"name": name, "version": version, "purl": f"pkg:{kind}/{name.lower()}@{version}"}


def bill(*parts):
    return {"components": [*parts, {"name": "requirements/api.txt", "type": "application"}]}


WHOLE = (part("flask", "3.1.2"), part("uvicorn", "0.1"), part("zope-interface", "7"))


def test_a_bill_with_every_pin_is_complete():
    complete(bill(*WHOLE, part("more", "1")), ARCHIVE)


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (bill(*WHOLE[1:]), "leaves out flask 3.1.2"),
        (bill(part("flask", "3.1.1"), *WHOLE[1:]), "leaves out flask 3.1.2"),
        (bill(part("flask", "3.1.2", "npm"), *WHOLE[1:]), "leaves out flask 3.1.2"),
        ({}, "another shape"),
        ({"components": None}, "another shape"),
        ({"components": ["flask"]}, "another shape"),
        (bill({"purl": "pkg:pypi/flask@3.1.2"}), "another shape"),
    ],
)
def test_an_incomplete_bill_is_refused(said, reason):
    with pytest.raises(RefusedError, match=reason):
        complete(said, ARCHIVE)


def test_without_a_lock_there_is_nothing_to_be_complete_about():
    with pytest.raises(RefusedError, match="has no lock"):
        complete(bill(*WHOLE), Archive("1.2.3", "c" * 40, {"notes.txt": b"a==1\n"}))


def test_the_provenance_names_repository_commit_version_and_workflow():
    identity = "https://github.com/owner/name/.github/workflows/x.yml@refs/tags/v1.2.3"
    said = provenance(ARCHIVE, identity)
    outside = said["buildDefinition"]["externalParameters"]
    assert outside == {
        "source": "git+https://github.com/owner/name",
        "commit": "c" * 40,
        "version": "1.2.3",
    }
    (made_of,) = said["buildDefinition"]["resolvedDependencies"]
    assert made_of == {"uri": outside["source"], "digest": {"gitCommit": "c" * 40}}
    assert said["runDetails"]["builder"]["id"] == identity

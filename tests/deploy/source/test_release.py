"""A release is believed only as the workflow of its own tag signed it.

Certificates and log entries are real: the private Sigstore gives them to whoever a test says asks.
"""

import base64
import json
import shutil

import pytest

from deploy.reference import RefusedError
from deploy.signing import BILL_OF_MATERIALS, PROVENANCE
from deploy.source import archive, documents, release
from deploy.source.release import SIGNATURE, Release
from local.release.workflow_identity import WorkflowRun
from tests.deploy.source.conftest import FILES, repository_in
from tests.deploy.source.test_documents import bill, part

WORKFLOW = "release-template.yml"
BILL = bill(part("flask", "3.1.2"), part("blinker", "1.9.0"))


def run_of(ours, **changes):
    """Tell of the run for the tag of 1.2.3 at a commit, and what differs."""
    facts = {"workflow": WORKFLOW, "ref": "refs/tags/v1.2.3", "commit": ours}
    return WorkflowRun(**facts | changes)


def described(path, identity):
    made = Release(path)
    release.describe(made, BILL, documents.provenance(archive.read(path), identity))
    return made


@pytest.fixture(scope="module")
def signed(world, tmp_path_factory):
    """A good release, signed once; tests change copies of it."""
    folder = tmp_path_factory.mktemp("source")
    repository = repository_in(folder / "checkout")
    run = run_of(repository.git("rev-parse", "HEAD"))
    made = described(archive.make(repository.folder, folder / "out"), run.identity)
    release.sign(world.cosign(run), made, world.signing(run))
    return made


@pytest.fixture
def copy(signed, tmp_path):
    for path in signed.files:
        shutil.copy(path, tmp_path)
    return Release(tmp_path / signed.archive.name)


def trusted(world, made):
    return world.signing(run_of(archive.read(made.archive).commit))


def test_what_the_workflow_of_its_tag_signed_is_believed(world, copy):
    verified = release.verify(world.cosign(), copy, trusted(world, copy))
    assert verified.version == "1.2.3"
    assert verified.files["app/main.py"].decode() == FILES["app/main.py"]


def test_the_identity_that_counts_is_the_workflow_at_the_tag(world, copy):
    wanted = release.identity("example-org/hardened-data-pipeline", "1.2.3")
    assert trusted(world, copy).identity == wanted
    assert f".github/workflows/{WORKFLOW}" == release.WORKFLOW


def test_another_archive_is_refused(world, copy, tmp_path):
    other = repository_in(tmp_path / "other")
    other.commit({"app/main.py": "print('another')\n"})
    archive.make(other.folder, tmp_path)
    with pytest.raises(RefusedError):
        release.verify(world.cosign(), copy, trusted(world, copy))


def test_bytes_behind_the_archive_are_refused(world, copy):
    """They change no file in it, and gzip reads over zeros."""
    with copy.archive.open("ab") as stream:
        stream.write(b"\0")
    with pytest.raises(RefusedError):
        release.verify(world.cosign(), copy, trusted(world, copy))


@pytest.mark.parametrize("kind", [SIGNATURE, BILL_OF_MATERIALS, PROVENANCE])
@pytest.mark.parametrize("content", [None, "", "{}", "[]", '{"dsseEnvelope": {"payload": "!"}}'])
def test_a_bundle_that_is_missing_or_broken_is_refused(world, copy, kind, content):
    if content is None:
        copy.bundle(kind).unlink()
    else:
        copy.bundle(kind).write_text(content, "utf-8")
    with pytest.raises(RefusedError):
        release.verify(world.cosign(), copy, trusted(world, copy))


def test_statements_in_each_others_place_are_refused(world, copy):
    one, other = copy.bundle(BILL_OF_MATERIALS), copy.bundle(PROVENANCE)
    shutil.copy(one, other)
    with pytest.raises(RefusedError):
        release.verify(world.cosign(), copy, trusted(world, copy))


def test_a_changed_statement_is_refused(world, copy):
    path = copy.bundle(BILL_OF_MATERIALS)
    bundle = json.loads(path.read_text("utf-8"))
    statement = json.loads(base64.b64decode(bundle["dsseEnvelope"]["payload"]))
    statement["predicate"]["components"] += [part("more", "1")]
    changed = base64.b64encode(json.dumps(statement).encode()).decode()
    bundle["dsseEnvelope"]["payload"] = changed
    path.write_text(json.dumps(bundle), "utf-8")
    with pytest.raises(RefusedError):
        release.verify(world.cosign(), copy, trusted(world, copy))


STRANGERS = {
    "another workflow": {"workflow": "ci.yml"},
    "another tag": {"ref": "refs/tags/v1.2.4"},
    "a branch": {"ref": "refs/heads/main"},
    "a branch that looks like the tag": {"ref": "refs/heads/refs/tags/v1.2.3"},
    "another repository": {"repository": "example-org/another"},
    "another commit": {"commit": "d" * 40},
    "by hand": {"event": "workflow_dispatch"},
}


@pytest.mark.parametrize("changes", STRANGERS.values(), ids=STRANGERS)
def test_what_somebody_else_signed_is_refused(world, copy, changes):
    """All three are signed as this run, with certificates that are real for it."""
    commit = archive.read(copy.archive).commit
    run, ours = run_of(commit, **changes), run_of(commit)
    cosign, how = world.cosign(run), world.signing(run)
    release.describe(copy, BILL, documents.provenance(archive.read(copy.archive), ours.identity))
    for path in (copy.bundle(kind) for kind in (SIGNATURE, *release.KINDS)):
        path.unlink()
    cosign.sign_blob(copy.archive, how, copy.bundle(SIGNATURE))
    for kind in release.KINDS:
        cosign.attest_blob(copy.archive, how, kind, copy.predicate(kind), copy.bundle(kind))
    with pytest.raises(RefusedError):
        release.verify(world.cosign(), copy, trusted(world, copy))


@pytest.mark.parametrize(
    ("bill_said", "builder", "reason"),
    [
        (bill(), None, "leaves out"),
        (BILL, "https://github.com/nobody/desk/.github/", "another build"),
    ],
)
def test_what_is_not_so_is_neither_signed_nor_believed(world, copy, bill_said, builder, reason):
    """Whoever can sign can still not say it: the statement is compared with the archive."""
    read = archive.read(copy.archive)
    run = run_of(read.commit)
    release.describe(copy, bill_said, documents.provenance(read, builder or run.identity))
    with pytest.raises(RefusedError, match=reason):
        release.sign(world.cosign(run), copy, world.signing(run))
    for kind in release.KINDS:
        copy.bundle(kind).unlink()
        where = copy.bundle(kind)
        world.cosign(run).attest_blob(
            copy.archive, world.signing(run), kind, copy.predicate(kind), where
        )
    with pytest.raises(RefusedError, match=reason):
        release.verify(world.cosign(), copy, world.signing(run))


def test_another_tag_cannot_sign_this_version(world, copy):
    read = archive.read(copy.archive)
    run = run_of(read.commit, ref="refs/tags/v1.2.4")
    release.describe(copy, BILL, documents.provenance(read, run.identity))
    with pytest.raises(RefusedError, match=r"is not what .*v1\.2\.4 may release"):
        release.sign(world.cosign(run), copy, world.signing(run))

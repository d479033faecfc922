"""`release-template.yml` itself, run by act: a tag becomes a release, and nothing else does."""

import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from deploy.source import archive, release
from deploy.source.release import Release
from local.release import workflow_identity
from local.release.workflow_identity import WorkflowRun
from rehearsal.errors import MissingError
from rehearsal.workflows import act, events, stage, surroundings, trees
from rehearsal.workflows.events import REPOSITORY, TAG
from rehearsal.workflows.faults import Fault
from rehearsal.workflows.stage import Stage
from rehearsal.workflows.standins import standins
from tests.deploy.source.test_main import GH
from toolchain.install import find

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]
WORKFLOW = release.WORKFLOW
VERSION = TAG.removeprefix("v")
RELEASED = Fault(
    about="a section of its own",
    job="",
    path="CHANGELOG.md",
    old="## Unreleased\n",
    new=f"## {VERSION} - 2026-12-31\n",
)


@dataclass
class Ended:
    """What a run came to."""

    results: dict[str, str]
    said: str
    published: list[str]
    artifacts: Path


@pytest.fixture(scope="module")
def theatre():
    try:
        with stage.prepared() as prepared:
            yield prepared
    except MissingError as exc:
        pytest.skip(f"needs {exc}")


@pytest.fixture
def play(theatre: Stage, world, tmp_path):
    """Run the workflow on a tag of a tree with a change; `signer` is who Sigstore takes it for."""

    def run(changes, *, reviewed=True, **signer):
        tree = theatre.tree
        for number, change in enumerate(changes):
            tree = trees.planted(tree, change, tmp_path / f"tree-{number}")
        if reviewed:
            trees._git(tree.folder, "update-ref", archive.MAIN, tree.commit)
        folder = tmp_path / "run"
        folder.mkdir()
        programs(folder / "bin")
        claims = {
            "workflow": Path(WORKFLOW).name,
            "ref": f"refs/tags/{TAG}",
            "commit": tree.commit,
            **signer,
        }
        trust = world.sigstore.trust
        token = workflow_identity.environment(world.sigstore.issuer_url, WorkflowRun(**claims))
        given = surroundings.of_run(theatre.environment, folder, token, reads_only=False) | {
            "PATH": f"{folder / 'bin'}:{theatre.environment['PATH']}",
            "GH_SAID": str(folder / "said"),
            "SIGSTORE_TRUSTED_ROOT": str(trust.trusted_root),
            "SIGSTORE_SIGNING_CONFIG": str(trust.signing_config),
            "SIGSTORE_ISSUER": world.sigstore.issuer_url,
        }
        text = (tree.folder / WORKFLOW).read_text("utf-8")
        event = events.write("tag", tree.commit, tree.base, folder)
        done = act.run(tree.folder, WORKFLOW, event, standins(text), given)
        results = {name: job.result for name, job in done.jobs.items()}
        said = "\n".join(line for job in done.jobs.values() for line in job.said)
        path = folder / "said"
        published = path.read_text("utf-8").splitlines() if path.exists() else []
        return Ended(results, said, published, folder / "artifacts")

    return run


def programs(folder):
    """Put the program that publishes, which writes down what it is asked for, and cosign."""
    folder.mkdir()
    (folder / "gh").write_text(GH, "utf-8")
    (folder / "gh").chmod((folder / "gh").stat().st_mode | stat.S_IXUSR)
    shutil.copy(find("cosign"), folder / "cosign")


def test_a_tag_of_main_becomes_a_release(play, world):
    ended = play([RELEASED])
    assert ended.results == dict.fromkeys(("build", "sign", "publish"), "success"), ended.said
    made = Release(ended.artifacts / "signed-source" / archive.file_name(VERSION))
    names = {Path(word).name for word in ended.published}
    assert {path.name for path in made.files} < names
    assert ended.published[:3] == ["release", "create", TAG]
    run = WorkflowRun(repository=REPOSITORY, workflow=Path(WORKFLOW).name, ref=f"refs/tags/{TAG}")
    assert release.verify(world.cosign(), made, world.signing(run)).version == VERSION


def test_a_tree_that_says_another_version_is_not_built(play):
    ended = play([])
    assert ended.results == {"build": "failure"}
    assert "Unreleased" in ended.said
    assert ended.published == []


def test_what_is_not_on_main_is_not_built(play):
    ended = play([RELEASED], reviewed=False)
    assert ended.results == {"build": "failure"}
    assert "is not on main" in ended.said


def test_what_another_workflow_signed_is_not_published(play):
    """Sigstore takes the run for another workflow's: its signature is real, and not believed."""
    ended = play([RELEASED], workflow="ci.yml")
    assert ended.results == {"build": "success", "sign": "success", "publish": "failure"}
    assert ended.published == []

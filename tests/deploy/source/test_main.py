"""The commands: what a workflow runs, and what a person runs to verify."""

import os
import shutil
import stat
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from deploy.source import __main__ as command
from deploy.source import archive
from deploy.source.release import Release
from gates.locks import pins
from local.layout import ROOT
from tests.deploy.source.conftest import repository_in
from tests.deploy.source.test_release import described, run_of

GH = """#!/bin/sh
[ "$1" = release ] || exit 1
printf '%s\\n' "$@" > "$GH_SAID"
exit ${GH_STATUS:-0}
"""


@pytest.fixture(scope="module")
def built(world, tmp_path_factory):
    folder = tmp_path_factory.mktemp("command")
    repository = repository_in(folder / "checkout")
    run = run_of(repository.git("rev-parse", "HEAD"))
    described(archive.make(repository.folder, folder / "out"), run.identity)
    return folder / "out", run


@pytest.fixture
def here(built, world, tmp_path, monkeypatch):
    """A folder with what was built, in the environment of the run that signs."""
    folder, run = built
    shutil.copytree(folder, tmp_path / "out")
    trust = world.sigstore.trust
    for name, value in {
        **world.cosign(run).environment,
        "GITHUB_REF": run.ref,
        "GITHUB_REPOSITORY": run.repository,
        "SIGSTORE_TRUSTED_ROOT": str(trust.trusted_root),
        "SIGSTORE_SIGNING_CONFIG": str(trust.signing_config),
        "SIGSTORE_ISSUER": world.sigstore.issuer_url,
    }.items():
        monkeypatch.setenv(name, value)
    # The program that publishes, which writes down what it is asked for.
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "gh"
    program.write_text(GH, "utf-8")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("GH_SAID", str(tmp_path / "said"))
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(command.main, [str(each) for each in arguments])


def test_signed_verified_and_published(here):
    folder = here / "out"
    signed = invoke("sign", "--folder", folder)
    assert signed.exit_code == 0, signed.output
    path = folder / archive.file_name("1.2.3")
    verified = invoke("verify", path)
    assert verified.exit_code == 0, verified.output
    assert archive.read(path).commit in verified.output
    published = invoke("publish", "--folder", folder)
    assert published.exit_code == 0, published.output
    said = (here / "said").read_text("utf-8").splitlines()
    assert said[:3] == ["release", "create", "v1.2.3"]
    assert "--verify-tag" in said
    assert {str(each) for each in Release(path).files} < set(said)


def test_what_is_not_signed_is_not_published(here):
    ended = invoke("publish", "--folder", here / "out")
    assert ended.exit_code == 1
    assert "missing beside" in ended.output
    assert not (here / "said").exists()


def test_a_publication_that_fails_is_said(here, monkeypatch):
    invoke("sign", "--folder", here / "out")
    monkeypatch.setenv("GH_STATUS", "3")
    ended = invoke("publish", "--folder", here / "out")
    assert ended.exit_code == 1
    assert "gh ended with 3" in ended.output


def test_another_repositorys_archive_is_refused(here):
    invoke("sign", "--folder", here / "out")
    path = here / "out" / archive.file_name("1.2.3")
    ended = invoke("verify", path, "--repository=somebody/else")
    assert ended.exit_code == 1
    assert "Error: " in ended.output
    assert "Traceback" not in ended.output


def test_without_an_archive_it_is_said_what_makes_one(tmp_path):
    ended = invoke("sign", "--folder", tmp_path)
    assert ended.exit_code == 1
    assert "make source-archive" in ended.output


@pytest.mark.parametrize("ref", ["refs/heads/main", "refs/tags/v1.2.4", "refs/tags/1.2.3"])
def test_a_run_for_another_ref_does_not_sign(here, monkeypatch, ref):
    monkeypatch.setenv("GITHUB_REF", ref)
    ended = invoke("sign", "--folder", here / "out")
    assert ended.exit_code == 1
    assert "may release" in ended.output
    assert not list((here / "out").glob("*.sigstore.json"))


def test_what_runs_beside_a_credential_needs_its_own_lock_alone(tmp_path):
    """The jobs that sign have requirements/release.txt, and no scanner or framework of ours."""
    installed = {
        name for _, name, _ in pins((ROOT / "requirements/release.txt").read_text("utf-8"))
    }
    there = Path(click.__file__).parent.parent
    for package, owners in packages_distributions().items():
        if {owner.lower() for owner in owners} <= installed and (there / package).is_dir():
            (tmp_path / package).symlink_to(there / package)
    ran = subprocess.run(
        # -S: nothing of this environment but what was linked.
        [sys.executable, "-S", "-m", "deploy.source", "--help"],
        cwd=ROOT,
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "publish" in ran.stdout

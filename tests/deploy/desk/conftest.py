"""A clean checkout of a project, as a person has it who releases by hand."""

import json
import subprocess

import pytest

from deploy.desk import surroundings

PROJECT = "data-prod-4711"
REGISTRY = f"europe-west1-docker.pkg.dev/{PROJECT}/images"
DIGEST = f"sha256:{'a' * 64}"
HANDOVER = {
    "project_id": PROJECT,
    "foundation": {"registry": REGISTRY, "accounts": {"smoke": "release-smoke@x"}},
}
GIT = (
    "git",
    "-c",
    "user.name=test",
    "-c",
    "user.email=test@localhost",
    "-c",
    "commit.gpgsign=false",
)


def write(path, document):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), "utf-8")


def backend(bucket):
    return {"backend": {"type": "gcs", "config": {"bucket": bucket, "prefix": "pipeline"}}}


@pytest.fixture
def checkout(tmp_path):
    """A clean checkout, initialized with its project's bucket."""
    write(tmp_path / surroundings.HANDOVER, HANDOVER)
    write(tmp_path / surroundings.BACKEND, backend(f"{PROJECT}-pipeline-state-1"))
    (tmp_path / ".gitignore").write_text(".terraform/\n", "utf-8")
    for arguments in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "x"]):
        subprocess.run([*GIT, *arguments], cwd=tmp_path, check=True)
    return tmp_path

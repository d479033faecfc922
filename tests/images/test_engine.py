"""An engine is found or its absence named; its command line is what was meant, whoever runs it."""

import json
import re
import shutil
import sys
import time

import pytest

from images import engine
from images.engine import Docker, Podman, choose, run
from images.layout import ImageError

RECORDER = """#!{python}
# Stands where docker is looked for; notes what it was asked and answers as it was told.
import json, os, sys
from pathlib import Path
here = Path(__file__).parent
with (here / "asked").open("a") as asked:
    asked.write(json.dumps(sys.argv[1:]) + "\\n")
answers = json.loads((here / "answers").read_text())
for start, (status, text) in answers.items():
    if " ".join(sys.argv[1:]).startswith(start):
        print(text)
        sys.exit(status)
"""


class FakeDocker:
    """A `docker` on the path that notes its arguments and does nothing."""

    def __init__(self, folder):
        self.folder = folder
        self.answers()
        path = folder / "docker"
        path.write_text(RECORDER.format(python=sys.executable), "utf-8")
        path.chmod(0o755)

    def answers(self, **answers):
        """Answer commands that begin so with a status and a text; `_` is a blank."""
        told = {start.replace("_", " "): answer for start, answer in answers.items()}
        (self.folder / "answers").write_text(json.dumps(told), "utf-8")

    @property
    def asked(self):
        lines = (self.folder / "asked").read_text("utf-8").splitlines()
        return [json.loads(line) for line in lines]


@pytest.fixture
def path(tmp_path, monkeypatch):
    """An empty folder that is the whole path."""
    folder = tmp_path / "programs"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


@pytest.fixture
def docker(path):
    return FakeDocker(path)


@pytest.fixture(autouse=True)
def _own_storage(tmp_path, monkeypatch):
    """Nothing here writes to the project's storage, nor to where its images are."""
    monkeypatch.setattr(Podman.__init__, "__defaults__", (tmp_path / "storage",))
    monkeypatch.setattr(engine, "built", lambda target: tmp_path / "built" / target)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "7")
    monkeypatch.delenv("IMAGE_ENGINE", raising=False)


def program(folder, name, text="exit 0"):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("wanted", ["buildah", "Docker", "docker ", "podman,docker", "0"])
def test_another_engine_than_the_two_is_refused(monkeypatch, docker, wanted):
    monkeypatch.setenv("IMAGE_ENGINE", wanted)
    with pytest.raises(ImageError, match="it must be docker or podman") as refused:
        choose()
    assert f"IMAGE_ENGINE is {wanted!r}" in str(refused.value)


NONE = "no container engine: start Docker, or on Debian run toolchain/debian-packages.sh"


@pytest.mark.parametrize("wanted", ["", "docker", "podman"])
@pytest.mark.parametrize("there", [[], ["buildah"], ["podman"]])
def test_a_missing_engine_names_what_installs_it(monkeypatch, path, wanted, there):
    monkeypatch.setenv("IMAGE_ENGINE", wanted)
    for name in there:
        program(path, name)
    with pytest.raises(ImageError) as refused:
        choose()
    assert str(refused.value) == NONE
    assert (engine.ROOT / engine.SCRIPT).exists()


@pytest.mark.parametrize(
    ("wanted", "daemon", "others", "expected"),
    [
        ("", 0, True, Docker),
        ("", 1, True, Podman),
        ("", 0, False, Docker),
        ("docker", 0, True, Docker),
        ("podman", 0, True, Podman),
        ("docker", 1, True, None),
        ("podman", 0, False, None),
        ("", 1, False, None),
    ],
)
def test_docker_comes_first_if_its_daemon_answers(
    monkeypatch, docker, path, wanted, daemon, others, expected
):
    monkeypatch.setenv("IMAGE_ENGINE", wanted)
    docker.answers(info=(daemon, "x"))
    if others:
        program(path, "buildah")
        program(path, "podman")
    if expected is None:
        with pytest.raises(ImageError, match=re.escape(NONE)):
            choose()
    else:
        assert isinstance(choose(), expected)


def test_a_docker_that_may_not_be_run_is_none(path):
    (path / "docker").write_text("", "utf-8")
    with pytest.raises(ImageError, match=re.escape(NONE)):
        choose()


def test_a_command_gives_what_it_printed(tmp_path):
    path = program(tmp_path, "say", 'cat; echo "$NAME"; pwd; echo loud >&2')
    assert run([path], {"NAME": "x"}, 5, stdin=b"in\n", folder=tmp_path).split() == [
        *("in", "x", str(tmp_path))
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("echo why >&2; exit 3", "failed (3):\n  why"),
        ("echo only this; exit 1", "failed (1):\n  only this"),
        ("exit 2", "failed (2):\n  no reason given"),
        ("printf 'a\\nb\\n' >&2; exit 1", "failed (1):\n  a\n  b"),
        ("printf '\\377x' >&2; exit 1", "failed (1):\n  \N{REPLACEMENT CHARACTER}x"),
        ("kill -9 $$", "failed (-9):\n  no reason given"),
        (
            "for i in 1 2 3 4 5 6 7 8 9 10; do echo $i >&2; done; exit 1",
            "failed (1):\n  3\n  4\n  5\n  6\n  7\n  8\n  9\n  10",
        ),
    ],
)
def test_a_command_that_fails_leaves_its_last_words(tmp_path, text, told):
    path = program(tmp_path, "fail", text)
    with pytest.raises(ImageError) as refused:
        run([path, "one", "two", "three"], {}, 5)
    assert str(refused.value) == f"{path} one two {told}"


def test_a_missing_command_names_what_installs_it():
    with pytest.raises(ImageError, match="no-such is missing: on Debian run toolchain/debian"):
        run(["no-such"], {}, 5)


def test_a_missing_folder_is_not_taken_for_a_missing_command(tmp_path):
    with pytest.raises(ImageError) as refused:
        run([program(tmp_path, "x")], {}, 5, folder=tmp_path / "gone")
    assert "gone" in str(refused.value)


def test_a_command_that_may_not_be_run_is_told_in_one_line(tmp_path):
    path = tmp_path / "x"
    path.write_text("", "utf-8")
    with pytest.raises(ImageError, match="x"):
        run([str(path)], {}, 5)


def test_a_command_that_takes_too_long_is_ended(tmp_path):
    path = program(tmp_path, "slow", "exec sleep 20")
    started = time.monotonic()
    with pytest.raises(ImageError, match="slow one took longer than 0 s"):
        run([path, "one"], {}, 0.2)
    assert time.monotonic() - started < 15


def test_what_a_command_that_takes_too_long_started_does_not_hold_us(tmp_path):
    path = program(tmp_path, "slow", "sleep 20 & wait")
    started = time.monotonic()
    with pytest.raises(ImageError, match="took longer"):
        run([path], {}, 0.2)
    assert time.monotonic() - started < 15


def test_docker_builds_with_a_builder_of_its_own_into_a_folder(docker, tmp_path):
    docker.answers(buildx_inspect=(1, "no builder"))
    bases = {"gcr.io/x@sha256:0": "container-image://localhost/y"}
    output = Docker().build("api", bases, context=tmp_path)
    assert output == tmp_path / "built" / "api"
    assert docker.asked == [
        ["buildx", "inspect", "hardened-pipeline"],
        ["buildx", "create", "--driver=docker-container", "--name=hardened-pipeline"],
        [
            *("buildx", "build", "--builder=hardened-pipeline", "--target=api"),
            *("--provenance=false", "--sbom=false", f"--file={tmp_path / 'Dockerfile'}"),
            "--build-arg=SOURCE_DATE_EPOCH=7",
            "--build-context=gcr.io/x@sha256:0=container-image://localhost/y",
            f"--output=type=oci,tar=false,dest={output},rewrite-timestamp=true",
            str(tmp_path),
        ],
    ]


def test_docker_s_builder_is_made_once_and_a_fresh_build_uses_nothing_old(docker, tmp_path):
    Docker().build("api", {}, context=tmp_path, file="Other", output=tmp_path / "o", fresh=True)
    inspect, build = docker.asked
    assert inspect[:2] == ["buildx", "inspect"]
    assert "--no-cache" in build
    assert f"--file={tmp_path / 'Other'}" in build
    assert not [word for word in build if word.startswith("--build-context")]


def test_what_an_earlier_build_left_is_removed_first(docker, tmp_path):
    left = tmp_path / "built" / "api" / "blobs" / "old"
    left.mkdir(parents=True)
    Docker().build("api", {}, context=tmp_path)
    assert not left.exists()


def test_a_build_that_fails_leaves_no_image_of_before(docker, tmp_path):
    left = tmp_path / "built" / "api" / "index.json"
    left.parent.mkdir(parents=True)
    left.touch()
    docker.answers(buildx_build=(1, "disk full"))
    with pytest.raises(ImageError, match=r"docker buildx build failed \(1\):\n  disk full"):
        Docker().build("api", {}, context=tmp_path)
    assert not left.exists()


@pytest.mark.parametrize(("status", "there"), [(0, True), (1, False)])
def test_docker_asks_the_registry_whether_it_has_an_image(docker, status, there):
    docker.answers(manifest=(status, "x"))
    assert Docker().pull("x@sha256:0") is there
    assert docker.asked == [["manifest", "inspect", "x@sha256:0"]]


@pytest.mark.parametrize(
    ("printed", "name"),
    [
        ("Loaded image ID: sha256:ab", "sha256:ab"),
        ("Loaded image: localhost/api:built", "localhost/api:built"),
    ],
)
def test_docker_loads_a_layout_as_an_archive_and_tells_its_name(docker, tmp_path, printed, name):
    docker.answers(load=(0, printed))
    layout = tmp_path / "layout"
    layout.mkdir()
    assert Docker().load(layout) == name
    ((*load, archive),) = docker.asked
    assert load == ["load", "--input"]
    assert archive.endswith("image.tar")


def test_docker_makes_no_stand_ins_and_says_what_does(docker, tmp_path):
    with pytest.raises(ImageError, match=r"need buildah: run toolchain/debian-packages\.sh"):
        Docker().make_base("standin-x", tmp_path)


def test_podman_and_buildah_keep_to_storage_of_their_own(tmp_path):
    podman = Podman(tmp_path / "here")
    assert podman.environment.keys() == {"CONTAINERS_CONF", "CONTAINERS_STORAGE_CONF"}
    for value in podman.environment.values():
        assert value.startswith(str(tmp_path / "here"))
    text = (tmp_path / "here" / "storage.conf").read_text("utf-8")
    assert f'graphroot = "{tmp_path}/here/graph"' in text
    assert f'runroot = "{tmp_path}/here/run"' in text
    assert podman.command("run", "x") == ["podman", "run", "x"]


def test_podman_adds_no_writable_folders_of_its_own():
    assert Podman().run_flags == ["--read-only-tmpfs=false"]


def test_buildah_builds_and_pushes_a_layout(path, tmp_path, monkeypatch):
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    monkeypatch.delenv("PIP_CONFIG_FILE", raising=False)
    (path / "python3").symlink_to(sys.executable)
    recorder = FakeDocker(path)
    shutil.copyfile(path / "docker", path / "buildah")
    (path / "buildah").chmod(0o755)
    context = tmp_path / "Check out"
    context.mkdir()
    output = Podman().build(
        "api", {"a@sha256:0": "container-image://b"}, context=context, fresh=True
    )
    build, push = recorder.asked
    settings = [word for word in build if word.startswith("--volume=")]
    assert [word for word in build if word not in settings] == [
        *("bud", "--isolation=chroot", "--format=oci", "--layers", "--timestamp=7", "--no-cache"),
        "--build-context=a@sha256:0=container-image://b",
        *(f"--file={context}/Dockerfile", "--target=api", build[-2], str(context)),
    ]
    assert all(word.endswith(":ro") for word in settings)
    tag = build[-2].removeprefix("--tag=")
    assert re.fullmatch(r"localhost/[a-z0-9._-]+:built", tag)
    assert push == ["push", "--quiet", tag, f"oci:{output}"]

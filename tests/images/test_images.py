"""Both services as they are shipped: built for real, looked into, built again, started inside."""

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import time

import pytest
from click.testing import CliRunner
from dockerfile_parse import DockerfileParser

from images import __main__ as command_line
from images import bases, documents, engine, hardening, inspection
from images.layout import ROOT, TARGETS
from images.oci import Image
from local import layout
from tests.images.layouts import file, pack, write_layout
from tests.images.test_oci import TWO_READINGS

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]
BUILD = {"IMAGE_ENGINE": "podman", "BASES": "standin"}
PYTHON = "/usr/bin/python3.13"
COMPILED_NOW = re.compile(r"^# code object from (?!')(.*\.py)$", re.MULTILINE)
"""Python's -v says so of a module that it compiled itself; a compiled file's name is quoted."""
COMPILED_BEFORE = re.compile(r"^# code object from '(.*\.pyc)'$", re.MULTILINE)


@pytest.fixture(scope="module")
def runner():
    """Start buildah and podman with the project's storage, so that a second run is quick."""
    for name in ("buildah", "podman", "mmdebstrap"):
        if shutil.which(name) is None:
            pytest.skip(f"needs {name}: {engine.SCRIPT}")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in BUILD.items():
            patch.setenv(name, value)
        yield engine.choose()


@pytest.fixture(scope="module")
def folders(runner, tmp_path_factory):
    """Both images, built beside those of the project."""
    replaced = bases.standins(runner, bases.pinned())
    folder = tmp_path_factory.mktemp("images")
    return {target: runner.build(target, replaced, output=folder / target) for target in TARGETS}


@pytest.fixture(params=TARGETS)
def target(request):
    return request.param


@pytest.fixture
def image(folders, target):
    return Image(folders[target])


@pytest.fixture(scope="module")
def loaded(runner, folders):
    """What the engine calls each image."""
    return {target: runner.load(folder) for target, folder in folders.items()}


@pytest.fixture
def inside(runner, loaded, target):
    """Run Python in the image, hardened; return what it wrote to either stream."""

    def run(*arguments, flags=(), seconds=60):
        command = runner.command(
            *("run", "--rm", "--pull=never", "--network=none", *runner.run_flags),
            *hardening.flags(),
            *flags,
            *(f"--entrypoint={PYTHON}", loaded[target], *arguments),
        )
        done = subprocess.run(
            command,
            env={**os.environ, **runner.environment},
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done

    return run


def steps(target, instruction):
    """What the Dockerfile says to this in a target's builder."""
    stage = None
    for line in DockerfileParser(path=str(ROOT / "Dockerfile")).structure:
        if line["instruction"] == "FROM":
            stage = line["value"].split()[-1]
        if line["instruction"] == instruction and stage == f"build-{target}":
            yield line["value"]


def modules(target):
    """The modules that the Dockerfile says a start needs."""
    return [name for value in steps(target, "RUN") for name in json.loads(value)[2:]]


def locks(target):
    """The locks that it says are installed: the target's, and traces' where there are any."""
    names = [name for value in steps(target, "COPY") for name in value.split()]
    return [name for name in names if re.fullmatch(r"requirements/\w+\.txt", name)]


def test_there_is_nothing_to_complain_about(image):
    assert inspection.complaints(image) == []


def test_the_only_program_is_python(image):
    assert inspection.executables(image) == [PYTHON.removeprefix("/")]
    assert inspection.special_files(image) == []


def test_installed_is_what_is_locked_for_the_service_and_nothing_else(image, target):
    assert f"requirements/{target}.txt" in locks(target)
    lock = "".join((ROOT / name).read_text("utf-8") for name in locks(target))
    lines = re.findall(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==([^\s;]+)([^\\\n]*)", lock, re.MULTILINE)
    found = {name.replace("_", "-"): at for name, at in documents.wheels(image)}
    assert found.items() <= {name: at for name, at, _ in lines}.items()
    # What has a condition may be for other systems alone.
    assert {name for name, _, condition in lines if not condition.strip()} <= found.keys()


@pytest.mark.parametrize("name", ["pip", "setuptools", "wheel", "ensurepip", "grpc", "pytest"])
def test_no_installer_and_no_unused_stack_can_be_imported(inside, image, name):
    script = f"import importlib.util as u; print(u.find_spec({name!r}))"
    assert inside("-c", script).stdout == "None\n"
    assert not [path for path in image.entries if f"/{name}/" in path]


def test_files_tell_no_path_of_the_machine_that_built_them(image):
    paths = [str(ROOT).encode(), *os.environ.get("PIP_FIND_LINKS", "").encode().split()]
    for path, _ in image.files():
        if path.startswith("app/"):
            content = image.read(path)
            assert not [each for each in paths if each in content], path


def test_of_the_checkout_only_sources_and_schemas_are_there(image):
    ours = [path for path in image.entries if path.startswith("app/")]
    names = {path.split("/")[1] for path in ours}
    assert names <= {"app", "function", "servicekit", "schema", "dependencies"}
    kinds = {
        path.rpartition(".")[2]
        for path, entry in image.files()
        if path.startswith("app/") and not path.startswith("app/dependencies/")
        if entry.info.isreg()
    }
    assert kinds == {"py", "pyc", "json"}


def test_the_modules_of_a_start_come_from_compiled_files(inside, target):
    names = modules(target)
    assert len(names) > 3
    # Some end at once for want of a command line or an environment, as in the builder.
    script = """
import contextlib, importlib, sys
for name in sys.argv[1:]:
    with contextlib.suppress(ImportError, SystemExit):
        importlib.import_module(name)
"""
    said = inside("-v", "-c", script, *names).stderr
    assert COMPILED_NOW.findall(said) == []
    compiled = COMPILED_BEFORE.findall(said)
    assert len(compiled) > 200
    for folder in ("/app/dependencies/", "/usr/lib/python3.13/", "/app/servicekit/"):
        assert [path for path in compiled if path.startswith(folder)], folder


@pytest.fixture
def start(runner, loaded, target, tmp_path):
    """Start the image's whole command, hardened; return what it wrote until its port answered."""

    def run(*flags):
        environment = getattr(layout, f"{target}_environment")(layout.Ports.free())
        variables = [f"--env={key}={value}" for key, value in environment.items()]
        name = f"starts-{target}-{os.getpid()}"
        command = runner.command(
            *("run", "--rm", "--pull=never", "--network=none", f"--name={name}"),
            *(*runner.run_flags, *hardening.flags(), *variables, *flags, loaded[target]),
        )
        connect = f"import socket; socket.create_connection(('127.0.0.1', {environment['PORT']}))"
        ask = runner.command("exec", name, PYTHON, "-c", connect)
        remove = runner.command("rm", "--force", "--time=0", name)
        env = {**os.environ, **runner.environment}
        log = tmp_path / "log"
        with log.open("wb") as output:
            child = subprocess.Popen(command, env=env, stdout=output, stderr=output)
            try:
                until = time.monotonic() + 30
                while subprocess.run(ask, env=env, capture_output=True, check=False).returncode:
                    assert child.poll() is None, log.read_text("utf-8", "replace")[-1000:]
                    assert time.monotonic() < until, "nobody answers"
            finally:
                subprocess.run(remove, env=env, capture_output=True, check=False)
                child.wait(30)
        return log.read_text("utf-8", "replace")

    return run


def test_a_service_that_starts_compiles_nothing(start):
    said = start("--env=PYTHONVERBOSE=1")
    assert COMPILED_BEFORE.findall(said)
    assert COMPILED_NOW.findall(said) == []


def test_a_service_that_starts_logs_no_error(start):
    said = start()
    assert "ERROR" not in said, said


def test_each_compiled_file_has_its_source_beside_it_and_holds_no_time(image):
    compiled = [path for path, _ in image.files() if path.endswith(".pyc")]
    assert compiled
    for path in compiled:
        folder, _, name = path.rpartition("/__pycache__/")
        assert f"{folder}/{name.partition('.')[0]}.py" in image.entries, path
        # PEP 552: hash-based, and not looked at again.
        assert image.read(path)[4:8] == b"\x01\0\0\0", path


def test_an_image_is_the_same_in_another_folder_and_under_another_umask(runner):
    done = subprocess.run(
        [sys.executable, "-m", "images", "reproducible"],
        cwd=ROOT,
        env={**os.environ, **BUILD},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for service in TARGETS.values():
        assert re.search(rf"^{service}: sha256:[0-9a-f]{{64}}$", done.stdout, re.MULTILINE)


class Ready:
    """The engine, with the yardstick built already."""

    def __init__(self, runner, slim):
        self.runner = runner
        self.slim = slim

    def __getattr__(self, name):
        return getattr(self.runner, name)

    def build(self, *_, **__):
        return self.slim


@pytest.fixture(scope="module")
def compare(runner, folders, tmp_path_factory):
    """Compare an image with a yardstick, with that of the project if none is given."""
    folder = tmp_path_factory.mktemp("compared")

    def run(ours, slim=None):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(command_line, "FOLDER", folder)
            patch.setattr(command_line, "built", lambda _: ours)
            if slim:
                patch.setattr(command_line.engine, "choose", lambda: Ready(runner, slim))
            result = CliRunner().invoke(command_line.main, ["compare"])
        rows = {}
        for line in result.output.splitlines():
            cells = [cell.strip() for cell in re.split("[│┃]", line)[1:-1]]
            if len(cells) == 5 and cells[0] != "what":
                rows[cells[0]] = cells[1:]
        return rows, result

    return run


def test_the_image_is_smaller_than_one_stage_would_be(compare, folders):
    rows, result = compare(folders["api"])
    assert rows.keys() == {"size", "packages", "executables", "setuid"}
    assert int(rows["size"][0]) < int(rows["size"][1])
    assert float(rows["packages"][2]) <= 0.3
    assert rows["executables"][0] == "1"
    assert int(rows["executables"][1]) > 100
    assert rows["setuid"][0] == "0"
    assert int(rows["setuid"][1]) > 0
    assert result.exit_code == 0, result.output


def test_an_image_that_misses_the_goals_fails_the_comparison(compare, tmp_path):
    files = {f"usr/bin/{number}": file("x", 0o4755) for number in range(4)}
    ours = write_layout(
        tmp_path / "ours", files | {"var/lib/dpkg/status": "Package: a\nVersion: 1\n"}
    )
    rows, result = compare(ours, ours)
    assert result.exit_code == 1
    assert rows["packages"] == ["1", "1", "1.00", "<= 0.3"]
    assert rows["executables"][0] == rows["setuid"][0] == "4"


def test_an_image_without_any_package_list_fails_the_comparison(compare, folders, tmp_path):
    """Nothing found is not the same as nothing there."""
    nothing = write_layout(tmp_path / "nothing", {"a": "1"})
    assert compare(nothing, nothing)[1].exit_code == 1
    assert compare(nothing, folders["api"])[1].exit_code == 1


@pytest.mark.parametrize("layer", TWO_READINGS.values(), ids=TWO_READINGS.keys())
def test_an_engine_unpacks_the_shell_that_is_hidden_from_python(runner, tmp_path, layer):
    """What test_oci.py says of these archives is so."""
    base = pack(("usr/bin/python3.13", "x"))
    folder = write_layout(tmp_path / "hidden", base, layer, config={"Entrypoint": ["/x"]})
    environment = runner.environment
    image = runner.load(folder)
    (container,) = engine.run(runner.command("create", image), environment, 60).split()
    try:
        archive = tmp_path / "files.tar"
        engine.run(runner.command("export", f"--output={archive}", container), environment, 60)
        with tarfile.open(archive) as files:
            assert "usr/bin/sh" in files.getnames()
    finally:
        engine.run(runner.command("rm", "--force", container), environment, 60)
        engine.run(runner.command("rmi", "--force", image), environment, 60)

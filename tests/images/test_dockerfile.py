"""The Dockerfile is what its comments say, and a changed one is told from it."""

import json
import re
import shutil

import pytest
from dockerfile_parse import DockerfileParser

from images import bases
from images.engine import Podman
from images.layout import ROOT, TARGETS, ImageError
from images.oci import Image

TEXT = (ROOT / "Dockerfile").read_text("utf-8")
SLIM = "benchmarks/slim.Dockerfile"
CODENAMES = {"bookworm": "12", "trixie": "13", "forky": "14"}
DIGEST = "sha256:" + "0" * 64
SECRET = re.compile(r"(?i)(secret|passw|token|credential|private|api_?key|auth)")


def instructions(text, tmp_path):
    """The Dockerfile's instructions, in order: name and value."""
    (tmp_path / "Dockerfile").write_text(text, "utf-8")
    parsed = DockerfileParser(path=str(tmp_path / "Dockerfile")).structure
    return [
        (line["instruction"], line["value"]) for line in parsed if line["instruction"] != "COMMENT"
    ]


def python_and_debian(reference):
    """Which Python and which Debian a base image is for, by its name and tag.

    Both are None where the name does not tell; two that do not tell are not the same.
    """
    python_slim = re.search(r"/python:(\d+\.\d+)(?:\.\d+)?-slim-([a-z]+)@", reference)
    if python_slim:
        return python_slim[1], CODENAMES.get(python_slim[2])
    distroless = re.search(r"/distroless/python3-debian(\d+):", reference)
    # Which Python it has is Debian's choice.
    return (
        ({"12": "3.11", "13": "3.13"}.get(distroless[1]), distroless[1])
        if distroless
        else (None, None)
    )


def faults(text, tmp_path):
    """What is wrong with a Dockerfile, without building it."""
    found = []
    stages = []
    for name, value in instructions(text, tmp_path):
        if name == "FROM":
            stages.append(re.split(r"(?i)\s+as\s+", value)[-1])
        if name in {"RUN", "ENTRYPOINT", "CMD"} and not exec_form(value):
            found.append(f"{name} starts a shell: {value}")
        if name == "ADD":
            found.append(f"ADD fetches and unpacks: {value}")
        if name in {"COPY", "RUN"}:
            sources = set(re.findall(r"(?:--from=|[,=]from=)([^\s,]+)", value)) - {*stages}
            found += [f"{name} takes files from {source}, which is no stage" for source in sources]
        if name in {"ARG", "ENV"} and SECRET.search(value):
            found.append(f"{name} looks like a secret: {value}")
        if name == "USER" and value != "65532:65532":
            found.append(f"USER is {value}")
    return found


def exec_form(value):
    try:
        parsed = json.loads(value)
    except ValueError:
        return False
    return isinstance(parsed, list) and all(isinstance(word, str) for word in parsed)


def same_bases(root):
    """Whether the builder is for the runtime's Python and Debian."""
    told = {stage: python_and_debian(reference) for stage, reference in bases.pinned(root).items()}
    return None not in told["runtime"] and told["runtime"] == told["builder"]


def test_every_stage_begins_at_a_digest_or_at_another_stage(tmp_path):
    found = bases.pinned()
    assert found.keys() == {"runtime", "builder"}
    assert all(re.search(r"@sha256:[0-9a-f]{64}$", reference) for reference in found.values())
    stages = [value.split()[-1] for name, value in instructions(TEXT, tmp_path) if name == "FROM"]
    assert {*TARGETS, "runtime", "builder"} <= set(stages)
    assert len(stages) == len(set(stages))


def test_each_target_begins_at_the_runtime(tmp_path):
    begins = [value for name, value in instructions(TEXT, tmp_path) if name == "FROM"]
    assert [value for value in begins if value.split()[-1] in TARGETS] == [
        f"runtime AS {target}" for target in TARGETS
    ]


RUNTIME = bases.pinned()["runtime"]
BUILDER = bases.pinned()["builder"]
TAG = RUNTIME.partition("@")[0]


def test_the_runtime_is_the_base_without_shell_and_root():
    """`debug` tags bring busybox, and a new digest is taken from the tag that stands here."""
    assert TAG == "gcr.io/distroless/python3-debian13:nonroot"


@pytest.mark.parametrize(
    "reference",
    [
        TAG,
        TAG.partition(":")[0],
        TAG.replace(":nonroot", ":debug"),
        TAG.replace(":nonroot", ":latest"),
        f"{TAG}@sha256:{'0' * 63}",
        f"{TAG}@sha256:{'0' * 65}",
        f"{TAG}@sha256:{'G' * 64}",
        f"{TAG}@sha512:{'0' * 128}",
        f"{TAG}@{DIGEST}-x",
        "$BASE",
        "${BASE:-" + RUNTIME + "}",
        "scratch",
    ],
)
def test_a_base_without_its_digest_is_refused(tmp_path, reference):
    (tmp_path / "Dockerfile").write_text(TEXT.replace(RUNTIME, reference), "utf-8")
    with pytest.raises(ImageError, match=r"stage runtime begins with .* not pinned by digest"):
        bases.pinned(tmp_path)


UNPINNED = {
    "no_name": ("FROM debian\n", "pinned"),
    "last_without_name": (f"FROM a@{DIGEST} AS one\nFROM debian:13\n", "pinned"),
    "pinned_without_name": (f"FROM debian@{DIGEST}\n", "name"),
    "stage_that_comes_later": (
        f"FROM a@{DIGEST} AS one\nFROM two AS three\nFROM b@{DIGEST} AS two\n",
        "pinned",
    ),
    "named_as_itself": ("FROM debian AS debian\n", "pinned"),
    "platform": (f"FROM --platform=linux/amd64 debian AS a\nFROM a@{DIGEST} AS b\n", "pinned"),
    "copied_from_an_image": (
        f"FROM a@{DIGEST} AS one\nCOPY --from=docker.io/library/busybox:1 /bin/sh /bin/sh\n",
        "pinned",
    ),
    "mounted_from_an_image": (
        f'FROM a@{DIGEST} AS one\nRUN --mount=type=bind,from=busybox,target=/x ["/x/sh"]\n',
        "pinned",
    ),
    "foreign_syntax": (f"# syntax=docker/dockerfile:1\nFROM a@{DIGEST} AS one\n", "pinned"),
    "empty": ("", "stage"),
}


@pytest.mark.parametrize(("text", "reason"), UNPINNED.values(), ids=UNPINNED.keys())
def test_whatever_else_is_not_pinned_is_refused_in_one_line(tmp_path, text, reason):
    (tmp_path / "Dockerfile").write_text(text, "utf-8")
    with pytest.raises(ImageError, match=reason):
        bases.pinned(tmp_path)


def test_an_image_for_a_platform_is_named_without_the_flag(tmp_path):
    """The engine is asked for it by this name."""
    text = f"FROM --platform=linux/amd64 a@{DIGEST} AS one\n"
    (tmp_path / "Dockerfile").write_text(text, "utf-8")
    assert bases.pinned(tmp_path) == {"one": f"a@{DIGEST}"}


def test_builder_and_runtime_are_for_the_same_python_and_debian():
    assert python_and_debian(RUNTIME) == python_and_debian(BUILDER) == ("3.13", "13")
    assert same_bases(ROOT)


def test_the_yardstick_has_the_same_builder(tmp_path):
    shutil.copyfile(ROOT / SLIM, tmp_path / "Dockerfile")
    assert bases.pinned(tmp_path) == {"slim": BUILDER}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("python:3.13-slim-trixie", "python:3.12-slim-trixie"),
        ("python:3.13-slim-trixie", "python:3.14-slim-trixie"),
        ("python:3.13-slim-trixie", "python:3.13-slim-bookworm"),
        ("python:3.13-slim-trixie", "python:3.13-slim"),
        ("python:3.13-slim-trixie", "python:3.13-alpine"),
        ("python:3.13-slim-trixie", "python:3-slim-trixie"),
        ("python3-debian13", "python3-debian12"),
        ("python3-debian13", "python3"),
        ("python3-debian13", "base-debian13"),
    ],
)
def test_a_builder_for_another_runtime_is_found(tmp_path, old, new):
    assert old in TEXT
    (tmp_path / "Dockerfile").write_text(TEXT.replace(old, new), "utf-8")
    assert not same_bases(tmp_path)


def test_the_stand_ins_are_of_the_same_release(tmp_path):
    script = bases.SCRIPT.read_text("utf-8")
    (suite,) = re.findall(r"^suite=(\w+)$", script, re.MULTILINE)
    assert CODENAMES[suite] == python_and_debian(RUNTIME)[1]
    assert "python3.13-minimal" in script


def test_nothing_starts_a_shell_is_fetched_or_is_secret(tmp_path):
    assert faults(TEXT, tmp_path) == []


def test_the_user_is_numeric_and_set_before_any_target(tmp_path):
    users = [value for name, value in instructions(TEXT, tmp_path) if name == "USER"]
    assert users == ["65532:65532"]
    stages = re.split(r"(?m)^FROM ", TEXT)
    assert "USER 65532:65532" in next(stage for stage in stages if " AS runtime" in stage)


def test_each_target_has_an_entry_point_and_no_command(tmp_path):
    found = instructions(TEXT, tmp_path)
    entries = [json.loads(value) for name, value in found if name == "ENTRYPOINT"]
    assert len(entries) == len(TARGETS)
    assert {entry[0] for entry in entries} == {"/usr/bin/python3.13"}
    assert not {"CMD", "SHELL", "ONBUILD", "VOLUME"} & {name for name, _ in found}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("RUN pip install x", "RUN starts a shell"),
        ('RUN ["python3", 1]', "RUN starts a shell"),
        ("RUN ['python3']", "RUN starts a shell"),
        ("ENTRYPOINT python3.13 -m gunicorn", "ENTRYPOINT starts a shell"),
        ("CMD gunicorn", "CMD starts a shell"),
        ("ADD https://example.com/x /x", "ADD fetches"),
        ("ADD git@example.com:x.git /x", "ADD fetches"),
        ("COPY --from=busybox /bin/sh /bin/sh", "busybox, which is no stage"),
        ('RUN --mount=type=bind,from=busybox ["x"]', "busybox, which is no stage"),
        ("ARG PIP_TOKEN", "ARG looks like a secret"),
        ("ENV DB_PASSWORD=x", "ENV looks like a secret"),
        ("ENV GOOGLE_APPLICATION_CREDENTIALS=/x", "ENV looks like a secret"),
        ("USER root", "USER is root"),
        ("USER 0", "USER is 0"),
        ("USER 65532", "USER is 65532"),
        ("USER nonroot", "USER is nonroot"),
    ],
)
def test_a_line_that_should_not_be_there_is_found(tmp_path, line, told):
    found = faults(f"{TEXT}\n{line}\n", tmp_path)
    assert any(told in fault for fault in found)


IGNORED = [
    line
    for line in (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


def test_what_is_sent_to_the_builder_is_named_one_by_one():
    first, *others = IGNORED
    assert first == "*"
    assert all(other.startswith("!") for other in others)
    assert len(others) == len(set(others))


@pytest.mark.parametrize("pattern", IGNORED[1:])
def test_each_name_on_the_list_is_of_something(pattern):
    assert list(ROOT.glob(pattern.removeprefix("!")))


@pytest.mark.parametrize(
    "name", ["Dockerfile.dockerignore", ".containerignore", f"{SLIM}.dockerignore"]
)
def test_no_other_list_is_read_in_its_place(name):
    """Both buildx and buildah prefer these where they are."""
    assert not (ROOT / name).exists()


LET_IN = ["app/server.py", "function/main.py", "servicekit/keys.py", "images/assemble.py"]
LET_IN += ["requirements/api.txt", "requirements/function.txt", "requirements/traces.txt"]
LET_IN += ["schema/example_table.json"]
KEPT_OUT = [
    *(".env", ".git/config", "gha-creds-0123456789abcdef.json", "key.json", "app/.env"),
    *("app/key.json", "app/deeper/x.py", "app/__pycache__/x.cpython-313.pyc", "function/key.pem"),
    *("requirements/dev.txt", "requirements/api.in", "images/engine.py", "servicekit/token"),
    *(".local/secret", ".cache/x", "local/x.py", "tests/x.py", ".netrc", "id_rsa", "Dockerfile"),
    *("schema/gha-creds-0123456789abcdef.json", "schema/service-account.json", "schema/.env.json"),
]


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """What reaches a builder of a checkout in which all kinds of things lie about."""
    if shutil.which("buildah") is None:
        pytest.skip("needs buildah: toolchain/debian-packages.sh")
    context = tmp_path_factory.mktemp("context")
    for name in [*LET_IN, *KEPT_OUT]:
        (context / name).parent.mkdir(parents=True, exist_ok=True)
        (context / name).write_text("x", "utf-8")
    shutil.copyfile(ROOT / ".dockerignore", context / ".dockerignore")
    (context / "All").write_text("FROM scratch AS all\nCOPY . /\n", "utf-8")
    engine = Podman(tmp_path_factory.mktemp("storage"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "0")
        output = context.parent / "sent"
        image = Image(engine.build("all", {}, context=context, file="All", output=output))
    return {path for path, _ in image.files()}


def test_what_the_services_are_made_of_is_sent(sent):
    assert set(LET_IN) <= sent


@pytest.mark.parametrize("name", KEPT_OUT)
def test_what_lies_about_in_a_checkout_is_not_sent(sent, name):
    assert name not in sent

"""What is built is the pinned module, with the one change that the pin names."""

import pytest

from tests.toolchain.samples import MODULE, NOWHERE, SOURCES, VERSION, left, pin, printed
from toolchain import build as building
from toolchain.install import ToolError, install

CHANGE = {"file": "cmd/tool/main.go", "from": '"built"', "to": '"mended"'}


@pytest.mark.parametrize("release", [None, NOWHERE], ids=["no_release", "unreachable"])
def test_what_cannot_be_downloaded_is_built_from_the_pinned_module(folder, go, release):
    path = install(pin(release, hash=go))
    assert printed(path) == "built"
    assert left(folder) == ["tool-1.0.0"]


@pytest.mark.parametrize("bogus", ["h1:" + "A" * 43 + "=", "", "h1:"])
def test_a_module_with_another_hash_is_refused_before_it_is_built(folder, go, bogus):
    with pytest.raises(ToolError, match="tool: the module's hash is") as refused:
        install(pin(hash=bogus))
    assert go in str(refused.value)
    assert str(refused.value).endswith(f"not {bogus}")
    assert left(folder) == []


def test_a_module_that_was_changed_where_go_keeps_it_is_not_built(folder, go, tmp_path):
    """Go itself looks at what it unpacked only when it is asked to; CI keeps it between runs."""
    wanted = pin(hash=go)
    install(wanted).unlink()
    source = tmp_path / "modules" / f"{MODULE}@{VERSION}" / "cmd" / "tool" / "main.go"
    if source.exists():
        text = SOURCES["cmd/tool/main.go"].replace("built", "changed")
        source.write_text(text, "utf-8")
    try:
        path = install(wanted)
    except ToolError:
        assert left(folder) == []
    else:
        assert printed(path) == "built"


def test_a_change_is_made_for_the_program_that_asks_for_it_alone(folder, go):
    assert printed(install(pin(hash=go, change=CHANGE))) == "mended"
    assert printed(install(pin(hash=go))) == "built"


@pytest.mark.parametrize(
    "wrong",
    [{"from": "gone"}, {"from": "n"}, {"from": ""}, {"file": "cmd/gone.go"}, {"file": "cmd"}],
    ids=["nowhere", "several_places", "everywhere", "no_file", "folder"],
)
def test_a_change_that_does_not_fit_exactly_once_builds_nothing(folder, go, wrong):
    with pytest.raises(ToolError, match=r"the change in pins\.toml fits .* no more"):
        install(pin(hash=go, change=CHANGE | wrong))
    assert left(folder) == []


def test_a_module_that_does_not_compile_leaves_nothing_and_says_why(folder, go):
    with pytest.raises(ToolError, match=r"tool: go build failed: .*undefined: gone"):
        install(pin(hash=go, package="./cmd/broken"))
    assert left(folder) == []


def test_a_module_that_is_not_there_is_told_by_its_name(folder, go):
    with pytest.raises(ToolError, match="gone") as refused:
        install(pin(hash=go, module="example.test/gone@v1.0.0"))
    assert "go mod failed" in str(refused.value)


def test_a_build_that_takes_too_long_is_ended(folder, fake_go, monkeypatch):
    fake_go.with_name("go").write_text("#!/bin/sh\nexec sleep 20\n", "utf-8")
    monkeypatch.setattr(building, "TIMEOUT_S", 0.2)
    with pytest.raises(ToolError, match="tool"):
        install(pin())


STAMPED = {"package": "./cmd/stamped", "asked": ("--version",), "answer": "tool 1.0.0"}


def test_a_build_tells_its_version_as_the_releases_do(go):
    path = install(pin(hash=go, stamp="main.version=1.0.0", **STAMPED))
    assert printed(path) == "tool 1.0.0"


@pytest.mark.parametrize("stamp", ["", "main.version=1.0.1", "main.gone=1.0.0"])
def test_a_build_that_tells_another_version_is_not_installed(folder, go, stamp):
    with pytest.raises(ToolError, match=r"does not answer 'tool 1\.0\.0' to '--version'"):
        install(pin(hash=go, stamp=stamp, **STAMPED))
    assert left(folder) == []


def test_the_caller_s_flags_do_not_reach_a_build(go, monkeypatch):
    """They could put another program's source or version in."""
    monkeypatch.setenv("GOFLAGS", "-modcacherw -ldflags=-X=main.version=6.6.6")
    assert printed(install(pin(hash=go, package="./cmd/stamped"))) == "tool dev"

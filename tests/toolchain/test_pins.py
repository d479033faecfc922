"""The table of programs: exact versions, checksums of every place, nothing that loosens them."""

import re

import pytest

from tests.toolchain.samples import NOWHERE, pin
from toolchain import pins as pinning
from toolchain.pins import Release, pins


@pytest.mark.parametrize("name", pins())
def test_each_pin_has_an_exact_version_and_the_module_s_hash(name):
    found = pins()[name]
    assert re.fullmatch(r"\d+\.\d+\.\d+", found.version)
    assert re.fullmatch(r"[a-z0-9./-]+@v\d+\.\d+\.\d+", found.module)
    assert found.module.endswith(f"@v{found.version}")
    assert re.fullmatch(r"h1:[A-Za-z0-9+/]{43}=", found.hash)
    assert found.package == "." or found.package.startswith("./cmd/")
    assert not {"GOPROXY", "GONOSUMDB", "GONOSUMCHECK", "GOSUMDB", "GOFLAGS"} & {*found.environment}


RELEASES = [(name, where) for name, found in pins().items() for where in found.releases]


@pytest.mark.parametrize(("name", "where"), RELEASES)
def test_each_release_is_the_pinned_version_for_its_platform_with_its_checksum(name, where):
    found = pins()[name].releases[where]
    assert re.fullmatch(r"(linux|darwin)-(amd64|arm64)", where)
    assert found.url.startswith("https://github.com/")
    assert f"/v{pins()[name].version}/" in found.url
    assert re.fullmatch(r"[0-9a-f]{64}", found.sha256)


def test_no_checksum_stands_for_two_releases():
    """A checksum that was copied with its line would let a download through to no platform."""
    known = [pins()[name].releases[where].sha256 for name, where in RELEASES]
    assert len(known) == len(set(known)) > 0


def test_a_program_that_is_changed_has_no_release_and_is_not_asked_on_path():
    """Both would be without the change."""
    changed = [found for found in pins().values() if found.change]
    assert changed
    assert not [found.name for found in changed if found.releases or found.asked]


@pytest.mark.parametrize("name", [name for name, found in pins().items() if found.asked])
def test_a_program_that_is_asked_for_its_version_answers_with_it_and_a_build_is_stamped(name):
    found = pins()[name]
    assert found.version in found.answer.split(" ")[-1]
    assert re.fullmatch(r"[\w./-]+=[\w.]+", found.stamp)


def test_no_text_of_the_table_is_left_unfilled():
    assert not [name for name, found in pins().items() if "{version}" in repr(found)]


@pytest.mark.parametrize(
    ("system", "machine", "platform"),
    [
        ("Linux", "x86_64", "linux-amd64"),
        ("Linux", "aarch64", "linux-arm64"),
        ("Darwin", "arm64", "darwin-arm64"),
        ("Darwin", "x86_64", "darwin-amd64"),
        ("Windows", "AMD64", "windows-amd64"),
    ],
)
def test_a_machine_takes_the_release_of_its_own_platform(monkeypatch, system, machine, platform):
    monkeypatch.setattr(pinning.platform, "system", lambda: system)
    monkeypatch.setattr(pinning.platform, "machine", lambda: machine)
    release = Release(url=NOWHERE, sha256="0" * 64)
    assert pin(releases={platform: release}).release == release
    assert pin(releases={"plan9-mips": release}).release is None


@pytest.mark.parametrize(
    "changed",
    [
        {"hash": "h1:"},
        {"version": "1.0.1"},
        {"package": "./cmd/other"},
        {"stamp": "main.version=1"},
        {"environment": {"GOEXPERIMENT": "x"}},
        {"change": {"file": "a", "from": "b", "to": "c"}},
        {"releases": {"linux-amd64": Release(url=NOWHERE, sha256="1" * 64)}},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_another_pin_is_another_file(changed):
    """Else whoever has the program of the old pin would keep it."""
    assert pin(**changed).path != pin().path

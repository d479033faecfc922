"""The documents tell what is in the image, and leave out neither a package nor a stand-in."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from images import bases, documents
from images.layout import ROOT, ImageError
from images.oci import Image
from tests.images.layouts import write_layout
from toolchain.install import find

METADATA = "Metadata-Version: 2.1\nName: {}\nVersion: {}\n\n{}"
FILES = {
    "etc/debian_version": "13.1\n",
    "etc/os-release": 'ID=debian\nVERSION_ID="13"\n',
    "usr/lib/os-release": 'ID=debian\nVERSION_ID="13"\n',
    "var/lib/dpkg/status.d/libc6": "Package: libc6\nVersion: 2.41-12\nArchitecture: amd64\n",
    "var/lib/dpkg/status.d/libc6.md5sums": "0  usr/lib/libc.so.6\n",
}
COMMIT = "c" * 40


def wheel(name, version, folder="app/dependencies", text=""):
    """The file by which an installed package is known."""
    path = f"{folder}/{name.replace('-', '_')}-{version}.dist-info/METADATA"
    return {path: METADATA.format(name, version, text)}


GOOD = FILES | wheel("Jinja2", "3.1.6") | wheel("google-auth", "2.40.0")


@pytest.fixture(scope="session")
def trivy():
    """The pinned Trivy."""
    found = find("trivy")
    if found is None:
        pytest.skip("needs trivy: python -m toolchain trivy")
    return found


@pytest.fixture
def bill(trivy, tmp_path):
    """Write the bill of an image of these files."""

    def write(*layers):
        image = Image(write_layout(tmp_path / "image", *layers))
        return documents.bill_of_materials(trivy, image, tmp_path / "cache")

    return write


@pytest.fixture
def blind(tmp_path):
    """A program in Trivy's place that prints a bill of these components and looks at nothing."""

    def write(*components):
        path = tmp_path / "blind"
        text = json.dumps({"components": components})
        path.write_text(f"#!/bin/sh\nprintf '%s' '{text}'\n", "utf-8")
        path.chmod(0o755)
        return path

    return write


def component(kind, name, version):
    return {"name": name, "version": version, "purl": f"pkg:{kind}/{name}@{version}"}


DEB = component("deb", "libc6", "2.41-12")


def test_the_bill_lists_every_package_with_its_version(bill):
    found = bill(GOOD)
    assert found["bomFormat"] == "CycloneDX"
    listed = {(part["name"], part["version"]) for part in found["components"] if "purl" in part}
    assert listed == {("libc6", "2.41-12"), ("Jinja2", "3.1.6"), ("google-auth", "2.40.0")}


def test_the_bill_tells_no_path_of_the_machine(bill, tmp_path):
    text = json.dumps(bill(GOOD))
    assert str(tmp_path) not in text
    assert str(ROOT) not in text


def test_a_wheel_that_trivy_cannot_read_makes_the_bill_fail(bill):
    broken = {"app/hidden-6.6.dist-info/METADATA": "broken\nName: hidden\nVersion: 6.6\n\n"}
    with pytest.raises(ImageError, match="hidden"):
        bill(GOOD | broken)


def test_a_package_of_a_system_that_trivy_does_not_know_makes_the_bill_fail(bill):
    files = {path: text for path, text in GOOD.items() if "debian_version" not in path}
    files = {path: text for path, text in files.items() if "os-release" not in path}
    with pytest.raises(ImageError, match=r"the bill of materials leaves out .*libc6"):
        bill(files)


@pytest.mark.parametrize(
    "components",
    [
        [],
        [DEB],
        [DEB, component("pypi", "jinja2", "3.1.5")],
        [DEB, component("npm", "jinja2", "3.1.6")],
        [DEB, {"name": "jinja2", "version": "3.1.6"}],
        [component("pypi", "jinja2", "3.1.6")],
        [component("pypi", "jinja2", "3.1.6"), component("deb", "libc6", "2.40-1")],
        [component("pypi", "jinja2", "3.1.6"), component("pypi", "libc6", "2.41-12")],
    ],
    ids=[
        *("nothing", "no_wheel", "other_version", "other_kind", "no_purl"),
        *("no_deb", "other_deb_version", "deb_of_another_kind"),
    ],
)
def test_a_bill_that_leaves_something_out_fails(tmp_path, blind, components):
    image = Image(write_layout(tmp_path / "image", FILES | wheel("Jinja2", "3.1.6")))
    with pytest.raises(ImageError, match="the bill of materials leaves out"):
        documents.bill_of_materials(blind(*components), image, tmp_path)


def test_both_of_two_versions_of_a_wheel_must_be_listed(tmp_path, blind):
    layer = FILES | wheel("x", "1.0") | wheel("x", "2.0", folder="opt")
    image = Image(write_layout(tmp_path / "image", layer))
    for version in ("1.0", "2.0"):
        with pytest.raises(ImageError, match="leaves out"):
            documents.bill_of_materials(
                blind(DEB, component("pypi", "x", version)), image, tmp_path
            )


@pytest.mark.parametrize("text", ["exit 1", "echo no JSON", "echo '{}'", "echo '[]'"])
def test_a_scanner_that_fails_or_prints_something_else_makes_no_bill(tmp_path, text):
    path = tmp_path / "broken"
    path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
    path.chmod(0o755)
    image = Image(write_layout(tmp_path / "image", GOOD))
    with pytest.raises(ImageError):
        documents.bill_of_materials(path, image, tmp_path)


@pytest.mark.parametrize(
    "text",
    [
        METADATA.format("real", "1.0", "Name: forged\nVersion: 9\n"),
        METADATA.format("real", "1.0", "Name: forged\nVersion: 9\n").replace("\n", "\r\n"),
        "Metadata-Version: 2.1\nname: real\nversion: 1.0\n",
        "Name: real\nVersion: 1.0\nSummary: a\n  Name: folded\n",
    ],
    ids=["description", "windows_lines", "small_letters", "folded"],
)
def test_a_wheel_is_known_by_the_head_of_its_file(tmp_path, text):
    layer = {"app/dependencies/real-1.0.dist-info/METADATA": text}
    image = Image(write_layout(tmp_path / "image", layer))
    assert documents.wheels(image) == {("real", "1.0")}


@pytest.mark.parametrize("text", ["", "Name: x\n", "Version: 1\n", b"\xff\xfe"])
def test_a_wheel_that_does_not_say_what_it_is_is_refused(tmp_path, text):
    layer = {"app/dependencies/x-1.dist-info/METADATA": text}
    image = Image(write_layout(tmp_path / "image", layer))
    with pytest.raises(ImageError, match="METADATA"):
        documents.wheels(image)


PINNED = bases.pinned()


@pytest.fixture
def provenance(tmp_path):
    """Tell how an image of the good files was made."""
    image = Image(write_layout(tmp_path / "image", GOOD))

    def tell(**more):
        given = {
            "target": "api",
            "bases": PINNED,
            "standins": {},
            "source": "git+https://example.com/x",
            "commit": COMMIT,
            "builder": "https://example.com/builder",
            "started": datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        }
        return documents.provenance(image, **(given | more))

    tell.image = image
    return tell


def test_the_provenance_has_the_fields_that_slsa_requires(provenance):
    """Source: https://slsa.dev/spec/v1.1/provenance."""
    told = provenance()
    assert told.keys() == {"buildDefinition", "runDetails"}
    definition, details = told["buildDefinition"], told["runDetails"]
    assert re.match(r"https://\S+@v\d+$", definition["buildType"])
    assert definition["externalParameters"] == {
        "source": "git+https://example.com/x",
        "commit": COMMIT,
        "target": "api",
    }
    assert details["builder"] == {"id": "https://example.com/builder"}
    metadata = details["metadata"]
    assert metadata["invocationId"].startswith("https://example.com/builder#")
    assert metadata["startedOn"] == "2026-01-02T03:04:05Z"
    assert metadata["startedOn"] < metadata["finishedOn"]
    assert all("uri" in material for material in definition["resolvedDependencies"])


def test_the_provenance_names_source_bases_and_wheels(provenance):
    materials = provenance()["buildDefinition"]["resolvedDependencies"]
    assert materials[0] == {
        "uri": "git+https://example.com/x",
        "digest": {"gitCommit": COMMIT},
    }
    for reference in PINNED.values():
        name, _, digest = reference.partition("@sha256:")
        assert {"uri": f"docker://{name}", "digest": {"sha256": digest}} in materials
    assert [material["uri"] for material in materials[-2:]] == [
        *("pkg:pypi/google-auth@2.40.0", "pkg:pypi/jinja2@3.1.6")
    ]


def test_a_stand_in_is_told_and_has_not_the_digest_of_the_real_base(provenance):
    standins = dict.fromkeys(PINNED.values(), "container-image://localhost/standin")
    materials = provenance(standins=standins)["buildDefinition"]["resolvedDependencies"]
    text = json.dumps(materials)
    assert text.count("standin://") == len(PINNED)
    assert "docker://" not in text
    for reference in PINNED.values():
        assert reference.partition("@sha256:")[2] not in text
    runtime = PINNED["runtime"]
    half = provenance(standins={runtime: "x"})["buildDefinition"]["resolvedDependencies"]
    assert [material["uri"].partition(":")[0] for material in half[1:3]] == ["standin", "docker"]


def test_the_provenance_tells_no_path_of_the_machine(provenance, tmp_path):
    text = json.dumps(provenance())
    for path in (tmp_path, ROOT, Path.home()):
        assert str(path) not in text


def test_a_statement_is_about_the_digest_of_the_image(provenance):
    kind = "https://slsa.dev/provenance/v1"
    said = documents.statement(provenance.image, "data-api", kind, provenance())
    assert said.keys() == {"_type", "subject", "predicateType", "predicate"}
    assert said["_type"] == "https://in-toto.io/Statement/v1"
    digest = provenance.image.digest.removeprefix("sha256:")
    assert said["subject"] == [{"name": "data-api", "digest": {"sha256": digest}}]
    assert re.fullmatch(r"[0-9a-f]{64}", digest)

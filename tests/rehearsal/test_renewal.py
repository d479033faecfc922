"""The facts and the roots' lock files are of one version."""

import gzip
import json
import re

import pytest

from rehearsal import facts, renewal, terraform
from rehearsal.errors import RehearsalError
from rehearsal.origin import REPOSITORY, Kind, Origin
from tests.rehearsal.trees import OURS, planted

LOCK = (REPOSITORY / "terraform" / ".terraform.lock.hcl").read_text("utf-8")
TERRAFORM = {"terraform_version": "1.11.4", "terraform_outdated": False}
NAME = ".terraform.lock.hcl"


def test_each_root_has_the_one_lock_file_and_the_facts_are_its_version_s():
    assert [str(path.parent.relative_to(REPOSITORY)) for path in renewal.locks()] == (
        terraform.roots()
    )
    assert renewal.compare() == facts.version()


def test_the_lock_file_has_the_official_checksums_of_every_platform():
    """One `zh` is the digest of an archive, one `h1` that of its content."""
    hashes = re.findall(r'^    "(h1:[A-Za-z0-9+/]{43}=|zh:[0-9a-f]{64})",$', LOCK, re.MULTILINE)
    assert len(hashes) == len(set(hashes)) == 23
    assert 'constraints = ">= 7.45.0, < 8.0.0"' in LOCK


@pytest.mark.parametrize(
    ("locks", "said"),
    [
        ({"terraform": LOCK.replace("7.45.0", "7.46.0")}, "pin google 7.46.0, and the schema is"),
        ({"terraform": LOCK, "terraform/b": LOCK + "\n"}, f"one text: terraform/{NAME}, terra"),
        ({}, f"one text: no {NAME}"),
        ({"terraform": LOCK.replace("hashicorp/google", "evil/google")}, "do not pin"),
    ],
    ids=["newer", "different", "none", "another"],
)  # fmt: skip
def test_another_version_or_another_lock_file_is_told(tmp_path, locks, said):
    (tmp_path / "terraform").mkdir()
    planted(tmp_path, {f"{root}/{NAME}": text for root, text in locks.items()})
    with pytest.raises(RehearsalError, match=re.escape(said)):
        renewal.compare(tmp_path)


def test_facts_are_never_renewed_from_a_rehearsal(tmp_path):
    with pytest.raises(RehearsalError, match="from the real provider only"):
        renewal.renew(OURS)


def test_facts_are_renewed_from_what_the_provider_tells(installed, tmp_path, pretending):
    """A Terraform that pretends to have installed it: descriptions go, the rest is kept."""
    block = {
        "attributes": {"description": {"type": "string", "description": "x", "optional": True}},
        "description_kind": "plain",
    }
    kinds = {"resource_schemas": {"google_a": {"block": block}}, "data_source_schemas": {}}
    provider = {"provider": {"version": 0, "block": block}, **kinds, "functions": {}}
    said = {"format_version": "1.0", "provider_schemas": {facts.SOURCE: provider}}
    pretending(json.dumps(said | TERRAFORM))
    tree = planted(tmp_path / "tree", {"terraform/main.tf": "", f"terraform/{NAME}": LOCK})
    folder = tmp_path / "facts"
    folder.mkdir()
    (folder / "google-7.44.0.json.gz").touch()
    used = Origin(Kind.MIRROR, str(tmp_path))
    assert renewal.renew(used, tree, folder)
    (path,) = folder.iterdir()
    assert path.name == "google-7.45.0.json.gz"
    kept = json.loads(gzip.decompress(path.read_bytes()))["provider_schemas"][facts.SOURCE]
    plain = {"attributes": {"description": {"type": "string", "optional": True}}}
    assert kept["resource_schemas"] == {"google_a": {"block": plain}}
    assert kept.keys() == {*facts.KINDS}
    before = path.read_bytes()
    assert not renewal.renew(used, tree, folder)
    assert path.read_bytes() == before
    path.write_bytes(before[:-20])
    assert renewal.renew(used, tree, folder)
    assert [each.read_bytes() for each in folder.iterdir()] == [before]


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"terraform_version": "1.12.6"}, "renewed by Terraform only"),
        (TERRAFORM, "tells no schema of registry.terraform.io/hashicorp/google"),
        (TERRAFORM | {"provider_schemas": {"a": {}}}, "tells no schema of registry.terraform.io"),
    ],
    ids=["opentofu", "none", "another"],
)
def test_what_cannot_be_renewed_stays_as_it_was(tmp_path, pretending, told, said):
    pretending(json.dumps(told))
    tree = planted(tmp_path / "tree", {"terraform/main.tf": "", f"terraform/{NAME}": LOCK})
    folder = tmp_path / "facts"
    folder.mkdir()
    (folder / "google-7.44.0.json.gz").write_bytes(b"old")
    with pytest.raises(RehearsalError, match=said):
        renewal.renew(Origin(Kind.MIRROR, str(tmp_path)), tree, folder)
    assert [path.read_bytes() for path in folder.iterdir()] == [b"old"]

"""The facts, and the part of them that a root needs."""

import gzip
import json

import pytest

from rehearsal import facts
from rehearsal.errors import RehearsalError


@pytest.mark.parametrize(
    ("text", "resources", "data"),
    [
        ("", [], []),
        ('resource "google_pubsub_schema" "t" {}', ["google_pubsub_schema"], []),
        ('data "google_client_config" "t" {}', [], ["google_client_config"]),
        ("google_project.a google_pubsub_schema_x", ["google_project"], ["google_project"]),
        ("xgoogle_pubsub_schema", [], []),
    ],
)
def test_the_types_that_are_named_are_served(tmp_path, text, resources, data):
    path = tmp_path / "main.tf"
    path.write_text(text, "utf-8")
    found = facts.named_in([path])
    assert [*found["resource_schemas"]] == resources
    assert [*found["data_source_schemas"]] == data
    assert found["provider"] == facts.whole()["provider"]


def test_the_facts_are_whole():
    found = facts.whole()
    assert {kind: len(found[kind]) for kind in facts.KINDS} == {
        "provider": 2,
        "resource_schemas": 1330,
        "data_source_schemas": 459,
    }
    assert facts.version() == "7.45.0"


WHOLE = facts.path().read_bytes()


def packed(value):
    return gzip.compress(json.dumps(value).encode())


@pytest.mark.parametrize(
    "content",
    [
        b"",
        WHOLE[:1000],
        WHOLE[:-20],
        WHOLE[:5000] + b"\0\0\0\0" + WHOLE[5004:],
        b"version https://git-lfs.test/",
        gzip.compress(b'{"provider_schemas": {'),
        packed({}),
        packed([]),
        packed({"provider_schemas": {facts.SOURCE: {"provider": {}, "resource_schemas": {}}}}),
    ],
    ids=["empty", "cut", "cut_at_the_end", "changed", "pointer", "json", "none", "list", "part"],
)
def test_facts_that_were_cut_off_or_changed_are_refused_with_what_to_do(
    tmp_path, monkeypatch, content
):
    monkeypatch.setattr(facts, "FOLDER", tmp_path)
    (tmp_path / "google-7.45.0.json.gz").write_bytes(content)
    with pytest.raises(RehearsalError, match=r"is damaged \(.*make terraform-schema"):
        # Past the cache.
        facts.whole.__wrapped__()


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "and has none"),
        (
            ["google-7.45.0.json.gz", "google-7.46.0.json.gz"],
            "has google-7.45.0.json.gz, google-7.46",
        ),
    ],
)
def test_without_one_file_of_facts_that_is_told(tmp_path, monkeypatch, names, said):
    monkeypatch.setattr(facts, "FOLDER", tmp_path)
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(RehearsalError, match=said):
        facts.version()

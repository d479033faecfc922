"""The facts, and the part of them that a root needs."""

import pytest

from rehearsal import facts


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

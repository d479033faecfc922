"""An event's payload says whose change it is, which is what ci.yml asks."""

import json

import pytest

from rehearsal.workflows.events import KINDS, write


@pytest.mark.parametrize(
    ("kind", "event", "fork"),
    [
        ("push", "push", None),
        ("merge_group", "merge_group", None),
        ("pull_request", "pull_request", False),
        ("fork", "pull_request", True),
        ("tag", "push", None),
    ],
)
def test_a_payload_is_named_after_its_event_and_tells_a_fork(tmp_path, kind, event, fork):
    path = write(kind, "c" * 40, "b" * 40, tmp_path)
    payload = json.loads(path.read_text("utf-8"))
    assert path.name == f"{event}.json"
    assert payload.get("pull_request", {}).get("head", {}).get("repo", {}).get("fork") is fork
    assert "c" * 40 in path.read_text("utf-8")


def test_every_kind_is_known():
    assert set(KINDS) == {"push", "merge_group", "pull_request", "fork", "tag"}

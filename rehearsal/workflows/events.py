"""The payloads of events, with what our workflows and act read of them.

Source: https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

import json
from pathlib import Path
from typing import Any

REPOSITORY = "example-org/hardened-data-pipeline"
FORK = "somebody/hardened-data-pipeline"
KINDS = ("push", "pull_request", "fork", "merge_group", "tag")
"""`fork` is a pull request from a fork, `tag` a push of `TAG`."""
TAG = "v0.1.0"


def write(kind: str, commit: str, base: str, folder: Path) -> Path:
    """Write a kind's payload into a file that is named after its event, and return that.

    Args:
        kind: one of `KINDS`.
        commit: what is judged.
        base: the commit of main before it.
        folder: where the file goes.
    """
    payload: dict[str, Any] = {
        "repository": {"full_name": REPOSITORY, "default_branch": "main", "fork": False}
    }
    event = {"fork": "pull_request", "tag": "push"}.get(kind, kind)
    payload |= {"push": _push, "tag": _tag, "merge_group": _merge_group}.get(kind, _pull_request)(
        commit, base, fork=kind == "fork"
    )
    path = folder / f"{event}.json"
    path.write_text(json.dumps(payload), "utf-8")
    return path


def _push(commit: str, base: str, *, fork: bool) -> dict[str, Any]:
    del fork
    return {"ref": "refs/heads/main", "before": base, "after": commit}


def _tag(commit: str, base: str, *, fork: bool) -> dict[str, Any]:
    del base, fork
    return {"ref": f"refs/tags/{TAG}", "before": "0" * 40, "after": commit, "created": True}


def _merge_group(commit: str, base: str, *, fork: bool) -> dict[str, Any]:
    del fork
    head = "refs/heads/gh-readonly-queue/main/pr-7"
    group = {"head_ref": head, "head_sha": commit, "base_ref": "refs/heads/main", "base_sha": base}
    return {"action": "checks_requested", "ref": head, "merge_group": group}


def _pull_request(commit: str, base: str, *, fork: bool) -> dict[str, Any]:
    head = {"full_name": FORK if fork else REPOSITORY, "fork": fork}
    return {
        "action": "opened",
        "number": 7,
        "pull_request": {
            "number": 7,
            "head": {"ref": "change", "sha": commit, "repo": head},
            "base": {"ref": "main", "sha": base, "repo": {"full_name": REPOSITORY, "fork": False}},
        },
    }

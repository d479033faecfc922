"""Which folder stands in for which action: `actions/OWNER/NAME/...`, at whatever commit."""

import re
from pathlib import Path

from rehearsal.errors import RehearsalError

FOLDER = Path(__file__).parent / "actions"
WITHOUT = frozenset({"actions/checkout"})
"""What act does itself: it copies the tree."""


def standins(workflow: str) -> dict[str, Path]:
    """Map every `OWNER/NAME@REF` that a workflow's text uses to what stands in for it.

    Raises:
        RehearsalError: nothing does; act would look for it outside.
    """
    found = {}
    for action, reference in re.findall(r"\buses:\s*[\"']?([\w./-]+)@([\w.-]+)", workflow):
        if action in WITHOUT:
            continue
        if not (FOLDER / action / "action.yml").is_file():
            raise RehearsalError(
                f"nothing stands in for {action}: write {FOLDER.name}/{action}/action.yml"
            )
        repository = "/".join(action.split("/")[:2])
        found[f"{repository}@{reference}"] = FOLDER / repository
    return found

"""Which gates a change concerns, so that the others may be left out."""

from pathlib import Path

from gates import tree
from gates.declaration import Gate
from gates.outcome import BrokenError

EVERYONE = (
    "gates/**",
    "policies/waivers.toml",
    "pyproject.toml",
    "requirements/dev.txt",
    "requirements/gates.txt",
    "toolchain/**",
)
"""What decides how every gate judges: a change to it concerns all of them."""


def since(root: Path, reference: str) -> set[str]:
    """List the paths that differ from where this branch left `reference`, committed or not.

    Raises:
        BrokenError: the reference is unknown, or this history is not connected with it.
    """
    try:
        base = tree.git(root, "merge-base", "--end-of-options", reference, "HEAD").strip()
    except BrokenError:
        raise BrokenError(
            f"SINCE={reference} is no commit that this history shares; fetch it, or leave SINCE out"
        ) from None
    changed = tree.git(root, "diff", "--name-only", "--no-renames", "-z", base, "--")
    new = tree.git(root, "ls-files", "-z", "-o", "--exclude-standard")
    return set(filter(None, (changed + new).split("\0")))


def concerns(root: Path, gate: Gate, files: list[str], changed: set[str]) -> bool:
    """Tell whether a gate has to judge anew.

    It then judges all its files, not the changed ones alone: one file may break another.
    """
    gone = any(not (root / path).exists() for path in changed)
    heeded = set(tree.files(root, (*EVERYONE, *gate.heeds)))
    return gone or not changed.isdisjoint({*files, *heeded})

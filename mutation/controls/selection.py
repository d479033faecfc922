"""Which mutants a run is about: all, a seeded sample, those of what a change touched."""

import random
import subprocess
from collections.abc import Collection, Iterable
from pathlib import Path

from mutation.controls.operators import Mutant, MutationError


def sample(mutants: list[Mutant], size: int, seed: int) -> list[Mutant]:
    """Draw a sample, one of each control before a second of any, the same for the same seed."""
    drawn = list(mutants)
    random.Random(seed).shuffle(drawn)  # noqa: S311  # nosec B311 - a sample, no secret
    rank: dict[str, int] = {}
    order = {}
    for mutant in drawn:
        order[mutant.id] = rank[mutant.control] = rank.get(mutant.control, 0) + 1
    drawn.sort(key=lambda mutant: order[mutant.id])
    return sorted(drawn[:size], key=lambda mutant: mutant.id)


def touched(mutants: Iterable[Mutant], changed: Collection[str]) -> list[Mutant]:
    """Choose the mutants of the controls in changed files."""
    return [mutant for mutant in mutants if mutant.path in changed]


def changed_since(root: Path, reference: str) -> set[str]:
    """List the files that differ from where this branch left `reference`.

    Raises:
        MutationError: there is no such commit.
    """
    command = ["git", "diff", "--name-only", "--no-renames", "-z", "--merge-base", reference, "--"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    if done.returncode:
        raise MutationError(f"{reference} is no commit here; fetch it, or name another")
    return set(filter(None, done.stdout.split("\0")))

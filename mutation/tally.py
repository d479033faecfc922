"""What became of one module's mutants, and which of them `code.toml` argues for."""

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

WANTED = 0.9
KILLED = ("killed", "timeout")
JUDGED = (*KILLED, "survived", "no tests")


class MutationError(Exception):
    """The run proves nothing; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """A module's figures. A mutant is known by its text; its number changes with edits above it."""

    path: str
    killed: int
    alive: tuple[str, ...]
    bare: frozenset[str]
    """Functions of which mutmut makes no mutant: decorated ones, or nothing to change in them."""
    argued: frozenset[str]
    """Both, as `code.toml` has them: mutants that nobody can tell from the original count for
    nothing, and functions without mutants are left to another proof."""

    @property
    def survivors(self) -> list[str]:
        """Those that the tests should have noticed."""
        return [mutant for mutant in self.alive if mutant not in self.argued]

    @property
    def ratio(self) -> float:
        """How many were noticed of those that can be."""
        return self.killed / (self.killed + len(self.survivors) or 1)

    def complaints(self) -> list[str]:
        """Say what stands against the tests, or against `code.toml`."""
        stale = self.argued - self.bare - set(self.alive)
        found = [f"code.toml has it, but it is killed or gone: {each}" for each in sorted(stale)]
        bare = sorted(self.bare - self.argued)
        found += [f"no mutant in {name}, and code.toml does not say why" for name in bare]
        if self.ratio < WANTED:
            found.append(f"{self.path}: {self.ratio:.1%} killed; {WANTED:.0%} are wanted")
        return found

    def as_dict(self) -> dict[str, Any]:
        """Write it for `json.dumps`, without anything that differs from run to run."""
        return {
            "mutants": self.killed + len(self.alive),
            "killed": self.killed,
            "equivalent": len(self.alive) - len(self.survivors),
            "ratio": round(self.ratio, 4),
            "survivors": self.survivors,
        }


def read(path: str, argued: frozenset[str]) -> Tally:
    """Count the mutants of a module in the working directory, where mutmut ran.

    Args:
        path: the module, relative to the project.
        argued: the mutants and functions of `code.toml`.

    Raises:
        MutationError: there is no mutant, or one was not judged.
    """
    data = SourceFileMutationData(path=path)
    data.load()
    fates = {key: status_by_exit_code[code] for key, code in data.exit_code_by_key.items()}
    open_ = [f"{key} ({fate})" for key, fate in fates.items() if fate not in JUDGED]
    if open_ or not fates:
        raise MutationError(f"{path}: {', '.join(open_) or 'nothing was mutated'}")
    module = path.removesuffix(".py").replace("/", ".")
    alive = [key for key, fate in fates.items() if fate not in KILLED]
    return Tally(
        path=path,
        killed=len(fates) - len(alive),
        alive=tuple(sorted(f"{_function(module, key)}: {_change(key)}" for key in alive)),
        bare=_functions(path, module) - {_function(module, key) for key in fates},
        argued=frozenset(each for each in argued if each.startswith(f"{module}.")),
    )


def _functions(path: str, module: str) -> frozenset[str]:
    whole = ast.parse(Path(path).read_text("utf-8"))
    scopes = {
        f"{module}.{node.name}": node for node in whole.body if isinstance(node, ast.ClassDef)
    }
    return frozenset(
        f"{name}.{node.name}"
        for name, scope in (scopes | {module: whole}).items()
        for node in scope.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


def _function(module: str, key: str) -> str:
    name, owner = orig_function_and_class_names_from_key(key)
    return ".".join(filter(None, (module, owner, name)))


def _change(key: str) -> str:
    lines = get_diff_for_mutant(key).splitlines()[2:]
    was, becomes = (
        " ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+"
    )
    return f"{was} -> {becomes}"

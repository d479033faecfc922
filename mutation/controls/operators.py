"""From the table of operators to mutants: one change at one place each; nothing is run here."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("operators.toml")


class MutationError(Exception):
    """The campaign proves nothing as it stands; the text says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operator:
    """One way to break one kind of control, wherever it stands."""

    name: str
    control: str
    """What is broken, in a few words."""
    files: tuple[str, ...]
    """Globs, relative to the tree."""
    pattern: re.Pattern[str]
    """Each match is a place; the control is what it matches."""
    replacement: str
    """As `re.Match.expand` takes it."""
    block: bool
    """Whether the whole block in braces that begins with the match goes."""
    killer: str
    """What should notice, run first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """One change: `before`, from `start` in the file's text, becomes `after`."""

    id: str
    control: str
    path: str
    line: int
    start: int
    before: str
    after: str
    killer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Killer:
    """A command that looks at a tree, and the exit statuses by which it says no."""

    name: str
    command: tuple[str, ...]
    killed: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """All that `operators.toml` says."""

    operators: tuple[Operator, ...]
    killers: dict[str, Killer]
    survivors: dict[str, str]
    """Ids of mutants that nothing kills, and why that is right."""


def read(path: Path = TABLE) -> Table:
    """Read the table.

    Raises:
        MutationError: it names a killer that it does not have, or a name twice.
    """
    raw: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
    killers = {
        name: Killer(name=name, command=tuple(made["command"]), killed=tuple(made["killed"]))
        for name, made in raw["killers"].items()
    }
    operators = tuple(_operator(each) for each in raw["operator"])
    names = [operator.name for operator in operators]
    if twice := {name for name in names if names.count(name) > 1}:
        raise MutationError(f"{path.name}: twice: {', '.join(sorted(twice))}")
    if unknown := {operator.killer for operator in operators} - killers.keys():
        raise MutationError(f"{path.name}: no such killer: {', '.join(sorted(unknown))}")
    return Table(operators, killers, raw.get("survivors", {}))


def find(tree: Path, table: Table) -> list[Mutant]:
    """Find every place of every operator.

    Raises:
        MutationError: an operator finds nothing, so the control that it breaks is not there.
    """
    found = []
    for operator in table.operators:
        mutants = list(_places(tree, operator))
        if not mutants:
            raise MutationError(
                f"{operator.name} finds nothing in {', '.join(operator.files)}: "
                "is the control gone, or was it renamed? mend mutation/controls/operators.toml"
            )
        found += mutants
    if lost := table.survivors.keys() - {mutant.id for mutant in found}:
        raise MutationError(
            f"listed as survivors, and no mutants any more: {', '.join(sorted(lost))}"
        )
    return found


def apply(mutant: Mutant, tree: Path) -> None:
    """Change the file in a tree that is otherwise as it was."""
    path = tree / mutant.path
    text = path.read_text("utf-8")
    end = mutant.start + len(mutant.before)
    if text[mutant.start : end] != mutant.before:
        raise MutationError(f"{mutant.id}: {mutant.path} is not the file that was searched")
    path.write_text(text[: mutant.start] + mutant.after + text[end:], "utf-8")


def _operator(raw: dict[str, Any]) -> Operator:
    return Operator(
        name=raw["name"],
        control=raw["control"],
        files=tuple(raw["files"]),
        pattern=re.compile(raw["pattern"], re.MULTILINE),
        replacement=raw.get("replacement", ""),
        block=raw.get("block", False),
        killer=raw["killer"],
    )


def _places(tree: Path, operator: Operator) -> Iterator[Mutant]:
    paths = {path for glob in operator.files for path in tree.glob(glob) if path.is_file()}
    for path in sorted(paths):
        text, name = path.read_text("utf-8"), path.relative_to(tree).as_posix()
        for number, match in enumerate(operator.pattern.finditer(text), 1):
            end = _closing(text, match.end()) if operator.block else match.end()
            yield Mutant(
                id=f"{operator.name}:{name}:{number}",
                control=operator.control,
                path=name,
                line=text.count("\n", 0, match.start()) + 1,
                start=match.start(),
                before=text[match.start() : end],
                after=match.expand(operator.replacement),
                killer=operator.killer,
            )


def _closing(text: str, start: int) -> int:
    """Return where the block ends whose opening brace stands right before `start`."""
    depth = 1
    for match in re.finditer(r"[{}]", text[start:]):
        depth += 1 if match[0] == "{" else -1
        if not depth:
            return start + match.end()
    raise MutationError(f"a block is not closed: {text[start - 40 : start]!r}")

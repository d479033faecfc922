"""Mutants, two at a time: each killed by what should, else by anything, else a survivor."""

import json
import os
import queue
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from mutation.controls import trees
from mutation.controls.operators import Killer, Mutant, MutationError, Table, apply

AT_ONCE = 2
TIMEOUT_S = 900
DEMANDED = {"PROVIDER": "rehearsal", "REQUIRE_ALL": "1"}
"""For every killer: nothing from a registry, and no test that is skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a mutant."""

    id: str
    killed_by: str
    """Empty for a survivor."""
    trouble: str = ""
    """Why nothing could be said about it; it counts as no kill."""
    seconds: float


class Ledger:
    """The fates so far, in a file: an interrupted campaign goes on where it was."""

    def __init__(self, path: Path, digest: str) -> None:
        self.path, self.digest = path, digest
        self.fates: dict[str, Fate] = {}
        try:
            kept = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError):
            return
        if kept["digest"] == digest:
            self.fates = {fate["id"]: Fate(**fate) for fate in kept["fates"]}

    def add(self, fate: Fate) -> None:
        """Keep a fate, whole or not at all."""
        self.fates[fate.id] = fate
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        state = {"digest": self.digest, "fates": [asdict(each) for each in self.fates.values()]}
        partial.write_text(json.dumps(state, indent=1), "utf-8")
        partial.replace(self.path)


def objection(killer: Killer, tree: Path, mutated: str = "") -> str:
    """Run a killer in a tree, and return the end of what it says against it; nothing if it passes.

    Args:
        killer: what looks at the tree.
        tree: a copy of the project.
        mutated: the file that was changed; a command may name its stem, to look at that alone.

    Raises:
        MutationError: it neither passed nor said no, which proves nothing.
    """
    command = [part.replace("{stem}", Path(mutated).stem) for part in killer.command]
    # What decides must be the tree's own code, with nothing of the caller's settings.
    ours = {"PATH", "HOME", "LANG", "TMPDIR"} & os.environ.keys()
    env = {name: os.environ[name] for name in ours} | DEMANDED
    with subprocess.Popen(
        command,
        cwd=tree,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    ) as running:
        try:
            said, _ = running.communicate(timeout=TIMEOUT_S)
        except BaseException as exc:
            os.killpg(running.pid, signal.SIGKILL)
            if isinstance(exc, subprocess.TimeoutExpired):
                raise MutationError(f"{killer.name} took longer than {TIMEOUT_S} s") from None
            raise
    if not running.returncode:
        return ""
    last = "\n".join(said.strip().splitlines()[-15:])
    if running.returncode not in killer.killed:
        raise MutationError(f"{killer.name} ended with status {running.returncode}:\n{last}")
    return last or "it does not say why"


def confirm(killers: Iterable[Killer], copies: list[Path]) -> None:
    """Make sure that each killer passes on the project as it is.

    Raises:
        MutationError: one does not, so its no would say nothing about a mutant.
    """
    free = _offer(copies)

    def ask(killer: Killer) -> None:
        tree = free.get()
        try:
            if said := objection(killer, tree):
                raise MutationError(f"{killer.name} says no to the project as it is:\n{said}")
        finally:
            trees.clean(tree)
            free.put(tree)

    with ThreadPoolExecutor(len(copies)) as pool:
        jobs = [pool.submit(ask, killer) for killer in killers]
        try:
            for job in as_completed(jobs):
                job.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _offer(copies: list[Path]) -> queue.SimpleQueue[Path]:
    free: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for tree in copies:
        free.put(tree)
    return free


def run(
    root: Path, table: Table, mutants: list[Mutant], ledger: Ledger, tell: Callable[[Fate], None]
) -> list[Fate]:
    """Run the mutants that have no fate yet; return those of all of them, in their order.

    First each meets the killer that it names, and what survives that meets all the others.
    """
    waiting = [mutant for mutant in mutants if mutant.id not in ledger.fates]
    with ExitStack() as stack:
        copies = [stack.enter_context(trees.copied(root)) for _ in range(AT_ONCE)]
        named = {mutant.killer for mutant in waiting}
        alive = []
        for mutant, fate in _meet(
            waiting, lambda m: [table.killers[m.killer]], copies, table, named
        ):
            if fate.killed_by or fate.trouble:
                ledger.add(fate)
                tell(fate)
            else:
                alive.append(mutant)
        others = table.killers.keys() - named if alive else set()
        for _, fate in _meet(alive, lambda m: _others(m, table), copies, table, others):
            ledger.add(fate)
            tell(fate)
    return [ledger.fates[mutant.id] for mutant in mutants]


def _others(mutant: Mutant, table: Table) -> list[Killer]:
    return [killer for name, killer in table.killers.items() if name != mutant.killer]


def _meet(
    mutants: list[Mutant],
    killers: Callable[[Mutant], list[Killer]],
    copies: list[Path],
    table: Table,
    untried: Iterable[str],
) -> Iterator[tuple[Mutant, Fate]]:
    """Let mutants meet their killers, once the project itself has passed those not tried before."""
    confirm([table.killers[name] for name in sorted(untried)], copies)
    free = _offer(copies)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = {pool.submit(_judge, each, killers(each), free): each for each in mutants}
        try:
            for job in as_completed(jobs):
                yield jobs[job], job.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _judge(mutant: Mutant, killers: Iterable[Killer], free: queue.SimpleQueue[Path]) -> Fate:
    tree, started = free.get(), time.monotonic()
    killed_by = trouble = ""
    try:
        apply(mutant, tree)
        trees.commit(tree)
        asked = (each.name for each in killers if objection(each, tree, mutant.path))
        killed_by = next(asked, "")
    except MutationError as exc:
        trouble = str(exc)
    finally:
        trees.restore(tree)
        free.put(tree)
    seconds = round(time.monotonic() - started, 1)
    return Fate(id=mutant.id, killed_by=killed_by, trouble=trouble, seconds=seconds)

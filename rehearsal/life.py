"""A whole life of a root against a state on this machine: plan, apply, drift, destroy.

Always on the rehearsal's provider, whichever else there is: no cloud may be touched. What is proven
is the configuration's logic, and that a saved plan is what is applied.
"""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal import attachment, executable, terraform
from rehearsal.errors import RehearsalError
from rehearsal.origin import REPOSITORY, Kind, Origin
from rehearsal.terraform import Workspace
from rehearsal.world import World

PLAN = "rehearsal.tfplan"
CHANGES = 2
"""`plan -detailed-exitcode`: there is something to do."""
Values = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Life:
    """A root with a state of its own, and the world that it changes."""

    space: Workspace
    root: str
    world: World

    @property
    def saved(self) -> Path:
        """Where the saved plan is; its bytes may be put there in another life of the same world."""
        return self.space.folder / self.root / PLAN

    def set(self, variables: Values) -> None:
        """Give the root its variables, in the place of all earlier ones."""
        path = self.space.folder / self.root / "rehearsal.auto.tfvars.json"
        path.write_text(json.dumps(variables), "utf-8")

    def plan(self, *arguments: str) -> Values:
        """Save a plan; gives it as `terraform show -json` has it."""
        self.space.do(self.root, "plan", "-no-color", f"-out={PLAN}", *arguments)
        shown: Values = json.loads(self.space.do(self.root, "show", "-json", PLAN))
        return shown

    def apply(self) -> str:
        """Apply the saved plan; gives what Terraform said."""
        return self.space.do(self.root, "apply", "-no-color", PLAN)

    def changed(self) -> bool:
        """Tell whether a new plan would change anything, drift included."""
        done = self.space.run(self.root, "plan", "-no-color", "-detailed-exitcode")
        if done.returncode not in {0, CHANGES}:
            raise RehearsalError(f"{self.root}: {done.stderr.strip()}")
        return done.returncode == CHANGES

    def destroy(self) -> None:
        """Destroy everything.

        Raises:
            RehearsalError: something is protected.
        """
        self.plan("-destroy")
        self.apply()

    def state(self) -> Values:
        """Read the state, as `terraform show -json` has it."""
        shown: Values = json.loads(self.space.do(self.root, "show", "-json"))
        return shown


def begin(
    root: str, variables: Values, tree: Path = REPOSITORY, folder: Path | None = None
) -> AbstractContextManager[Life]:
    """Initialize a copy of a root with a state on this machine.

    Args:
        root: its folder in `tree`.
        variables: as they would stand in a tfvars file.
        tree: holds the roots.
        folder: the world and the state, which may be those of an earlier life; None for a world
            that is thrown away.

    Raises:
        MissingError: at once, if Terraform or our provider is not installed.
        RehearsalError: when it is entered, if the root cannot be initialized.
    """
    executable.find()
    attachment.find()
    return _begin(root, variables, tree, folder)


@contextmanager
def _begin(root: str, variables: Values, tree: Path, folder: Path | None) -> Iterator[Life]:
    with tempfile.TemporaryDirectory(prefix="world-") as private:
        world = World(folder or Path(private))
        with terraform.workspace(tree, Origin(Kind.REHEARSAL), world.folder) as space:
            terraform.check(space, root)
            # Whatever backend the root has: no bucket is asked.
            override = space.folder / root / "rehearsal_override.tf"
            override.write_text('terraform {\n  backend "local" {}\n}\n', "utf-8")
            # Beside the world, which several roots may share.
            state = world.folder.resolve() / f"{root.replace('/', '-')}.tfstate"
            terraform.initialize(space, root, f"-backend-config=path={state}")
            life = Life(space, root, world)
            life.set(variables)
            yield life


def actions(plan: Values) -> list[str]:
    """List what a plan does: `create google_pubsub_topic.records`, in order of address."""
    return [
        f"{'+'.join(change['change']['actions'])} {change['address']}"
        for change in sorted(plan.get("resource_changes", []), key=lambda each: each["address"])
        if change["mode"] == "managed" and change["change"]["actions"] != ["no-op"]
    ]


def rehearse(root: str, variables: Values, unprotected: Values) -> Iterator[tuple[str, str, float]]:
    """Go through a whole life; gives each step, what came of it, and the seconds it took.

    Args:
        root: its folder in the repository.
        variables: what it is applied with.
        unprotected: the variables that change before it is destroyed.

    Raises:
        RehearsalError: a step did not come out as it must.
    """
    with begin(root, variables) as life:
        last = time.monotonic()

        def took() -> float:
            nonlocal last
            before, last = last, time.monotonic()
            return last - before

        planned = actions(life.plan())
        _must(bool(planned), f"{root}: with these variables there is nothing to create")
        yield "plan", f"{len(planned)} to create", took()
        life.apply()
        # Two grants of one name would be one in the cloud, and undo each other at each apply.
        created = len(list(life.world.records()))
        _must(created == len(planned), f"{root}: {len(planned)} planned, and {created} are there")
        yield "apply of the saved plan", f"{created} created", took()
        _must(not life.changed(), f"{root}: a second plan would change something")
        yield "second plan", "nothing to change", took()
        gone = next(iter(life.world.records()))
        life.world.remove(gone["type"], gone["id"])
        seen = actions(life.plan())
        _must(bool(seen), f"{root}: {gone['type']} {gone['id']} was removed, and no plan saw it")
        yield f"drift: {gone['type']} {gone['id']} removed from outside", ", ".join(seen), took()
        life.apply()
        _must(not life.changed(), f"{root}: the drift was not put right")
        yield "apply", "put right", took()
        life.set(variables | unprotected)
        life.plan()
        life.apply()
        life.destroy()
        left = [
            record["id"]
            for record in life.world.records()
            if record["values"].get("deletion_policy") != "ABANDON"
        ]
        _must(not left, f"{root}: left after destroy: {', '.join(left)}")
        yield "destroy", "nothing left", took()


def _must(met: bool, otherwise: str) -> None:  # noqa: FBT001 - what must be met reads first
    if not met:
        raise RehearsalError(otherwise)

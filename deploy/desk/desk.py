"""What a person does with a release; what may be done is decided in deploy/plans/."""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.plans import rollout, saved, standing, steps, summary
from deploy.plans.planning import Planning
from deploy.plans.root import Root
from deploy.plans.steps import Release
from deploy.plans.store import Folder
from deploy.reference import RefusedError

Ask = Callable[[str], bool]
"""Puts a question that says what will be done; True is a yes."""
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """One project's releases."""

    root: Root
    store: Folder
    """Where the plans lie between being read and being applied."""
    commit: str
    registry: str
    smoke: str
    """E-mail address of the identity that makes the smoke test."""
    ask: Ask
    tell: Tell

    def plan(self, images: Mapping[str, str]) -> str:
        """Plan what comes next with these images, and show it; gives the digest to be approved.

        Raises:
            PlanRefusedError: nobody may apply it; it was shown, with the reasons.
            StandingError: an earlier release is not at its end.
            TerraformError: it could not be planned.
        """
        with self._file() as file:
            planning = Planning(self.root, self.commit, self.registry, self.smoke, self.tell)
            record, plan, notices = planning.plan(images, Path(file.name))
            digest = saved.keep(self.store, Path(file.name).read_bytes(), record)
        self.tell(summary.markdown(plan, notices, digest=digest))
        return digest

    def deploy(self, digest: str) -> bool:
        """Apply the plan of a digest and move the requests, asking before each; False if not all.

        Begun again after a death it goes on where that was.

        Raises:
            RefusedError: another commit is checked out.
            SavedPlanError: it is not that plan, or does not fit any more.
            PlanRefusedError: a step would do more than move requests.
            StandingError: somebody moved requests by hand.
            TerraformError: it could not be applied.
        """
        record = saved.remembered(self.store, digest)
        if record.commit != self.commit:
            raise RefusedError(f"it was planned for commit {record.commit[:12]}: check that out")
        release = record.release
        state = self.root.state()
        if rollout.pending(record, state, self._standing(release)):
            _, plan = saved.fetch(self.store, digest, self.commit, state)
            if not self.ask(f"Apply the plan {digest[:12]} of {record.planned_at:%Y-%m-%d %H:%M}?"):
                return False
            with self._file() as file:
                Path(file.name).write_bytes(plan)
                self.root.apply(Path(file.name))
            self.tell("applied")
        for move in release.remaining(self._standing(release)) if release.pairs else ():
            share = "take the candidate's tag away" if not move.tagged else f"give it {move}"
            names = ", ".join(f"{pair.candidate}" for pair in release.pairs.values())
            if not self.ask(f"{names}: {share}?"):
                self.tell("stopped there; make rollback gives every request back")
                return False
            with self._file() as file:
                rollout.move(self.root, release, move, Path(file.name))
            self.tell(f"done: {move}")
        return True

    def roll_back(self) -> bool:
        """Give every request back to the revision that served, after asking.

        Raises:
            StandingError: no release is under way.
            PlanRefusedError: it would do more than move requests.
            TerraformError: it could not be applied.
        """
        now = self._standing(Release({}, {}))
        pairs = steps.unfinished(now)
        if not pairs:
            raise standing.StandingError("no service has requests at two revisions")
        release = Release({name: service.image for name, service in now.items()}, pairs)
        told = ", ".join(f"{pair.candidate} to {pair.stable}" for pair in pairs.values())
        if not self.ask(f"Give every request back, from {told}?"):
            return False
        with self._file() as file:
            rollout.roll_back(self.root, release, Path(file.name))
        self.tell("rolled back")
        return True

    def _standing(self, release: Release) -> dict[str, standing.Service]:
        """Look at the cloud; what is planned with that look is thrown away."""
        with self._file() as file:
            plan = self.root.plan({"images": dict(release.images)}, Path(file.name))
        return standing.read(plan.prior_state)

    @staticmethod
    def _file() -> "tempfile._TemporaryFileWrapper[bytes]":
        """Open a file for a plan, which holds the state: for its owner alone, and soon gone."""
        return tempfile.NamedTemporaryFile(suffix=".tfplan")

"""Plans what comes next with the images of a release, whichever that is, and has it judged."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from deploy.plans import candidate, first, saved, standing, steps, summary
from deploy.plans.candidate import Notice
from deploy.plans.controls import Approved
from deploy.plans.document import Plan
from deploy.plans.refusal import PlanRefusedError
from deploy.plans.root import Root
from deploy.plans.saved import Record, Revisions
from deploy.plans.steps import BACK, Release


@dataclass(frozen=True, slots=True)
class Planning:
    """Where it is planned, and for whom."""

    root: Root
    commit: str
    registry: str
    """Where images may come from."""
    smoke: str
    """E-mail address of the identity that makes the smoke test."""
    tell: Callable[[str], None]
    """Is shown a plan that nobody may apply, with the reasons."""
    lock: bool = True
    """False for an identity that could not give a lock back."""

    def plan(
        self, images: Mapping[str, str], file: Path
    ) -> tuple[Record, Plan, tuple[Notice, ...]]:
        """Save a plan to a file; gives its record, what it says, and what a person has to see.

        Args:
            images: what was verified and attested, by service.
            file: where the plan goes; it holds the state.

        Raises:
            PlanRefusedError: nobody may apply it; it was shown, with the reasons.
            StandingError: an earlier release is not at its end.
            TerraformError: it could not be planned.
        """
        state = self.root.state()
        release, plan, notices = self._judged(images, file)
        record = Record(
            plan_sha256=saved.sha256(file.read_bytes()),
            commit=self.commit,
            state=state,
            planned_at=datetime.now(UTC),
            terraform_version=plan.terraform_version,
            images=dict(images),
            revisions={
                name: Revisions(stable=pair.stable, candidate=pair.candidate)
                for name, pair in release.pairs.items()
            },
        )
        return record, plan, notices

    def _judged(
        self, images: Mapping[str, str], file: Path
    ) -> tuple[Release, Plan, tuple[Notice, ...]]:
        approved, version = Approved(self.registry, images), self.root.version()
        # A look at the cloud: which revisions would there be?
        survey = self.root.plan({"images": dict(images), "canary": {}}, file, lock=self.lock)
        stage = first.stage(survey.prior_state, images)
        release = Release(dict(images), {})
        if not stage:
            now = standing.read(survey.prior_state)
            release = steps.prepare(images, survey.output("revisions"), now)
        variables = stage.variables(images) if stage else release.variables(BACK)
        plan = self.root.plan(variables, file, lock=self.lock)
        try:
            if stage:
                return release, plan, first.check(plan, stage, approved, self.smoke, version)
            return release, plan, candidate.check(plan, release, approved, version)
        except PlanRefusedError as exc:
            self.tell(summary.markdown(plan, refusals=exc.refusals))
            raise

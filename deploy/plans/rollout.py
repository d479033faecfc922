"""Moves a release's traffic: plans a step, has it judged, applies it, and never anything else."""

from pathlib import Path

from deploy.plans import standing, traffic
from deploy.plans.document import Plan
from deploy.plans.root import Root
from deploy.plans.saved import Record, State
from deploy.plans.standing import Standing, StandingError
from deploy.plans.steps import BACK, FINISH, Move, Release


def move(root: Root, release: Release, to: Move, file: Path) -> Plan:
    """Take one step. One that was taken before changes nothing, and neither does an earlier one.

    Args:
        root: initialized, at the commit that was approved.
        release: what was approved.
        to: the step.
        file: for the saved plan; it holds the state, so it stays on the machine.

    Raises:
        PlanRefusedError: the plan is not that step alone; nothing was applied.
        StandingError: the candidate is not there, somebody moved traffic by hand, or the step
            leaves one out.
        TerraformError: it could not be planned, or not be applied.
    """
    plan = root.plan(release.variables(to), file)
    now = standing.read(plan.prior_state)
    # A run that begins again after a death goes through the steps that were passed already.
    remaining = release.remaining(now)
    # After a rollback, a job that is run again believes that the steps before it were decided on.
    if to in remaining and to not in release.open(now):
        raise StandingError(
            f"{to} is more than the step after the one that was reached: run all jobs again, which "
            "begins at 0 %"
        )
    if to == FINISH or to in remaining:
        _apply(root, release, to, plan, file)
    return plan


def pending(record: Record, state: State, now: Standing) -> bool:
    """Tell whether the approved plan is still to be applied.

    It is, as long as the state is the one that it was planned on: a candidate that is there already
    may have requests, and other resources may wait. Where the state went on, a dead run did it.

    Args:
        record: what was approved.
        state: as it is now.
        now: where the cloud stands.
    """
    release = record.release
    return state == record.state or not release.pairs or not release.applied(now)


def roll_back(root: Root, release: Release, file: Path) -> Plan:
    """Give every request back to the revision that served, from whatever step.

    Where it serves already nothing is applied, whatever else would change: a candidate whose own
    plan died half way is at 0 %, and mending the rest is for a person.

    Raises:
        PlanRefusedError: the plan does more than that; nothing was applied.
        TerraformError: it could not be planned, or not be applied.
    """
    plan = root.plan(release.variables(BACK), file)
    if not release.restored(standing.read(plan.prior_state)):
        _apply(root, release, BACK, plan, file)
    return plan


def _apply(root: Root, release: Release, to: Move, plan: Plan, file: Path) -> None:
    traffic.check(plan, release, to, root.version())
    # Also where only the output is to be put right: the cloud did the rest for a run that died.
    if plan.applyable:
        root.apply(file)

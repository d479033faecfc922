"""Decides about a step of the rollout, for the services of a release whose traffic moves."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from deploy.canary import cloud_run, objectives
from deploy.canary.cloud_run import CloudRun
from deploy.canary.decision import Decision
from deploy.canary.monitoring import Monitoring
from deploy.canary.objectives import Policy
from deploy.canary.pace import Pace, Step
from deploy.canary.watch import Watch, until_decided
from deploy.desk import surroundings
from deploy.jobs.pipeline import HOME, MOVES
from deploy.jobs.run import SERVICES, Job
from deploy.plans import saved
from deploy.reference import RefusedError

POLICIES = {"api": objectives.API, "function": objectives.FUNCTION}
INDICATORS = {"api": cloud_run.API, "function": cloud_run.FUNCTION}
MINUTE = "CANARY_MINUTE_S"
"""How many seconds stand for a minute, in a rehearsal; no workflow may set it."""


def decide(job: Job, report: Callable[[Decision], None]) -> Decision:
    """Watch a step until it is decided.

    Raises:
        RefusedError: the step, or when it began, is not what the workflow says.
        SavedPlanError: the record is not the approved one.
    """
    release = saved.read(job.given("RELEASE_RECORD").encode(), job.given("RELEASE_DIGEST")).release
    # Another project's figures, which a variable of an environment could name, decide nothing.
    surroundings.foundation(HOME, job.given("PROJECT_ID"))
    step = _step(job)
    minute_s = float(job.environment.get(MINUTE) or 60)
    monitoring = Monitoring(
        job.given("PROJECT_ID"), lambda: job.token, period=timedelta(seconds=minute_s)
    )
    watches = [
        Watch(
            source=CloudRun(monitoring, SERVICES[name], INDICATORS[name]),
            candidate=pair.candidate,
            stable=pair.stable,
            policy=paced(POLICIES[name], minute_s / 60),
        )
        for name, pair in release.pairs.items()
    ]
    if not watches:
        raise RefusedError("no service changes, so there is nothing to decide about")
    return until_decided(watches, step, report=report)


def paced(policy: Policy, factor: float) -> Policy:
    """Let time pass faster; the objectives stay."""
    names = ("period", "settle", "window", "stale", "limit", "pause")
    pace = Pace(**{name: getattr(policy.pace, name) * factor for name in names})
    return replace(policy, pace=pace)


def _step(job: Job) -> Step:
    name = job.given("RELEASE_STEP")
    try:
        began = datetime.fromisoformat(job.given("RELEASE_BEGAN"))
        move = MOVES[name]
    except (ValueError, LookupError):
        raise RefusedError(f"no step {name!r}, or not the time at which it began") from None
    if began.tzinfo is None:
        raise RefusedError("the step began at a time without a zone")
    return Step(move.percent, began)

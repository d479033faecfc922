"""What a scenario comes to: backlog, lateness, calls and what is left of the budgets."""

from dataclasses import dataclass

import numpy as np

from monitoring import objectives
from monitoring.capacity import burning, delivery, traffic
from monitoring.capacity.delivery import STEP_S, Counts, Course, Limits
from monitoring.capacity.traffic import Scenario
from monitoring.throughput import Throughput

SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One scenario, run."""

    scenario: Scenario
    course: Course
    pages: dict[str, list[int]]
    """When somebody was called, in seconds since the beginning, by objective."""
    tickets: dict[str, list[int]]
    budget_left: dict[str, float]

    @property
    def drained_s(self) -> int | None:
        """How long after an outage's end nothing waited any more; None without an outage."""
        if self.scenario.outage is None:
            return None
        end = (self.scenario.outage_at_s + self.scenario.outage_s) // STEP_S
        waiting = self.course.backlog[end:] > 0
        return int(np.argmin(np.append(waiting, np.False_))) * STEP_S

    @property
    def first_page_s(self) -> int | None:
        """How long after an outage's begin somebody was called; None if nobody was."""
        if self.scenario.outage is None:
            return None
        calls = [at for each in self.pages.values() for at in each]
        return min((at - self.scenario.outage_at_s for at in calls), default=None)


def run(
    scenario: Scenario, throughput: Throughput, *, days: int = traffic.DAYS, seed: int = SEED
) -> Outcome:
    """Run a scenario; the same seed gives the same figures."""
    steps = days * traffic.DAY_STEPS
    failing = scenario.failing(steps)
    course = delivery.deliver(scenario.published(steps, seed), failing, limits(throughput))
    reads = scenario.asked(steps, seed)
    # Where more is asked than fits, the queue is never empty: whoever is answered has waited.
    room = int(throughput.reads_per_s * STEP_S)
    refused = np.where(failing, reads, np.maximum(reads - room, 0))
    slow = np.where(reads > room, reads - refused, 0)
    broken = {
        "api_availability": (refused, reads),
        "api_latency": (slow, reads - refused),
        "ingest_freshness": (course.late + course.dead, course.stored + course.dead),
    }
    seen = broken | {"api_availability": _metered(scenario, refused, reads)}
    promises = objectives.read()
    named = {objective.name: objective for objective in promises.objectives}
    return Outcome(
        scenario=scenario,
        course=course,
        pages={
            name: burning.calls(promises, named[name], "page", *of) for name, of in seen.items()
        },
        tickets={
            name: burning.calls(promises, named[name], "ticket", *of) for name, of in seen.items()
        },
        budget_left={name: burning.budget_left(named[name], *of) for name, of in broken.items()},
    )


def limits(throughput: Throughput) -> Limits:
    """Say what the model of pushes needs to know."""
    configured = throughput.configured
    return Limits(
        rows_per_step=int(throughput.messages_per_s * STEP_S),
        push_s=throughput.push_s,
        late_after_s=objectives.read().late_after_s,
        minimum_backoff_s=configured.minimum_backoff_s,
        maximum_backoff_s=configured.maximum_backoff_s,
        max_attempts=configured.max_delivery_attempts,
        full_window=throughput.quotas.value("pubsub_window"),
    )


def _metered(scenario: Scenario, refused: Counts, reads: Counts) -> tuple[Counts, Counts]:
    """Leave out what the service's metrics do not see: requests that reached no service."""
    if scenario.outage != "region":
        return refused, reads
    reached = ~scenario.failing(len(reads))
    return refused * reached, reads * reached

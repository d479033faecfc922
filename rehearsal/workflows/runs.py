"""Which trees are rehearsed on which events, and what each job must come to."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gates.github.conclusion import JOBS
from rehearsal.workflows import faults
from rehearsal.workflows.faults import Fault

CHECK, SHOWS = "all-gates-pass", "code-scanning"
ALL = ""
"""All gates; else those that the planted fault concerns, and one beside them."""
FEW = "ruff actionlint"
QUICK = ("good-fork", "insecure-code")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of `ci.yml`."""

    name: str
    event: str
    """One of `events.KINDS`."""
    fault: Fault | None = None
    gates: str = FEW

    @property
    def expected(self) -> dict[str, str]:
        """What each job must come to."""
        event = "pull_request" if self.event == "fork" else self.event
        results = {job: "success" if event in on else "skipped" for job, on in JOBS.items()}
        results |= {CHECK: "success", SHOWS: "skipped" if self.event == "fork" else "success"}
        if self.fault:
            results |= {self.fault.job: self.fault.result, CHECK: "failure"}
        return results

    def complaints(self, results: Mapping[str, str], logs: Mapping[str, str]) -> Iterator[str]:
        """Say what came out otherwise, and why.

        Args:
            results: by job; one that is not named was skipped.
            logs: what each job printed.
        """
        for job, wanted in self.expected.items():
            got = results.get(job, "skipped")
            if got != wanted:
                yield f"{job}: {got} instead of {wanted}"
        for job in sorted(set(results) - set(self.expected)):
            yield f"{job}: nobody expects this job"
        if self.fault and self.fault.says not in logs.get(self.fault.job, ""):
            yield f"{self.fault.job}: its log does not say {self.fault.says!r}"


def runs() -> list[Run]:
    """Tell all runs: the good tree on each event, then each fault."""
    good = [
        Run(name="good-push", event="push", gates=ALL),
        Run(name="good-pull-request", event="pull_request"),
        Run(name="good-fork", event="fork"),
        Run(name="good-merge-group", event="merge_group"),
    ]
    planted = [
        Run(name=name, event=fault.event, fault=fault) for name, fault in faults.read().items()
    ]
    return good + planted

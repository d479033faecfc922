"""From the results of a run's jobs to the one required check, `all-gates-pass`.

It needs nothing but Python, so that nothing that a job installs can be the reason it says yes.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping

PASS, SOME_DID_NOT, COULD_NOT_JUDGE = 0, 1, 2
EVENTS = frozenset({"merge_group", "pull_request", "push"})
"""What `ci.yml` runs on."""
JOBS: Mapping[str, frozenset[str]] = {
    "codeql": EVENTS,
    "dependency-review": frozenset({"pull_request"}),
    "gates": EVENTS,
    "image": EVENTS,
    "mutation": EVENTS,
    "terraform": EVENTS,
    "test": EVENTS,
}
"""The jobs, and the events on which each must succeed. On others it may be skipped, and no more."""


class NeedsError(Exception):
    """What the jobs came to cannot be read; the text says what is wrong."""


def read(raw_needs: str) -> dict[str, str]:
    """Read the results of GitHub's `needs` context: `{JOB: {"result": RESULT, ...}, ...}`.

    Raises:
        NeedsError: it has another shape.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/contexts#needs-context
    """
    try:
        needs = json.loads(raw_needs)
        return {str(job): str(told["result"]) for job, told in needs.items()}
    except (ValueError, AttributeError, TypeError, KeyError, RecursionError) as exc:
        raise NeedsError(f"NEEDS is not GitHub's `needs` context: {exc!r}") from None


def complaints(results: Mapping[str, str], event: str) -> Iterator[str]:
    """Name every job that is no reason to say yes.

    Raises:
        NeedsError: on this event nobody said which jobs must succeed.
    """
    if event not in EVENTS:
        raise NeedsError(f"EVENT is {event!r}; known are {', '.join(sorted(EVENTS))}")
    for job, events in JOBS.items():
        match results.get(job):
            case "success":
                continue
            case "skipped" if event not in events:
                continue
            case None:
                yield f"{job}: it is not among the needed jobs"
            case "skipped":
                yield f"{job}: skipped, and on {event} it must run"
            case result:
                yield f"{job}: {result}"
    for job in sorted(set(results) - set(JOBS)):
        yield f"{job}: nobody said when it must succeed; add it to gates/github/conclusion.py"


def main(environment: Mapping[str, str]) -> int:
    """Judge `NEEDS` on `EVENT`, and say why not."""
    try:
        results = read(environment.get("NEEDS", ""))
        found = list(complaints(results, environment.get("EVENT", "")))
    except NeedsError as exc:
        print(f"could not judge: {exc}")
        return COULD_NOT_JUDGE
    for line in found:
        print(line)
    print("not all gates pass" if found else f"all gates pass: {', '.join(sorted(results))}")
    return SOME_DID_NOT if found else PASS


if __name__ == "__main__":
    sys.exit(main(os.environ))

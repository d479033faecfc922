"""Keeps one open issue as long as there is drift, and none otherwise."""

from collections.abc import Iterator

from deploy.nightly import issue
from deploy.nightly.drift import Drift
from deploy.nightly.issues import Issue, Issues


def keep(issues: Issues, drift: Drift) -> Iterator[str]:
    """Open, rewrite or close it; gives a line for each thing done, and none the second time.

    Raises:
        IssuesError: it was not done, or not all of it: run it again.
    """
    found = issues.ours()
    if not drift.differences:
        for each in found:
            issues.close(each.number, issue.GONE, "completed")
            yield f"closed: issue {each.number}"
        return
    if not found:
        yield f"opened: issue {issues.open(issue.TITLE, issue.body(drift))}"
        return
    # Two runs that did not see each other opened one each.
    kept, *doubled = found
    for each in doubled:
        issues.close(each.number, f"The same as #{kept.number}.", "not_planned")
        yield f"closed: issue {each.number}, the same as {kept.number}"
    if not _says(kept, drift):
        issues.rewrite(kept.number, issue.TITLE, issue.body(drift))
        yield f"rewritten: issue {kept.number}"


def _says(kept: Issue, drift: Drift) -> bool:
    """Compare the texts; the lines of one that a person edited in a browser end otherwise."""
    lines = [line.rstrip() for line in kept.body.rstrip().splitlines()]
    return lines == issue.body(drift).splitlines() and kept.title == issue.TITLE

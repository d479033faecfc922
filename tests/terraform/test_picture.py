"""The picture in the documents is the one that the plan gives."""

from access.__main__ import REHEARSED, RUNS
from access.picture import document
from rehearsal.origin import REPOSITORY


def test_the_document_is_made_from_the_plan(planned_runs):
    """If it differs: `.venv/bin/python -m access picture > docs/identities.md`."""
    plans = {root: planned_runs[root, run] for root, run in RUNS.items()}
    kept = (REPOSITORY / "docs" / "identities.md").read_text("utf-8")
    assert kept == document(plans, REHEARSED)

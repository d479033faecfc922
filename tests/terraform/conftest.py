"""What the roots plan, resolved by Terraform itself; one run of it serves all tests."""

from pathlib import Path

import pytest

from rehearsal import records
from rehearsal.errors import MissingError

HERE = Path(__file__).parent
ROOTS = ("terraform", "terraform/bootstrap", "terraform/organization")


def recorded(root):
    try:
        return records.runs(root)
    except MissingError as exc:
        pytest.skip(str(exc))


@pytest.fixture(scope="session")
def planned_runs():
    """Every run that planned something, of every root: `{(root, run): resources}`."""
    return {
        (root, run.name): records.planned(run)
        for root in ROOTS
        for run in recorded(root)
        if run.changes
    }


@pytest.fixture(scope="session")
def serving(planned_runs):
    """The pipeline in an ordinary project."""
    return planned_runs["terraform", "serving"]


@pytest.fixture(scope="session")
def find(serving):
    """Look up one resource of the pipeline by its address."""
    by_address = {resource.address: resource.values for resource in serving}
    return by_address.__getitem__


def pytest_collection_modifyitems(items):
    """Give the test that comes first the time of Terraform's own runs on a busy machine."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.timeout(600))

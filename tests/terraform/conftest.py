"""What the roots plan, resolved by Terraform itself; one run of it serves all tests."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from rehearsal import records
from rehearsal.errors import MissingError

HERE = Path(__file__).parent
ROOTS = ("terraform", "terraform/bootstrap", "terraform/organization", "terraform/monitoring")


def recorded(root):
    try:
        return records.runs(root)
    except MissingError as exc:
        pytest.skip(str(exc))


class PlannedRuns(Mapping[tuple[str, str], Any]):
    """Every run that planned something, `{(root, run): resources}`; a root runs when asked for."""

    def __init__(self) -> None:
        self._roots: dict[str, dict[tuple[str, str], Any]] = {}

    def __getitem__(self, key: tuple[str, str]) -> Any:
        return self._of(key[0])[key]

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for root in ROOTS:
            yield from self._of(root)

    def __len__(self) -> int:
        return sum(len(self._of(root)) for root in ROOTS)

    def _of(self, root: str) -> dict[tuple[str, str], Any]:
        if root not in self._roots:
            self._roots[root] = {
                (root, run.name): records.planned(run) for run in recorded(root) if run.changes
            }
        return self._roots[root]


@pytest.fixture(scope="session")
def planned_runs():
    """Every run that planned something, of every root."""
    return PlannedRuns()


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

"""A release may add columns; it may not take one away or turn it into another."""

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest

from deploy.schema_change import breaking
from servicekit.contract import SCHEMA_FOLDER

ROOT = Path(__file__).parents[2]
ID = {"name": "id", "type": "INTEGER", "mode": "REQUIRED"}
NAME = {"name": "name", "type": "STRING", "mode": "NULLABLE"}
TAGGED = {**NAME, "policyTags": {"names": ["projects/p/locations/l/taxonomies/1/policyTags/2"]}}


@pytest.mark.parametrize(
    ("after", "word"),
    [
        ([ID], "gone"),
        ([NAME, ID], "add at the end"),
        ([ID, {**NAME, "name": "title"}], "add at the end"),
        ([ID, {**NAME, "type": "BYTES"}], "from STRING to BYTES"),
        ([ID, {**NAME, "mode": "REQUIRED"}], "from NULLABLE to REQUIRED"),
        ([ID, {**NAME, "mode": "REPEATED"}], "from NULLABLE to REPEATED"),
        ([ID, NAME, {"name": "new", "type": "STRING", "mode": "REQUIRED"}], "new and REQUIRED"),
        ([ID, {"name": "new", "type": "STRING"}, NAME], "add at the end"),
        ([], "gone"),
    ],
)
def test_what_breaks_is_named(after, word):
    assert word in "; ".join(breaking([ID, NAME], after))


def test_a_policy_tag_is_not_lost():
    assert breaking([TAGGED], [NAME]) == ["name loses its policy tag: everybody would see it"]


@pytest.mark.parametrize(
    "after",
    [
        [ID, NAME],
        [{**ID, "mode": "NULLABLE"}, NAME],
        [ID, {"name": "name", "type": "STRING"}],
        [ID, {**NAME, "description": "another text"}],
        [ID, TAGGED],
        [ID, NAME, {"name": "new", "type": "FLOAT"}],
        [ID, NAME, {"name": "list", "type": "STRING", "mode": "REPEATED"}],
    ],
)
def test_what_only_adds_passes(after):
    assert breaking([ID, NAME], after) == []


@pytest.mark.parametrize("table", sorted(SCHEMA_FOLDER.glob("*.json")), ids=lambda path: path.stem)
def test_the_contract_only_ever_grew(table):
    """Compare each commit of the file with the one before, and the working copy with the last."""
    if not (ROOT / ".git").exists():
        pytest.skip("git's history is not here")

    def git(*arguments):
        command = ["git", "-C", str(ROOT), *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    path = table.relative_to(ROOT).as_posix()
    commits = git("log", "--format=%H", "--reverse", "--", path).split()
    versions = [json.loads(git("show", f"{commit}:{path}")) for commit in commits]
    versions.append(json.loads(table.read_text("utf-8")))
    for before, after in pairwise(versions):
        assert breaking(before, after) == []

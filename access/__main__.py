"""Judges what the Terraform roots plan in their tests: `python -m access`.

`python -m access picture` draws it, for docs/identities.md.
"""

import sys

from access.calls import Plans
from access.case import Case
from access.escalation import search
from access.identities import Setting
from access.judgement import judge, texts
from access.kinds import UnknownError
from access.picture import document
from rehearsal import records
from rehearsal.errors import RehearsalError

REHEARSED = Setting(
    project="data-prod-4711",
    number="123456789012",
    pool="github-1",
    repository="acme/pipeline",
    repository_id="987654321",
    people={
        "caller": ("serviceAccount:reader@data-prod-4711.iam.gserviceaccount.com",),
        "publisher": ("serviceAccount:sensor@data-prod-4711.iam.gserviceaccount.com",),
        "operator": ("group:operators@example.com",),
        "data-owner": ("group:data-owners@example.com",),
    },
)
"""The project that terraform/**/tests/*.tftest.hcl describe."""
RUNS = {"terraform/bootstrap": "ordinary", "terraform": "serving"}
"""Which run of each root holds everything that is on by default."""


def rehearsed() -> Plans:
    """Read what those runs planned; Terraform runs if the roots changed."""
    return {
        root: records.planned(run)
        for root, wanted in RUNS.items()
        for run in records.runs(root)
        if run.name == wanted
    }


def main(arguments: list[str]) -> int:
    """Print the picture's document, or all findings; 1 if there are any, or nothing was planned."""
    try:
        plans = rehearsed()
    except RehearsalError as exc:
        sys.stderr.write(f"nothing to judge: {exc}\n")
        return 1
    if arguments == ["picture"]:
        sys.stdout.write(document(plans, REHEARSED))
        return 0
    try:
        found = [texts(judge(Case.of(plans, REHEARSED))), *search(plans, REHEARSED)]
    except UnknownError as exc:
        found = [str(exc)]
    said = "\n".join(filter(None, found))
    sys.stdout.write(f"{said or 'every call is permitted, every permission is needed'}\n")
    return int(bool(said))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""The identities by their short names: accounts, GitHub's jobs, Google's agents, people."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).parent / "calls.toml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a deployment is called, which no table can know."""

    project: str
    number: str
    """The project's number, in decimal digits."""
    pool: str
    """Id of the workload identity pool."""
    repository: str
    """`owner/name` on GitHub."""
    repository_id: str
    people: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The members behind caller, publisher, operator and data-owner."""


@cache
def table() -> dict[str, Any]:
    """Read access/calls.toml."""
    return tomllib.loads(TABLE.read_text("utf-8"))


def identities(setting: Setting) -> dict[str, tuple[str, ...]]:
    """Map each short name to its members as IAM writes them; people may be several or none."""
    told = table()
    suffix = f"@{setting.project}.iam.gserviceaccount.com"
    found = {name: (f"serviceAccount:{name}{suffix}",) for name in told["accounts"]}
    for name, account in told["agents"].items():
        local = account.format(number=setting.number)
        found[name] = (f"serviceAccount:{local}.iam.gserviceaccount.com",)
    for name, job in told["jobs"].items():
        found[f"job-{name}"] = (_principal_set(setting, job),)
    return found | {name: tuple(setting.people.get(name, ())) for name in told["people"]}


def short(setting: Setting) -> dict[str, str]:
    """Map each member to its short names, joined; one person may be caller and publisher."""
    names: dict[str, str] = {}
    for name, members in identities(setting).items():
        for member in members:
            names[member] = f"{names[member]} and {name}" if member in names else name
    return names


def _principal_set(setting: Setting, job: Mapping[str, str]) -> str:
    """Name the tokens of one job of one workflow on main, as the provider maps them."""
    pool = f"projects/{setting.number}/locations/global/workloadIdentityPools/{setting.pool}"
    workflow = f"{setting.repository}/.github/workflows/{job['workflow']}@refs/heads/main"
    parts = (setting.repository_id, workflow, job["environment"], "refs/heads/main", job["event"])
    return f"principalSet://iam.googleapis.com/{pool}/attribute.job/{':'.join(parts)}"

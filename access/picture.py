"""The picture of identities and resources: Mermaid flowcharts made from the planned grants."""

import re
from collections import defaultdict
from collections.abc import Iterable

from access.calls import Plans
from access.escalation import rules
from access.grants import opened
from access.identities import Setting, short
from access.roles import roles

CHARTS = {
    "The release": r"job-.*|release-.*",
    "At run time": r"(?!job-|release-).*",
}
GROUPS = {
    "GitHub's jobs": r"job-.*",
    "the release": r"release-.*",
    "the services": r"data-api|pubsub-.*",
    "Google's agents": r"agent-.*",
    "people and other machines": r".*",
}


def document(plans: Plans, setting: Setting) -> str:
    """Write docs/identities.md: the charts, what our own roles hold, and what is meant to be so."""
    lines = [
        "# Identities",
        "",
        "Who may do what, as the Terraform roots plan it; `python -m access picture` writes this",
        "file, and a test compares. Which call needs a permission stands in `access/methods.toml`",
        "and `access/calls.toml`; what no call needs, with its reason, in `access/justified.toml`.",
        "",
        "Federation binds each release identity to one workflow file, environment and event. So",
        "`release-nightly`, which sees what `release-plan` sees to find drift, has its own grants;",
        "and `release-plan` may more than see: it puts down the plan that is applied.",
    ]
    for title, only in CHARTS.items():
        lines += ["", f"## {title}", "", "```mermaid", flowchart(plans, setting, only) + "```"]
    lines += ["", "## What our roles hold", "", "| Role | Permissions |", "|---|---|"]
    planned = roles(resource for plan in plans.values() for resource in plan)
    for role, held in sorted(planned.items()):
        if role.startswith("projects/"):
            listed = ", ".join(f"`{permission}`" for permission in sorted(held))
            lines.append(f"| `{role.rsplit('/', 1)[1]}` | {listed} |")
    lines += ["", "## What one may become", "", "| Who | What | Why |", "|---|---|---|"]
    for row in rules()["intended"]:
        target = rules()["goals"].get(row["target"], f"may act as `{row['target']}`")
        lines.append(f"| `{row['source']}` | {target} | {row['reason']} |")
    return "\n".join(lines) + "\n"


def flowchart(plans: Plans, setting: Setting, only: str = ".*") -> str:
    """Draw who has which role on what, without a name of this deployment.

    Args:
        plans: the planned resources by root.
        setting: what short names stand for.
        only: a pattern for the short names of the identities to draw.

    Raises:
        UnknownError: the plan holds what cannot be judged.
    """
    names = short(setting)
    arrows: dict[tuple[str, str], set[str]] = defaultdict(set)
    for grant in opened(resource for plan in plans.values() for resource in plan):
        name = names.get(grant.identity, grant.identity)
        if re.fullmatch(only, name):
            place = _place(grant.resource, setting)
            arrows[name, place].add(re.sub(r"^(roles/|projects/[^/]+/roles/)", "", grant.role))
    lines = ["flowchart LR"]
    left = {name for name, _ in arrows}
    for title, pattern in GROUPS.items():
        members = sorted(name for name in left if re.fullmatch(pattern, name))
        left -= set(members)
        if members:
            lines += _box(title, (f'{_key(name)}(["{name}"])' for name in members))
    accounts = {f"account {name}" for name, _ in arrows}
    places = sorted({place for _, place in arrows} - accounts)
    lines += _box("what is granted on", (f'{_key(place)}["{place}"]' for place in places))
    for (name, place), granted in sorted(arrows.items()):
        target = place.removeprefix("account ") if place in accounts else place
        lines.append(f"  {_key(name)} -->|{', '.join(sorted(granted))}| {_key(target)}")
    return "\n".join(lines) + "\n"


def _box(title: str, nodes: Iterable[str]) -> list[str]:
    return [f'  subgraph {_key(title)}["{title}"]', *(f"    {node}" for node in nodes), "  end"]


def _key(name: str) -> str:
    """Make an identifier that Mermaid takes."""
    return re.sub(r"[^a-zA-Z0-9]+", "_", name)


def _place(resource: str, setting: Setting) -> str:
    """Say what a resource is: its kind in the singular, and its name without the project's."""
    parts = resource.split("/")
    if len(parts) == len(["projects", setting.project]):
        return "the project"
    kind, name = parts[-2], parts[-1].split("@")[0].removeprefix(f"{setting.project}-")
    singular = {"cryptoKeys": "key", "serviceAccounts": "account", "repositories": "repository"}
    return f"{singular.get(kind, kind.removesuffix('s'))} {name}"

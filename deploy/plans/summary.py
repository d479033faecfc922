"""A plan for a run's log and the job's summary, which everybody reads: names, and never a value."""

import re
from collections.abc import Iterable

from deploy.plans import attributes
from deploy.plans.document import Plan, Resource
from deploy.plans.refusal import Refusal

KEY = re.compile(r'\["((?:[^"\\]|\\.)*)"\]')
PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
SIGNS: dict[tuple[str, ...], str] = {
    ("create",): "create",
    ("update",): "update",
    ("delete",): "**delete**",
    ("read",): "read",
    ("delete", "create"): "**delete and create**",
    ("create", "delete"): "**create and delete**",
}


def markdown(
    plan: Plan, notices: Iterable[object] = (), refusals: Iterable[Refusal] = (), digest: str = ""
) -> str:
    """Write a plan's summary.

    Args:
        plan: as it was read.
        notices: what a person has to see, as lines.
        refusals: why it is refused, if it is.
        digest: of the saved plan's record, which a person approves; empty if it is not saved.
    """
    lines = [f"Record of the saved plan: `{digest}`", ""] if digest else []
    changes = plan.changes
    if changes:
        lines += ["| Action | Resource | What changes |", "|---|---|---|"]
        lines += [_row(resource) for resource in changes]
    else:
        lines += ["Nothing changes."]
    if outputs := plan.changed_outputs:
        lines += ["", f"Outputs that change: {', '.join(outputs)}"]
    for title, told in (("To be looked at", notices), ("Refused", refusals)):
        if told := [f"- {masked(str(each))}" for each in told]:
            lines += ["", f"**{title}**", "", *told]
    return "\n".join(lines) + "\n"


def _row(resource: Resource) -> str:
    change = resource.change
    named = attributes.changed(resource.type, change.before, change.after)
    action = SIGNS.get(change.actions, "**something else**")
    return f"| {action} | `{masked(resource.address)}` | {', '.join(named)} |"


def masked(text: str) -> str:
    """Hide a key of `for_each` that is more than a plain word: it may be anybody's address."""
    return KEY.sub(lambda key: key[0] if PLAIN.fullmatch(key[1]) else '["..."]', text)

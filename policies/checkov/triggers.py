# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""What starts a workflow."""

from workflow_policy import Yaml, entries


def list_triggers(workflow: Yaml) -> set[str]:
    """The events' names, from any of the three ways to write them."""
    on = workflow.get("on")
    if isinstance(on, str):
        return {on}
    return {str(event) for event in on} if isinstance(on, list) else set(entries(on))

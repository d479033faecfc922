"""Workflows and composite actions, read as the rules need them."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.layout import ROOT

PINS = ROOT / "policies" / "actions.toml"


@dataclass(frozen=True, slots=True)
class Use:
    """One `uses:`: what is used, and the comment behind it on its line."""

    value: str
    comment: str


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file; every scalar is a string, as YAML 1.1 would take `on` for a truth value."""

    name: str
    text: str
    tree: Mapping[str, Any]

    @property
    def is_workflow(self) -> bool:
        """Whether it has jobs; else it is an action."""
        return "jobs" in self.tree

    @property
    def jobs(self) -> Mapping[str, Mapping[str, Any]]:
        return self.tree.get("jobs", {})

    @property
    def triggers(self) -> Mapping[str, Any]:
        """What starts it, whichever of the three ways it is written in."""
        on = self.tree.get("on", {})
        if isinstance(on, dict):
            return on
        return {event: {} for event in ([on] if isinstance(on, str) else on)}

    @property
    def uses(self) -> list[Use]:
        """Every `uses:` anywhere in it, found in YAML's own tree and not by a pattern."""
        lines = self.text.splitlines()
        return [
            Use(node.value, _comment(lines[node.end_mark.line][node.end_mark.column :]))
            for key, node in _pairs(yaml.compose(self.text, Loader=yaml.BaseLoader))
            if key == "uses"
        ]

    def steps(self, job: str = "") -> Iterator[Mapping[str, Any]]:
        """All steps, or those of one job."""
        for name, told in self.jobs.items():
            if job in {"", name}:
                yield from told.get("steps", [])
        yield from self.tree.get("runs", {}).get("steps", [])

    def mappings(self) -> Iterator[Mapping[str, Any]]:
        """Every mapping in it, at any depth."""
        yield from _mappings(self.tree)


@dataclass(frozen=True, slots=True)
class Pin:
    """One row of `policies/actions.toml`."""

    sha: str
    version: str
    does: str
    inside: str = ""


def parse(text: str, name: str = "planted.yml") -> Document:
    return Document(name, text, yaml.load(text, Loader=yaml.BaseLoader))  # noqa: S506 - strings alone


def documents(root: Path = ROOT) -> list[Document]:
    """Every workflow, and every action of ours; `is_pinned` wants the actions below `.github`."""
    github = root / ".github"
    paths = [*github.rglob("workflows/*.y*ml"), *github.rglob("action.y*ml")]
    return [parse(path.read_text("utf-8"), str(path.relative_to(root))) for path in sorted(paths)]


def pins() -> dict[str, Pin]:
    return {name: Pin(**row) for name, row in tomllib.loads(PINS.read_text("utf-8")).items()}


def targets(root: Path = ROOT) -> set[str]:
    """The Makefile's targets that are commands."""
    text = (root / "Makefile").read_text("utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", text, re.MULTILINE))


def _comment(rest: str) -> str:
    found = re.fullmatch(r"\s+#\s*(.*\S)\s*", rest)
    return found[1] if found else ""


def _pairs(node: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key.value, value
            yield from _pairs(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _pairs(value)


def _mappings(tree: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(tree, dict):
        yield tree
        for value in tree.values():
            yield from _mappings(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _mappings(value)

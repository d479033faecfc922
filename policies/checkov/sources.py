# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""Terraform's files as they are written, before anybody filled values in.

Checkov fills values in before a check sees them, and guesses where it cannot know. A condition such
as `assertion.a == 'x' && assertion.b == 'y'` arrives as None, `var.x == "y" ? 1 : 2` as 2 although
nobody knows x, and a dynamic block's content as its first element. So the policies read the file
again and fill in only what needs no guess (expressions.py).

This folder has no `__init__.py`: Checkov would load its modules once for each framework, and a
module that exists twice has two of everything.
"""

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hcl2.api import loads

Body = dict[str, Any]
"""A block as hcl2 gives it: `{"role": ["roles/x"], "access": [{...}, {...}]}`."""


@dataclass(frozen=True, slots=True)
class Folder:
    """What the `.tf` files of one folder say together, which is what Terraform calls a module."""

    resources: dict[tuple[str, str], Body] = field(default_factory=dict)
    data: dict[tuple[str, str], Body] = field(default_factory=dict)
    variables: dict[str, Body] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    """Values of variables from `terraform.tfvars` and `*.auto.tfvars`, also as JSON."""
    locals: dict[str, Any] = field(default_factory=dict)
    modules: dict[str, Body] = field(default_factory=dict)


@functools.cache
def read_folder(path: Path) -> Folder:
    """Read a folder. Checkov itself lists a file that is not HCL as a parsing error."""
    folder = Folder()
    for file in sorted(path.glob("*.tf")):
        for kind, bodies in _parse(file).items():
            for body in bodies:
                _add(folder, kind, body)
    for file in [path / "terraform.tfvars", *sorted(path.glob("*.auto.tfvars"))]:
        folder.settings.update({name: given[0] for name, given in _parse(file).items()})
    for file in sorted(path.glob("*.auto.tfvars.json")):
        folder.settings.update(json.loads(file.read_text("utf-8")))
    return folder


def _parse(file: Path) -> dict[str, Any]:
    try:
        parsed: dict[str, Any] = loads(file.read_text("utf-8-sig"))
    except Exception:  # noqa: BLE001 - the parser's errors have no common class
        return {}
    return parsed


def _add(folder: Folder, kind: str, body: Body) -> None:
    if kind == "locals":
        folder.locals.update({name: given[0] for name, given in _named(body)})
    elif kind in {"resource", "data"}:
        place = folder.resources if kind == "resource" else folder.data
        for of_type, named in _named(body):
            place.update({(of_type, name): block for name, block in _named(named)})
    elif kind in {"variable", "module"}:
        (folder.variables if kind == "variable" else folder.modules).update(dict(_named(body)))


def _named(body: Body) -> Iterator[tuple[str, Any]]:
    """The entries without the parser's own line numbers; quoted names lose their quotes."""
    return ((k.strip('"'), v) for k, v in body.items() if not k.startswith("__"))

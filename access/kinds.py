"""The resource types that we know: what Google calls such a resource, and which calls manage it."""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

TABLE = Path(__file__).parent / "kinds.toml"
OPERATIONS = ("create", "read", "update", "delete")
SEGMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:+~%-]*")
"""One part of a name; no `*`, which would match others too."""


class Resource(Protocol):
    """A planned resource. What the plan does not know yet is absent from `values`, or None."""

    @property
    def address(self) -> str: ...  # noqa: D102 - Terraform's word
    @property
    def type(self) -> str: ...  # noqa: D102 - Terraform's word
    @property
    def values(self) -> dict[str, Any]: ...  # noqa: D102 - Terraform's word


class UnknownError(Exception):
    """The plan holds something that these tables cannot judge; the text says where."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the table."""

    name: str = ""
    """Google's name, with the plan's attributes in braces; empty if nothing is granted on it."""
    guards: str = ""
    """How permissions on it begin, `pubsub.topics` for instance."""
    operations: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The API methods behind each operation of Terraform that CI may do."""
    related: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """What else a method touches: an attribute's path, the name that a short value is part of, and
    a pattern where only some of the value counts."""


@cache
def table() -> dict[str, Kind]:
    """Read the table of types; `_iam` stands for both `_iam_member` and `_iam_binding`."""
    return {
        name: Kind(
            name=row.get("name", ""),
            guards=row.get("guards", ""),
            operations={
                operation: tuple(row[operation]) for operation in OPERATIONS if operation in row
            },
            related={key: tuple(told) for key, told in row.get("related", {}).items()},
        )
        for name, row in tomllib.loads(TABLE.read_text("utf-8")).items()
    }


def kind(resource: Resource) -> Kind:
    """Find the row of a resource's type.

    Raises:
        UnknownError: there is none, so nobody can say whether the resource grants something.
    """
    found = table().get(re.sub(r"_iam_(member|binding)$", "_iam", resource.type))
    if found is None:
        raise UnknownError(f"{resource.address}: {resource.type} is not in access/kinds.toml")
    return found


def canonical(resource: Resource, buckets: Mapping[str, str]) -> str:
    """Name the resource that is planned, or that an IAM resource is about.

    Args:
        resource: of a type whose row has a name.
        buckets: the project of each planned bucket, which the bucket's name does not tell.

    Raises:
        UnknownError: a part of the name is not known before apply, or is no name.
    """
    values = dict(resource.values)
    if "bucket" in values and resource.type.startswith("google_storage_bucket_iam"):
        values["project"] = buckets.get(str(values["bucket"]))
    template = kind(resource).name
    wanted = re.findall(r"{(\w+)}", template)
    last = values.get(wanted[-1])
    if isinstance(last, str) and last.startswith("projects/"):
        name = last
    elif missing := [key for key in wanted if not isinstance(values.get(key), str)]:
        text = f"{resource.address}: {', '.join(missing)} not known before apply"
        raise UnknownError(text)
    else:
        name = template.format(**values)
    form = "[^/]+".join(map(re.escape, re.split(r"{\w+}", template)))
    if template.startswith("projects/") and not re.fullmatch(form, name):
        raise UnknownError(f"{resource.address}: {name!r} is not of the form {template}")
    return checked(name, resource.address)


def checked(name: str, address: str) -> str:
    """Make sure that a name is one: full, and of a single resource."""
    name = re.sub(r"^projects/-/(serviceAccounts/[^@]+@([^.]+)\.iam\.)", r"projects/\2/\1", name)
    if not name.startswith("projects/") or not all(map(SEGMENT.fullmatch, name.split("/"))):
        raise UnknownError(f"{address}: {name!r} names no single resource of a project")
    return name


def related(resource: Resource, place: str) -> list[str]:
    """Name what a planned resource refers to, once for each.

    Raises:
        UnknownError: it refers to something that is no name.
    """
    path, full, *pattern = kind(resource).related[place]
    found = set()
    for value in attributes(resource.values, path):
        for part in re.findall(pattern[0], value) if pattern else [value]:
            short = full.format(part, **resource.values)
            found.add(part if part.startswith("projects/") else short)
    return [checked(each, resource.address) for each in sorted(found)]


def covers(wide: str, narrow: str) -> bool:
    """Tell whether a grant on one resource counts on another: itself, or what is inside."""
    return narrow == wide or narrow.startswith(wide + "/")


def attributes(values: Any, path: str) -> list[Any]:
    """Collect what a dotted path leads to, through every block of a list; None is left out."""
    found = [values]
    for part in path.split("."):
        found = [each.get(part) for each in found if isinstance(each, dict)]
        found = [item for each in found for item in (each if isinstance(each, list) else [each])]
    return [each for each in found if each is not None]


def buckets(resources: Iterable[Resource]) -> dict[str, str]:
    """Map the planned buckets to their projects."""
    return {
        resource.values["name"]: resource.values["project"]
        for resource in resources
        if resource.type == "google_storage_bucket"
        and {"name", "project"} <= resource.values.keys()
    }

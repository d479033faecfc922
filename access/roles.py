"""What each role holds: Google's, carried over from a public table, and the plan's own.

`python -m access.roles FOLDER` writes access/roles.json anew, from the folder gcp/roles of a clone
of https://github.com/iann0036/iam-dataset, whose files are what Google's API answers for each role.
"""

import json
import sys
from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from access.kinds import Resource, UnknownError

TABLE = Path(__file__).parent / "roles.json"
EVERYTHING = "*"
"""What the basic roles hold, which are not worth listing: nobody may have one."""
Roles = dict[str, frozenset[str]]


@cache
def names() -> frozenset[str]:
    """Name the permissions that Google has, as far as the tables of this folder speak of them.

    What no role of the table holds stands under `names` there, by a role of Google's that does.
    """
    told = json.loads(TABLE.read_text("utf-8"))
    listed = [*told["roles"].values(), *told["names"].values()]
    return frozenset(spelled(each) for held in listed for each in held) - {EVERYTHING}


@cache
def predefined() -> Roles:
    """Read Google's roles as the table has them."""
    told = json.loads(TABLE.read_text("utf-8"))["roles"]
    return {role: frozenset(permissions) for role, permissions in told.items()}


def roles(resources: Iterable[Resource]) -> Roles:
    """Google's roles, and those that the plan makes.

    Raises:
        UnknownError: a planned role's name or permissions are not known before apply.
    """
    custom: Roles = {}
    complaints = []
    for resource in resources:
        if resource.type != "google_project_iam_custom_role":
            continue
        project, name = resource.values.get("project"), resource.values.get("role_id")
        permissions = resource.values.get("permissions")
        if not project or not name or not permissions or None in permissions:
            complaints.append(f"{resource.address}: not known before apply, or empty")
        elif resource.values.get("stage") not in {None, "GA"}:
            complaints.append(f"{resource.address}: a role that is not GA may grant nothing")
        else:
            custom[f"projects/{project}/roles/{name}"] = frozenset(permissions)
    if complaints:
        raise UnknownError("\n".join(complaints))
    return predefined() | custom


def permissions(known: Roles, role: str) -> frozenset[str]:
    """Open a role.

    Raises:
        UnknownError: it is neither in the table nor planned, as an organization's role is not.
    """
    if role not in known:
        raise UnknownError(f"{role} is neither in access/roles.json nor planned")
    return frozenset(spelled(permission) for permission in known[role])


def spelled(permission: str) -> str:
    """Write a permission in one way: some are `iam.googleapis.com/x.y` as well as `iam.x.y`."""
    return permission.replace(".googleapis.com/", ".")


def remade(folder: Path, taken: date) -> dict[str, Any]:
    """Take the roles that the table has from a newer dataset.

    Raises:
        OSError: a role is not in the dataset any more.
    """

    def held(role: str) -> list[str]:
        file = folder / f"{role.removeprefix('roles/')}.json"
        included: list[str] = json.loads(file.read_text("utf-8"))["includedPermissions"]
        return included

    told: dict[str, Any] = json.loads(TABLE.read_text("utf-8"))
    for role, permissions_ in told["roles"].items():
        if permissions_ != [EVERYTHING]:
            told["roles"][role] = held(role)
    for role, wanted in told["names"].items():
        told["names"][role] = sorted(set(wanted).intersection(held(role)))
    return told | {"taken": f"{taken}"}


if __name__ == "__main__":
    new = remade(Path(sys.argv[1]), datetime.now(UTC).date())
    TABLE.write_text(json.dumps(new, indent=1) + "\n", "utf-8")

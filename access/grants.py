"""The planned grants, one by one: who gets which role on what.

Whatever could hide a grant is an error and never left out: a type that is not known, a member or a
role that is known only after apply, a condition, a member that stands for people nobody listed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from access import kinds
from access.kinds import Resource, UnknownError

MEMBERS = (
    re.compile(r"serviceAccount:[a-z0-9.-]+@[a-z0-9.-]+\.gserviceaccount\.com"),
    re.compile(r"(user|group):[^\s@:,*]+@[a-z0-9-]+(\.[a-z0-9-]+)+"),
    re.compile(
        r"principalSet://iam\.googleapis\.com/projects/[0-9]+/locations/global"
        r"/workloadIdentityPools/[a-z0-9-]+/attribute\.[a-z0-9_]+/[^\s*]+"
    ),
)
"""One account, one person, one group, or the tokens with one value of one attribute.

Not among them: allUsers, allAuthenticatedUsers, domain:, projectOwner: and its kin, deleted:, whole
pools, subjects.
"""
DATASET_ROLES = {
    "OWNER": "roles/bigquery.dataOwner",
    "WRITER": "roles/bigquery.dataEditor",
    "READER": "roles/bigquery.dataViewer",
}
"""Source: https://cloud.google.com/bigquery/docs/access-control-basic-roles#dataset-basic-roles"""


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One role of one identity on one resource and all that is inside of it."""

    identity: str
    """As IAM writes a member."""
    role: str
    resource: str
    """Google's name of it, from `projects/` on."""
    address: str
    """Where Terraform plans it."""


def opened(resources: Iterable[Resource]) -> tuple[Grant, ...]:
    """List the grants among planned resources.

    Raises:
        UnknownError: one or more cannot be judged; the text names each.
    """
    planned = list(resources)
    where = kinds.buckets(planned)
    grants: list[Grant] = []
    complaints: list[str] = []
    for resource in planned:
        try:
            grants += _of(resource, where)
        except UnknownError as exc:
            complaints.append(str(exc))
    complaints += _rivals(planned, grants)
    if complaints:
        raise UnknownError("\n".join(complaints))
    return tuple(sorted(grants))


def _of(resource: Resource, where: dict[str, str]) -> Iterator[Grant]:
    kind = kinds.kind(resource)
    values = resource.values
    if re.search(r"_iam_(member|binding)$", resource.type):
        if values.get("condition"):
            raise UnknownError(f"{resource.address}: a condition, which nothing here evaluates")
        name, role = kinds.canonical(resource, where), _text(resource, "role")
        binding = resource.type.endswith("_binding")
        members = values.get("members") if binding else [values.get("member")]
        if members is None:
            raise UnknownError(f"{resource.address}: members not known before apply")
        yield from (
            Grant(_member(resource, each), role, name, resource.address) for each in members
        )
    elif resource.type == "google_bigquery_dataset":
        name = kinds.canonical(resource, where)
        if not values.get("access"):
            raise UnknownError(f"{resource.address}: no access, so BigQuery's default counts")
        yield from (_entry(resource, entry, name) for entry in values["access"])
    elif resource.type == "google_cloud_run_v2_service":
        if values.get("invoker_iam_disabled") is not False:
            raise UnknownError(f"{resource.address}: invoker_iam_disabled is not false: everybody")
        if not kinds.attributes(values, "template.service_account"):
            raise UnknownError(f"{resource.address}: no service_account, so it runs as an editor")
    elif kind.name and "iam" not in resource.type:
        kinds.canonical(resource, where)


def _entry(resource: Resource, entry: dict[str, Any], name: str) -> Grant:
    """Open one `access` block of a dataset, which has ten ways to name somebody."""
    named = {key: value for key, value in entry.items() if value}
    role = named.pop("role", None)
    if not isinstance(role, str) or len(named) != 1:
        raise UnknownError(f"{resource.address}: an access block with {', '.join(named) or role}")
    ((key, value),) = named.items()
    match key:
        case "user_by_email" if str(value).endswith(".gserviceaccount.com"):
            member = f"serviceAccount:{value}"
        case "user_by_email":
            member = f"user:{value}"
        case "group_by_email":
            member = f"group:{value}"
        case "iam_member":
            member = value
        case _:
            raise UnknownError(f"{resource.address}: access of {key} {value!r}")
    full = DATASET_ROLES.get(role, role)
    return Grant(_member(resource, member), full, name, resource.address)


def _member(resource: Resource, raw_member: object) -> str:
    if not isinstance(raw_member, str):
        raise UnknownError(f"{resource.address}: a member that is not known before apply")
    if not any(pattern.fullmatch(raw_member) for pattern in MEMBERS):
        raise UnknownError(f"{resource.address}: {raw_member!r} is not one identity")
    return raw_member


def _text(resource: Resource, key: str) -> str:
    value = resource.values.get(key)
    if not isinstance(value, str) or not value:
        raise UnknownError(f"{resource.address}: {key} not known before apply")
    return value


def _rivals(planned: list[Resource], grants: list[Grant]) -> Iterator[str]:
    """Find bindings that set the members of one role twice: each apply undoes the other."""
    binding = {each.address for each in planned if each.type.endswith("_iam_binding")}
    places = {(grant.resource, grant.role, grant.address) for grant in grants}
    owners = Counter((name, role) for name, role, _ in places)
    for name, role, address in sorted(places):
        if owners[name, role] > 1 and address in binding:
            yield f"{address}: {role} on {name} has more than one owner"

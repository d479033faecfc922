"""A role is opened into what it really holds, or it is an error."""

import json
from datetime import date

import pytest

from access import kinds, roles
from access.calls import methods
from access.escalation import rules
from access.kinds import UnknownError
from tests.access.plans import custom, planned, role


def test_googles_roles_and_ours():
    known = roles.roles([role("reader", "bigquery.tables.get")])
    assert roles.permissions(known, custom("reader")) == {"bigquery.tables.get"}
    assert roles.permissions(known, "roles/run.servicesInvoker") == {"run.routes.invoke"}
    assert len(roles.permissions(known, "roles/bigquery.dataEditor")) > 50


@pytest.mark.parametrize(
    "name",
    [
        "roles/run.something",
        "organizations/1/roles/reader",
        "projects/another/roles/reader",
        "reader",
        "",
    ],
)
def test_a_role_that_nobody_described_is_refused(name):
    with pytest.raises(UnknownError, match="neither"):
        roles.permissions(roles.roles([role("reader", "x.y.z")]), name)


@pytest.mark.parametrize(
    "change",
    [
        {"project": None},
        {"role_id": None},
        {"permissions": None},
        {"permissions": []},
        {"permissions": ["a.b.c", None]},
        {"stage": "DISABLED"},
        {"stage": "BETA"},
    ],
)
def test_a_planned_role_that_is_not_known_whole_is_refused(change):
    resource = role("reader", "bigquery.tables.get")
    resource.values |= change
    with pytest.raises(UnknownError):
        roles.roles([resource, planned("google_project_service.x")])


def test_a_basic_role_holds_everything():
    for name in ("roles/owner", "roles/editor", "roles/viewer"):
        assert roles.permissions(roles.predefined(), name) == {roles.EVERYTHING}


def test_one_permission_has_one_spelling():
    """Google writes the pool's permissions with the service's full name, and takes both."""
    known = roles.roles([role("x", "iam.googleapis.com/workloadIdentityPoolProviders.update")])
    spelled = "iam.workloadIdentityPoolProviders.update"
    assert roles.permissions(known, custom("x")) == {spelled}
    assert spelled in roles.permissions(known, "roles/iam.workloadIdentityPoolAdmin")


def test_the_table_says_where_it_is_from():
    told = json.loads(roles.TABLE.read_text("utf-8"))
    assert "iam-dataset" in told["source"]
    assert "MIT" in told["source"]
    assert date.fromisoformat(told["taken"]) >= date(2026, 8, 22)


def test_the_table_is_remade_from_the_dataset(tmp_path):
    told = json.loads(roles.TABLE.read_text("utf-8"))
    kept = "iam.denypolicies.update"
    for name in [*told["roles"], *told["names"]]:
        file = tmp_path / f"{name.removeprefix('roles/')}.json"
        content = {"name": name, "includedPermissions": ["a.b.c", kept]}
        file.write_text(json.dumps(content), "utf-8")
    new = roles.remade(tmp_path, date(2030, 1, 2))
    assert new["taken"] == "2030-01-02"
    assert new["roles"]["roles/pubsub.publisher"] == ["a.b.c", kept]
    assert new["names"]["roles/iam.denyAdmin"] == [kept]
    assert new["names"]["roles/iam.networkAdmin"] == []
    assert new["roles"]["roles/owner"] == [roles.EVERYTHING]
    (tmp_path / "pubsub.publisher.json").unlink()
    with pytest.raises(OSError, match="publisher"):
        roles.remade(tmp_path, date(2030, 1, 2))


def test_a_permission_of_the_table_of_methods_is_one_that_google_has():
    """A slip of the pen would be missing for ever, and a test would ask to grant it."""
    places = [each for method in methods().values() for each in method.values()]
    assert {permission for each in places for permission in each} <= roles.names()


def test_no_name_stands_in_the_table_for_nothing():
    """Beside the roles are only names that a method or a way to more speaks of."""
    told = json.loads(roles.TABLE.read_text("utf-8"))
    listed = [each for held in told["names"].values() for each in held]
    asked = {each for method in methods().values() for held in method.values() for each in held}
    ways = {each for rule in rules()["rules"] for each in rule["any"]}
    setters = {f"{kind.guards}.setIamPolicy" for kind in kinds.table().values()}
    assert set(listed) <= asked | ways | setters
    assert len(listed) == len(set(listed))

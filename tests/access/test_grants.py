"""No grant slips through: whatever cannot be judged is an error."""

import pytest

from access.grants import Grant, opened
from access.kinds import UnknownError
from tests.access.plans import PROJECT, P, account, on_bucket, planned, service

TOPIC = "google_pubsub_topic_iam_binding.x"
OPEN = {"project": P, "topic": "t", "role": "roles/pubsub.publisher"}


def test_members_and_bindings_are_opened_one_by_one():
    grants = opened(
        [
            planned(TOPIC, **OPEN, members=[account("a"), "group:g@example.com"]),
            planned(
                "google_project_iam_member.y",
                project=P,
                role="roles/browser",
                member="user:u@example.com",
            ),
            planned('google_project_service.this["run"]', project=P, service="run"),
        ]
    )
    assert grants == (
        Grant("group:g@example.com", OPEN["role"], f"{PROJECT}/topics/t", TOPIC),
        Grant(account("a"), OPEN["role"], f"{PROJECT}/topics/t", TOPIC),
        Grant("user:u@example.com", "roles/browser", PROJECT, "google_project_iam_member.y"),
    )


@pytest.mark.parametrize(
    "member",
    [
        "allUsers",
        "allAuthenticatedUsers",
        "allusers",
        "domain:example.com",
        f"projectOwner:{P}",
        f"projectEditor:{P}",
        f"projectViewer:{P}",
        f"deleted:serviceAccount:a@{P}.iam.gserviceaccount.com?uid=1",
        "user:*",
        "user:a@example.com,user:b@example.com",
        "user:a@example.com ",
        "user:a@localhost",
        "serviceAccount:a@example.com",
        "serviceAccount:A@x.iam.gserviceaccount.com",
        f"serviceAccount:{P}.svc.id.goog[namespace/name]",
        "principal://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/subject/s",
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/*",
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/group/g",
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.a/*",
        "principalSet://iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/p/attribute.a/",
        "principalSet://goog/public:all",
        "principalSet://cloudresourcemanager.googleapis.com/projects/1/type/ServiceAccount",
        "",
        "a@example.com",
        None,
        7,
    ],
)
def test_a_member_that_is_not_one_identity_is_refused(member):
    """Everybody, a domain, a basic role's holders, a deleted account, a pool, or nothing known."""
    with pytest.raises(UnknownError, match=r"x: .*(not one identity|not known before apply)"):
        opened([planned(TOPIC, **OPEN, members=[account("a"), member])])


@pytest.mark.parametrize(
    "resource",
    [
        planned("google_project_iam_policy.x", project=P, policy_data="{}"),
        planned("google_pubsub_topic_iam_policy.x", project=P, topic="t", policy_data="{}"),
        planned("google_organization_iam_member.x", org_id="1", role="roles/owner", member="a"),
        planned("google_folder_iam_binding.x", folder="1", role="roles/owner", members=[]),
        planned(
            "google_billing_account_iam_member.x", billing_account_id="1", role="r", member="a"
        ),
        planned("google_cloud_run_service_iam_member.x", service="s", role="r", member="allUsers"),
        planned("google_bigquery_dataset_access.x", dataset_id="d", special_group="allUsers"),
        planned("google_storage_bucket_acl.x", bucket="b", role_entity=["READER:allUsers"]),
        planned("google_storage_object_access_control.x", bucket="b", entity="allUsers"),
        planned("google_service_account_key.x", service_account_id="a"),
        planned("google_storage_hmac_key.x", service_account_email="a"),
        planned("google_iam_deny_policy.x", parent="p"),
        planned("google_privileged_access_manager_entitlement.x", parent="p"),
        planned("google_project_default_service_accounts.x", project=P),
        planned("google_bigquery_row_access_policy.x", table_id="t", grantees=["allUsers"]),
        planned("google_tags_tag_key_iam_member.x", tag_key="t", role="r", member="allUsers"),
        planned("google_nobody_heard_of_it.x"),
    ],
)
def test_a_type_that_is_in_no_table_is_refused(resource):
    """Policies as a whole, other levels, access lists, keys, and whatever comes next."""
    with pytest.raises(UnknownError, match=r"is not in access/kinds\.toml"):
        opened([resource])


@pytest.mark.parametrize(
    "values",
    [
        OPEN | {"members": None},
        OPEN,
        OPEN | {"role": None, "members": []},
        OPEN | {"topic": None, "members": []},
        OPEN | {"members": [], "condition": [{"title": "t", "expression": "true"}]},
    ],
)
def test_what_is_known_only_after_apply_is_refused(values):
    with pytest.raises(UnknownError):
        opened([planned(TOPIC, **values)])


def test_all_complaints_come_together():
    with pytest.raises(UnknownError) as raised:
        opened(
            [
                planned("google_pubsub_topic_iam_binding.a", **OPEN, members=["allUsers"]),
                planned("google_pubsub_topic_iam_binding.b", **(OPEN | {"topic": "u"})),
            ]
        )
    assert len(str(raised.value).splitlines()) == 2


@pytest.mark.parametrize(
    ("entry", "member", "role"),
    [
        ({"role": "OWNER", "user_by_email": "u@example.com"}, "user:u@example.com", "dataOwner"),
        (
            {"role": "READER", "group_by_email": "g@example.com"},
            "group:g@example.com",
            "dataViewer",
        ),
        ({"role": "WRITER", "user_by_email": account("a")[15:]}, account("a"), "dataEditor"),
        (
            {"role": "roles/bigquery.dataViewer", "iam_member": account("a")},
            account("a"),
            "dataViewer",
        ),
    ],
)
def test_a_datasets_access_blocks_are_grants(entry, member, role):
    blocks = [{"view": [], "domain": None, **entry}]
    (grant,) = opened(
        [planned("google_bigquery_dataset.d", project=P, dataset_id="d", access=blocks)]
    )
    assert (grant.identity, grant.role) == (member, f"roles/bigquery.{role}")
    assert grant.resource == f"{PROJECT}/datasets/d"


@pytest.mark.parametrize(
    "access",
    [
        None,
        [],
        [{"role": "READER", "special_group": "allAuthenticatedUsers"}],
        [{"role": "READER", "special_group": "projectReaders"}],
        [{"role": "READER", "domain": "example.com"}],
        [{"role": "READER", "iam_member": "allUsers"}],
        [{"view": [{"dataset_id": "d", "project_id": P, "table_id": "t"}]}],
        [{"routine": [{"dataset_id": "d"}]}],
        [{"dataset": [{"target_types": ["VIEWS"]}]}],
        [{"role": "READER", "user_by_email": "u@example.com", "condition": [{"expression": "x"}]}],
        [{"role": "READER", "user_by_email": "u@example.com", "group_by_email": "g@example.com"}],
        [{"role": "READER"}],
        [{"user_by_email": "u@example.com"}],
        [{"role": None, "user_by_email": "u@example.com"}],
        [{"role": "READER", "something_new": "x"}],
    ],
)
def test_dataset_access_that_is_implicit_wide_or_unknown_is_refused(access):
    """Left out, BigQuery gives every reader and writer of the project theirs."""
    with pytest.raises(UnknownError):
        opened([planned("google_bigquery_dataset.d", project=P, dataset_id="d", access=access)])


@pytest.mark.parametrize("disabled", [True, None])
def test_a_service_without_the_invokers_check_is_open_to_everybody(disabled):
    resource = service("data-api", "api", "data-api")
    resource.values["invoker_iam_disabled"] = disabled
    with pytest.raises(UnknownError, match="everybody"):
        opened([resource])


def test_a_service_without_an_account_runs_as_an_editor():
    resource = service("data-api", "api", "data-api")
    resource.values["template"][0]["service_account"] = None
    with pytest.raises(UnknownError, match="editor"):
        opened([resource])


def test_two_owners_of_one_role_undo_each_other():
    both = [
        planned("google_pubsub_topic_iam_binding.x", **OPEN, members=[account("a")]),
        planned("google_pubsub_topic_iam_member.y", **OPEN, member=account("b")),
    ]
    with pytest.raises(UnknownError, match="more than one owner"):
        opened(both)
    members = [
        planned("google_pubsub_topic_iam_member.x", **OPEN, member=account("a")),
        planned("google_pubsub_topic_iam_member.y", **OPEN, member=account("b")),
    ]
    assert len(opened(members)) == 2


def test_a_bucket_is_in_the_project_that_plans_it():
    bucket = planned("google_storage_bucket.b", project="elsewhere-1", name=f"{P}-plans-1")
    (grant,) = opened([bucket, on_bucket("plans", "roles/storage.objectViewer", "a")])
    assert grant.resource == f"projects/elsewhere-1/buckets/{P}-plans-1"

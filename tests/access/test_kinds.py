"""A resource has one name, Google's, and a name is of one resource."""

import pytest

from access import kinds
from access.calls import methods
from access.kinds import UnknownError, canonical, covers
from tests.access.plans import P, planned

TABLE = {"project": P, "dataset_id": "d", "table_id": "t"}


@pytest.mark.parametrize(
    ("address", "values", "name"),
    [
        ("google_project_iam_member.x", {"project": P}, f"projects/{P}"),
        ("google_bigquery_table.x", TABLE, f"projects/{P}/datasets/d/tables/t"),
        ("google_bigquery_table_iam_binding.x", TABLE, f"projects/{P}/datasets/d/tables/t"),
        (
            "google_bigquery_table_iam_member.x",
            {"table_id": "projects/p/datasets/d/tables/t"},
            "projects/p/datasets/d/tables/t",
        ),
        (
            "google_pubsub_topic_iam_member.x",
            {"project": P, "topic": "t"},
            f"projects/{P}/topics/t",
        ),
        (
            "google_pubsub_topic_iam_member.x",
            {"topic": "projects/p/topics/t"},
            "projects/p/topics/t",
        ),
        (
            "google_service_account.x",
            {"project": P, "account_id": "a"},
            f"projects/{P}/serviceAccounts/a@{P}.iam.gserviceaccount.com",
        ),
        (
            "google_service_account_iam_member.x",
            {"service_account_id": "projects/-/serviceAccounts/a@other-1.iam.gserviceaccount.com"},
            "projects/other-1/serviceAccounts/a@other-1.iam.gserviceaccount.com",
        ),
        (
            "google_kms_crypto_key.x",
            {"key_ring": "projects/p/locations/l/keyRings/r", "name": "k"},
            "projects/p/locations/l/keyRings/r/cryptoKeys/k",
        ),
        ("google_storage_bucket_iam_member.x", {"bucket": "b"}, f"projects/{P}/buckets/b"),
    ],
)
def test_a_resource_has_googles_name(address, values, name):
    assert canonical(planned(address, **values), {"b": P}) == name


@pytest.mark.parametrize(
    ("address", "values"),
    [
        ("google_bigquery_table.x", {"project": P, "dataset_id": "d"}),
        ("google_bigquery_table.x", TABLE | {"table_id": None}),
        ("google_bigquery_table.x", TABLE | {"dataset_id": "projects/p/datasets/d"}),
        ("google_bigquery_table.x", TABLE | {"table_id": "*"}),
        ("google_bigquery_table.x", TABLE | {"table_id": ""}),
        ("google_bigquery_table.x", TABLE | {"table_id": "t/../u"}),
        ("google_kms_crypto_key_iam_member.x", {"crypto_key_id": "europe-west1/ring/key"}),
        ("google_storage_bucket_iam_member.x", {"bucket": "of-somebody-else"}),
        ("google_project_iam_member.x", {}),
    ],
)
def test_what_has_no_single_name_is_refused(address, values):
    """Also a bucket of an unknown project, and a name that depends on the provider's default."""
    with pytest.raises(UnknownError):
        canonical(planned(address, **values), {"b": P})


def test_a_grant_counts_on_what_is_inside():
    assert covers("projects/p", "projects/p/topics/t")
    assert covers("projects/p/topics/t", "projects/p/topics/t")
    assert not covers("projects/p/topics/t", "projects/p/topics/t2")
    assert not covers("projects/p/topics/t", "projects/p")


def test_every_operation_is_of_known_methods():
    for name, kind in kinds.table().items():
        for called in kind.operations.values():
            assert set(called) <= methods().keys(), name


def test_every_place_of_a_method_is_found_where_terraform_calls_it():
    """A relation that kinds.toml lacks would leave a permission out, unseen."""
    for name, kind in kinds.table().items():
        for method in {each for called in kind.operations.values() for each in called}:
            places = methods()[method].keys() - {"self", "project", "parent"}
            assert places <= kind.related.keys(), f"{name}: {method}"


def test_blocks_are_looked_into_whatever_their_number():
    values = {"backend": [{"group": "a"}, {"group": "b"}, {"group": None}], "empty": []}
    assert kinds.attributes(values, "backend.group") == ["a", "b"]
    assert kinds.attributes(values, "empty.group") == []
    assert kinds.attributes(values, "absent.group") == []

"""Attributes as the provider's schema has them."""

import pytest

from deploy.plans import attributes
from tests.deploy.plans.plans import SERVICE, TABLE

KIND = TABLE.split(".", maxsplit=1)[0]


def test_what_is_only_reported_is_left_out_at_any_depth():
    values = {
        "etag": "one",
        "ingress": "ALL",
        "template": [{"containers": [{"image": "i", "build_info": [{"x": 1}]}]}],
    }
    assert attributes.configured(SERVICE, values) == {
        "ingress": "ALL",
        "template": [{"containers": [{"image": "i"}]}],
    }
    assert attributes.configured(SERVICE, None) is None


def test_what_may_be_set_stays_though_the_cloud_may_choose_it():
    """A table's columns are such an attribute."""
    assert attributes.configured(KIND, {"schema": "[]", "num_rows": 1}) == {"schema": "[]"}


def test_of_an_unknown_type_everything_stays():
    assert attributes.configured("google_of_tomorrow", {"etag": 1}) == {"etag": 1}


@pytest.mark.parametrize(
    ("kind", "before", "after", "expected"),
    [
        (SERVICE, {"labels": {"a": "1"}}, {"labels": {"b": "1"}}, ["labels"]),
        (
            SERVICE,
            {"template": [{"containers": [{"image": "a", "env": [{"name": "x", "value": "1"}]}]}]},
            {"template": [{"containers": [{"image": "b", "env": [{"name": "x", "value": "2"}]}]}]},
            ["template.containers.env.value", "template.containers.image"],
        ),
        (SERVICE, {"traffic": []}, {"traffic": [{"percent": 1}]}, ["traffic", "traffic.percent"]),
        (SERVICE, {"template": None}, {"template": 5}, []),
        (SERVICE, {}, {}, []),
        (SERVICE, None, {"labels": {}}, []),
        (SERVICE, {"labels": {}}, None, []),
        ("google_of_tomorrow", {"a": 1}, {"a": 1}, []),
    ],
)
def test_what_changes_is_named_and_never_a_key(kind, before, after, expected):
    assert attributes.changed(kind, before, after) == expected


def test_a_change_of_an_unknown_type_is_said():
    (said,) = attributes.changed("google_of_tomorrow", {"a": 1}, {"a": 2})
    assert "does not know" in said

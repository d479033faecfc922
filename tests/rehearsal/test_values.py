"""What is unknown before an apply and made up after it."""

import pytest

from rehearsal.values import UNKNOWN, applied, filled, known, planned

BLOCK = {
    "attributes": {
        "name": {"type": "string", "required": True},
        "email": {"type": "string", "computed": True},
        "project": {"type": "string", "computed": True, "optional": True},
        "password": {"type": "string", "optional": True, "write_only": True},
    },
    "block_types": {
        "rule": {
            "nesting_mode": "list",
            "block": {"attributes": {"created": {"type": "number", "computed": True}}},
        },
        "timeouts": {
            "nesting_mode": "single",
            "block": {"attributes": {"create": {"type": "string", "optional": True}}},
        },
    },
}
VALUES = {
    "name": "a",
    "email": None,
    "project": "p",
    "password": "hunter2",
    "rule": [{"created": None}, {"created": 5}],
    "timeouts": None,
}


def test_before_an_apply_only_what_nobody_set_is_unknown_in_blocks_too():
    assert filled(BLOCK, VALUES, planned) == {
        "name": "a",
        "email": UNKNOWN,
        "project": "p",
        "password": None,
        "rule": [{"created": UNKNOWN}, {"created": 5}],
        "timeouts": None,
    }


def test_after_an_apply_nothing_is_unknown():
    once = filled(BLOCK, filled(BLOCK, VALUES | {"project": None}, planned), applied)
    assert once["email"] == "rehearsed-email"
    assert once["project"] == ""
    assert once["rule"] == [{"created": 0}, {"created": 5}]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("bool", False),
        ("number", 0),
        (["list", "string"], []),
        (["set", ["object", {"a": "string"}]], []),
        (["map", "string"], {}),
        (["object", {"a": "string", "b": ["list", "number"]}], {"a": "", "b": []}),
    ],
)
def test_what_is_made_up_has_the_attribute_s_type(kind, value):
    assert applied("x", {"type": kind, "computed": True}, UNKNOWN) == value


def test_a_time_is_a_time():
    made = applied("create_time", {"type": "string", "computed": True}, UNKNOWN)
    assert made.endswith("Z")
    assert made[4] == made[7] == "-"


@pytest.mark.parametrize("value", ["", 0, False, [], {}])
def test_an_empty_value_is_known(value):
    assert known(value)
    assert not known(None)
    assert not known(UNKNOWN)

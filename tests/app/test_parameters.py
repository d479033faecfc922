"""A query string is a selection of rows, or a problem that names one parameter and no value."""

from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import cursor
from app.parameters import DEFAULT_LIMIT, MAX_LIMIT, MAX_TEXT_CHARACTERS, parse
from app.problems import Problem
from app.selection import Filter, Position, Selection
from servicekit import contract
from tests.app.doubles import wide_contract

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NEW_YEAR_2000, NEW_YEAR_9000 = (datetime(year, 1, 1, tzinfo=UTC) for year in (2000, 9000))
MICROSECOND = timedelta(microseconds=1)
POSITION = Position(NOON - timedelta(days=7), NOON + timedelta(seconds=1), NOON, "m:1")


@pytest.fixture(scope="session")
def wide(tmp_path_factory):
    """A contract with every type of column."""
    return wide_contract(tmp_path_factory.mktemp("schema"))


def select(query, columns=None):
    """Read a raw query string as the server does."""
    return parse(query.encode(), columns or contract.load())


def refusal(query, columns=None):
    with pytest.raises(Problem) as caught:
        select(query, columns)
    return caught.value


def test_nothing_said_is_the_newest_rows():
    assert select("") == Selection(Filter(), DEFAULT_LIMIT)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("limit=1", Selection(Filter(), 1)),
        (f"limit={MAX_LIMIT}", Selection(Filter(), MAX_LIMIT)),
        ("limit=0010", Selection(Filter(), 10)),
        ("id=7", Selection(Filter((("id", 7),)), 10)),
        ("id=-9223372036854775808", Selection(Filter((("id", -(2**63)),)), 10)),
        ("id=9223372036854775807", Selection(Filter((("id", 2**63 - 1),)), 10)),
        ("name=", Selection(Filter((("name", ""),)), 10)),
        ("name=a+b%26c", Selection(Filter((("name", "a b&c"),)), 10)),
        ("name=%F0%9F%99%82", Selection(Filter((("name", "🙂"),)), 10)),
        ("name=%25FF", Selection(Filter((("name", "%FF"),)), 10)),
        ("name=%EF%BF%BD", Selection(Filter((("name", "\ufffd"),)), 10)),
        ("name=%00", Selection(Filter((("name", "\x00"),)), 10)),
        ("name=x&id=1", Selection(Filter((("id", 1), ("name", "x"))), 10)),
        ("since=2026-11-24T12:00:00Z", Selection(Filter(since=NOON), 10)),
        ("until=2026-11-24T11:59:59.999999Z", Selection(Filter(until=NOON - MICROSECOND), 10)),
        ("since=2026-11-24T13:30:00%2B01:30", Selection(Filter(since=NOON), 10)),
        ("since=2026-11-24T04:00:00-08:00", Selection(Filter(since=NOON), 10)),
        ("since=2000-01-01T00:00:00Z", Selection(Filter(since=NEW_YEAR_2000), 10)),
        ("until=9000-01-01T00:00:00Z", Selection(Filter(until=NEW_YEAR_9000), 10)),
    ],
)
def test_a_right_query_string_is_read(query, found):
    assert select(query) == found


def test_the_same_question_has_one_form():
    """Identical reads share one query, however they are spelt."""
    spellings = (
        "limit=10&name=x&id=1&since=2026-11-24T12:00:00Z",
        "id=1&since=2026-11-24T13:00:00%2B01:00&name=x",
        "since=2026-11-24T12:00:00.000Z&name=%78&id=01",
    )
    assert len({select(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("float_required", "1.5", 1.5),
        ("float_nullable", "-1", -1.0),
        ("float_nullable", "1e3", 1000.0),
        ("float_nullable", "1.5e-300", 1.5e-300),
        ("float_nullable", "1e-999", 0.0),
        # As Python writes it, and so the link to the next page.
        ("float_nullable", str(1e16), 1e16),
        ("boolean_required", "true", True),
        ("boolean_nullable", "false", False),
        ("integer_nullable", "-7", -7),
        ("string_required", "' OR 1=1 --", "' OR 1=1 --"),
        ("string_required", "x" * MAX_TEXT_CHARACTERS, "x" * MAX_TEXT_CHARACTERS),
    ],
)
def test_every_column_of_the_contract_is_a_filter(wide, name, text, value):
    [(found_name, found)] = select(urlencode({name: text}), wide).filter.equals
    assert (found_name, found, type(found)) == (name, value, type(value))


FILTER = Filter((("id", 7),))


@pytest.mark.parametrize("limit", [1, 5, 1000])
def test_a_cursor_is_read_with_its_filter_and_any_limit(limit):
    text = cursor.encode(POSITION, FILTER)
    assert select(f"id=7&limit={limit}&cursor={text}") == Selection(FILTER, limit, POSITION)


MOMENTS = [
    "",
    "now",
    "0",
    "1790000000",
    "2026-11-24",
    "2026-11-24T12:00Z",
    "2026-11-24T12:00:00",
    "2026-11-24T12:00:00z",
    "2026-11-24t12:00:00Z",
    "2026-11-24 12:00:00Z",
    "2026-11-24T12:00:00+0100",
    "2026-11-24T12:00:00+01",
    "2026-11-24T12:00:00+24:00",
    "2026-11-24T12:00:00 01:00",
    "2026-11-24T12:00:00.Z",
    "2026-11-24T12:00:00.1234567Z",
    "2026-11-24T12:00:00,5Z",
    "2026-11-24T12:00:00ZZ",
    "2026-11-24T12:00:00Z\n",
    " 2026-11-24T12:00:00Z",
    "2026-11-24T25:00:00Z",
    "2026-11-24T12:60:00Z",
    "2026-11-24T12:00:60Z",
    "2026-02-30T12:00:00Z",
    "2026-13-01T12:00:00Z",
    "2026-W48-2T12:00:00Z",
    "+2026-11-24T12:00:00Z",
    "-2026-11-24T12:00:00Z",
    "20261-11-24T12:00:00Z",
    "\uff12\uff10\uff12\uff16-11-24T12:00:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00+23:59",
    "1999-12-31T23:59:59.999999Z",
    "9000-01-01T00:00:00.000001Z",
    "9999-12-31T23:59:59-23:59",
    "2026-11-24T12:00:00Z' OR TRUE --",
    "CURRENT_TIMESTAMP()",
    "null",
]
NUMBERS = [
    "",
    " ",
    "NULL",
    "1.0",
    "1e1",
    "+1",
    "--1",
    "- 1",
    "1 ",
    " 1",
    "1\n",
    "1\x00",
    "1_0",
    "0x10",
    "1,2",
    "1;2",
    "1 OR 1=1",
    "'1'",
    "true",
    "NaN",
    "Infinity",
    "\u0661",
    "\uff11",
    "1" * 5000,
    "[1]",
    '{"$gt": 0}',
]
WRONG = [
    *(("limit", text) for text in [*NUMBERS, "0", "-1", "1001", "9999", "00001", "99999"]),
    *((name, text) for name in ("since", "until") for text in MOMENTS),
    *(("id", text) for text in [*NUMBERS, str(2**63), str(-(2**63) - 1), "0" * 20]),
    *(
        ("cursor", text)
        for text in [
            "",
            "null",
            "a",
            "====",
            "../../etc/passwd",
            "A" * 5000,
            "é",
            cursor.encode(POSITION, Filter((("id", 8),))),
            cursor.encode(POSITION, FILTER) + "=",
        ]
    ),
    ("name", "x" * (MAX_TEXT_CHARACTERS + 1)),
]


@pytest.mark.parametrize(("name", "text"), WRONG)
def test_a_wrong_value_is_refused_by_the_parameters_name(name, text):
    others = {"id": "7"} if name == "cursor" else {}
    problem = refusal(urlencode({**others, name: text}))
    assert problem.status == 400
    assert problem.reason == "wrong_parameter"
    assert problem.members == {"parameter": name}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        *(("float_nullable", text) for text in [*NUMBERS[:3], *NUMBERS[5:]]),
        *(("float_nullable", text) for text in ["nan", "inf", "-inf", ".5", "1.", "1E5", "1e 5"]),
        *(("float_nullable", text) for text in ["1e999", "-1e999", "1e5000", "9" * 33, "1.5.5"]),
        *(("boolean_nullable", text) for text in ["", "1", "0", "True", "TRUE", "yes", " true"]),
        *(("integer_required", text) for text in NUMBERS),
    ],
)
def test_a_wrong_value_of_any_column_is_refused(wide, name, text):
    assert refusal(urlencode({name: text}), wide).members == {"parameter": name}


@pytest.mark.parametrize("raw", ["%FF", "%C3%28", "%ED%A0%80", "%F4%90%80%80", "a%80", "\u00ff"])
@pytest.mark.parametrize("query", ["name={}", "since={}", "{}=1", "id=1&{}"])
def test_bytes_that_are_no_text_are_refused(query, raw):
    """Nobody can tell what was meant, so nothing is compared with it."""
    problem = refusal(query.format(raw))
    assert problem.status == 400
    assert "UTF-8" in problem.detail


@pytest.mark.parametrize(
    "query",
    [
        "message_id=1",
        "publish_time=2026-11-24T12:00:00Z",
        "attributes=x",
        "ingest_time=x",
        "row_key=x",
        "offset=1",
        "LIMIT=1",
        "limit[]=1",
        "limit%00=1",
        "=1",
        "%20limit=1",
        "id'%20OR%201=1%20--=1",
        "%EF%BF%BD=1",
        "__class__=1",
        "token=secret",
    ],
)
def test_an_unknown_parameter_is_refused(query):
    """Who mistypes a filter must not get all rows, nor filter by what is no payload."""
    problem = refusal(query)
    assert problem.status == 400
    assert problem.detail == "Unknown. Known are: cursor, id, limit, name, since, until."


def test_an_unknown_name_is_given_back_in_part():
    assert refusal("x" * 5000 + "=1").members == {"parameter": "x" * 64}


@pytest.mark.parametrize("name", ["limit", "cursor", "since", "until", "id", "name"])
def test_a_repeated_parameter_is_refused(name):
    """Two servers in a row could each believe another one."""
    for values in (("1", "1"), ("1", "2"), ("", "")):
        problem = refusal(urlencode([(name, value) for value in values]))
        assert problem.members == {"parameter": name}
        assert "once" in problem.detail


@pytest.mark.parametrize("seconds", [0, 1, 86_400])
def test_an_interval_without_a_moment_in_it_is_refused(seconds):
    until = NOON.astimezone(timezone(timedelta(hours=-5)))
    since = NOON + timedelta(seconds=seconds)
    query = urlencode({"since": since.isoformat(), "until": until.isoformat()})
    assert refusal(query).members == {"parameter": "until"}


@pytest.mark.parametrize(("name", "text"), [*WRONG, ("swordfish\n", "x")])
def test_a_refusal_repeats_no_value(name, text):
    """What was sent may be a secret in the wrong place, or bait for whoever renders it."""
    problem = refusal(urlencode({name: f"swordfish{text}" * 99}))
    assert "swordfish" not in problem.detail + problem.reason


ANY = st.text(st.characters(exclude_categories=["Cs"]))


@given(st.lists(st.tuples(ANY | st.sampled_from(["limit", "since", "id", "cursor"]), ANY)))
def test_no_query_string_does_more_than_be_refused(pairs):
    try:
        limit = select("&".join(f"{quote(name)}={quote(value)}" for name, value in pairs)).limit
    except Problem as problem:
        limit = 0 if problem.status == 400 else None
    assert limit is not None
    assert 0 <= limit <= MAX_LIMIT

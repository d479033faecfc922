"""The query reads one partition range, takes every value as a parameter, and loses no row."""

import json
import re
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from app import query
from app.selection import Filter, Position, Selection
from servicekit import contract
from tests.app.doubles import NOON, wide_contract
from tests.app.google_sql import GoogleSql, SqlError

TABLE = "test-project.analytics_dataset.example_table"
DAY = timedelta(days=1)
BOUNDS = (NOON - 7 * DAY, NOON)
FIRST_PAGE = Selection(Filter(), 10)


def statement():
    return query.write(TABLE, contract.load())


def parameters(selection=FIRST_PAGE, bounds=BOUNDS, window_s=86_400.0):
    return query.parameters(selection, contract.load(), bounds, window_s)


# What a read may cost


def scans(sql, table=TABLE):
    """List how each SELECT that reads the table bounds its bare `publish_time`: {"<", ">="}.

    Only what every row must fulfil counts, and only a column that nothing is done to: else
    BigQuery reads every partition.
    """
    found = []
    for source in sqlglot.parse_one(sql, dialect="bigquery").find_all(exp.Table):
        if ".".join(part.name for part in source.parts) == table:
            where = source.find_ancestor(exp.Select).args.get("where")
            conditions = where.this.flatten() if where else []
            if where and not isinstance(where.this, exp.And):
                conditions = [where.this]
            found.append({kind for condition in conditions for kind in bound(condition)})
    return found


def bound(condition):
    """Tell from which side a condition bounds `publish_time` by a parameter, if it does."""
    sides = {exp.GT: ">", exp.GTE: ">=", exp.LT: "<", exp.LTE: "<="}
    column = condition.this
    if (
        type(condition) in sides
        and isinstance(column, exp.Column)
        and column.name == "publish_time"
        and isinstance(condition.expression, exp.Parameter)
    ):
        yield sides[type(condition)]


def test_the_table_is_read_once_and_between_two_moments():
    assert scans(statement()) == [{">=", "<"}]


FILTER_LINE = (
    "\n  WHERE publish_time >= @scan_from AND publish_time < @until"
    "\n    AND (JSON_VALUE(attributes, '$.smoke') IS NOT NULL) = @smoke"
)


@pytest.mark.parametrize(
    "instead",
    [
        "",
        "\n  WHERE publish_time >= @scan_from",
        "\n  WHERE publish_time < @until",
        "\n  WHERE publish_time >= @scan_from OR publish_time < @until",
        "\n  WHERE (publish_time >= @scan_from AND publish_time < @until) OR TRUE",
        "\n  WHERE DATE(publish_time) >= @scan_from AND publish_time < @until",
        "\n  WHERE TIMESTAMP(publish_time) >= @scan_from AND publish_time < @until",
        "\n  WHERE ingest_time >= @scan_from AND ingest_time < @until",
        "\n  WHERE publish_time >= publish_time AND publish_time < @until",
        "\n  WHERE NOT publish_time < @scan_from AND publish_time < @until",
        "\n  WHERE TRUE",
    ],
)
def test_a_query_without_both_bounds_would_be_noticed(instead):
    """The check before this one bites."""
    assert FILTER_LINE in statement()
    assert scans(statement().replace(FILTER_LINE, instead)) != [{">=", "<"}]


def test_a_second_read_without_bounds_would_be_noticed():
    widened = statement().replace("FROM first_copies", f"FROM first_copies, `{TABLE}` AS again")
    assert scans(widened) != [{">=", "<"}]


def test_the_scan_begins_as_much_earlier_as_the_window_says():
    by_name = {name: value for name, _, value in parameters(window_s=3600)}
    assert by_name["scan_from"] == BOUNDS[0] - timedelta(hours=1)
    assert (by_name["since"], by_name["until"]) == BOUNDS


def test_no_more_rows_are_asked_for_than_show_whether_there_is_a_next_page():
    assert {name: value for name, _, value in parameters()}["row_limit"] == 11
    limit = sqlglot.parse_one(statement(), dialect="bigquery").args["limit"]
    assert limit.expression.name == "row_limit"


# Values are parameters


def test_every_value_is_a_parameter_and_every_parameter_is_used():
    tree = sqlglot.parse_one(statement(), dialect="bigquery")
    used = {parameter.this.name for parameter in tree.find_all(exp.Parameter)}
    assert used == {name for name, _, _ in parameters()}


def test_the_text_depends_on_the_table_and_the_contract_alone():
    """Its only literals are our own, so nothing that a caller sends can be among them."""
    literals = re.findall(r"'[^']*'|\b[0-9]+\b", statement())
    assert set(literals) == {"''", "'$.event_id'", "'$.smoke'", "'e:'", "'m:'", "1"}
    assert f"FROM `{TABLE}`" in statement()
    assert statement() == query.write(TABLE, contract.load())


HOSTILE = ["'", "' OR TRUE --", "`", "@until", "\\", "\n", "\x00", "';DROP TABLE x;--", "{}", "%s"]


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_value_stays_a_value(text):
    after = Position(*BOUNDS, NOON - DAY, text)
    found = parameters(Selection(Filter((("name", text),)), 10, after))
    assert ("equals_name", "STRING", text) in found
    assert ("after_key", "STRING", text) in found


def test_what_a_caller_does_not_ask_for_is_null():
    by_name = {name: value for name, _, value in parameters()}
    assert {name for name, value in by_name.items() if value is None} == {
        "after_time",
        "after_key",
        "equals_id",
        "equals_name",
    }


# Google's analyzer


@pytest.fixture(scope="session")
def google():
    """Google's engine with the contract's table."""
    return GoogleSql(TABLE, contract.load())


def test_googles_analyzer_resolves_the_query(google):
    columns = [column.name for column in contract.load().payload]
    assert google.resolve(statement(), parameters()) == [*columns, "publish_time", "row_key"]


def test_googles_analyzer_resolves_the_query_of_a_contract_with_every_type(tmp_path):
    wide = wide_contract(tmp_path)
    sql = query.write(TABLE, wide)
    found = GoogleSql(TABLE, wide).resolve(sql, query.parameters(FIRST_PAGE, wide, BOUNDS, 0))
    assert found[:-2] == [column.name for column in wide.payload]
    assert scans(sql) == [{">=", "<"}]


@pytest.mark.parametrize("name", ["group", "order", "from", "select", "limit_", "hash", "rows"])
def test_a_column_may_have_the_name_of_a_keyword(name):
    renamed = [
        replace(column, name=name) if column.name == "name" else column
        for column in contract.load().columns
    ]
    own = contract.Contract(tuple(renamed))
    values = query.parameters(FIRST_PAGE, own, BOUNDS, 0)
    assert GoogleSql(TABLE, own).resolve(query.write(TABLE, own), values)[1] == name


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("SELECT `id`, `name`", "SELECT `id`, `nme`", "Unrecognized name: nme; Did you mean name?"),
        ("message_id) AS row_key", "mesage_id) AS row_key", "Unrecognized name: mesage_id"),
        (
            "publish_time < @after_time",
            "(publish_time, row_key) < (@after_time, @after_key)",
            "Less than is not defined for arguments of type STRUCT",
        ),
        (
            "publish_time >= @since",
            "publish_time >= 7",
            "No matching signature for operator >= for argument types: TIMESTAMP, INT64",
        ),
        ("JSON_VALUE(attributes", "JSON_VALUES(attributes", "Function not found: JSON_VALUES"),
        ("example_table`", "other_table`", "Table not found"),
        ("`name` = @equals_name", "`name` = @equals_id", "No matching signature for operator ="),
        ("@until", "@untill", "Query parameter 'untill' not found"),
        ("QUALIFY", "QUALIFIES", "Syntax error"),
    ],
)
def test_googles_analyzer_refuses_what_bigquery_would(google, old, new, complaint):
    """Emulators accept some of these: the pair comparison among them."""
    assert old in statement()
    with pytest.raises(SqlError, match=re.escape(complaint)):
        google.resolve(statement().replace(old, new), parameters())


WIDENED = {("TIMESTAMP", "STRING"), ("INT64", "FLOAT64")}
"""(right, wrong) types that Google's engine compares all the same."""


MISTYPED = [
    (name, wrong)
    for name, right, _ in parameters()
    for wrong in ("STRING", "INT64", "BOOL", "FLOAT64", "TIMESTAMP")
    if wrong != right and (right, wrong) not in WIDENED
]


@pytest.mark.parametrize(("name", "wrong"), MISTYPED)
def test_every_parameter_has_the_type_that_the_query_needs(google, name, wrong):
    declared = [(n, wrong if n == name else type_, value) for n, type_, value in parameters()]
    with pytest.raises(SqlError):
        google.resolve(statement(), declared)


# What Google's engine makes of it


def stored(number, age, message=None, event=None, **columns):
    """A row as the pipeline writes it, `age` before noon."""
    attributes = {} if event is None else {"event_id": event}
    return {
        "id": number,
        "name": f"n{number}",
        "message_id": message or f"m{number}",
        "publish_time": NOON - age,
        "attributes": json.dumps(attributes),
        **columns,
    }


@pytest.fixture(scope="session")
def ids(google):
    """Run the query; returns the ids of the rows that it gives."""

    def run(rows, selection=FIRST_PAGE, bounds=BOUNDS, window_s=86_400.0):
        found = google.run(statement(), parameters(selection, bounds, window_s), rows)
        return [row["id"] for row in found]

    return run


HOUR = timedelta(hours=1)


def test_rows_come_newest_first(ids):
    rows = [stored(n, n * HOUR) for n in (3, 1, 2)]
    assert ids(rows) == [1, 2, 3]


def test_of_copies_the_earliest_counts(ids):
    rows = [stored(1, 3 * HOUR, event="e"), stored(2, HOUR, event="e"), stored(3, 2 * HOUR)]
    assert ids(rows) == [3, 1]


def test_an_event_id_is_no_message_id_and_an_empty_one_is_none(ids):
    rows = [
        stored(1, HOUR, message="x"),
        stored(2, 2 * HOUR, message="y", event="x"),
        stored(3, 3 * HOUR, event=""),
        stored(4, 4 * HOUR, event=""),
        stored(5, 5 * HOUR, attributes=None),
        stored(6, 6 * HOUR, attributes="[]"),
        stored(7, 7 * HOUR, attributes='{"event_id": null}'),
        stored(8, 8 * HOUR, attributes='{"event_id": {"a": 1}}'),
    ]
    assert ids(rows) == [1, 2, 3, 4, 5, 6, 7, 8]


def test_an_earlier_copy_is_found_as_far_back_as_the_window_reaches(ids):
    rows = [stored(1, DAY), stored(2, 8 * DAY, event="e"), stored(3, HOUR, event="e")]
    assert ids(rows, window_s=2 * 86_400) == [1]
    assert ids(rows, window_s=3600) == [3, 1]


def test_since_is_inclusive_and_until_exclusive(ids):
    rows = [stored(n, n * HOUR) for n in range(5)]
    assert ids(rows, bounds=(NOON - 3 * HOUR, NOON - HOUR)) == [2, 3]


def test_a_filter_sees_the_copy_that_counts_and_no_other(ids):
    rows = [stored(1, 2 * HOUR, event="e"), stored(2, HOUR, event="e"), stored(3, HOUR, name=None)]
    for hidden in (("id", 2), ("name", "n2")):
        assert ids(rows, Selection(Filter((hidden,)), 10)) == []
    assert ids(rows, Selection(Filter((("id", 1), ("name", "n1"))), 10)) == [1]
    assert ids(rows, Selection(Filter((("name", "' OR TRUE --"),)), 10)) == []


EVENTS = st.none() | st.sampled_from(["", "a", "b", "é"])
ROWS = st.lists(st.tuples(st.integers(0, 4), st.sampled_from("mno"), EVENTS), max_size=9)


@settings(max_examples=15)
@given(ROWS, st.integers(1, 4))
def test_pages_chain_to_every_row_once_in_order(google, drawn, limit):
    """Whatever was delivered twice, and however many rows share an instant."""
    rows = [stored(n, age * HOUR + HOUR, message=m, event=e) for n, (age, m, e) in enumerate(drawn)]
    selection, found = Selection(Filter(), limit), []
    while True:
        page = google.run(statement(), parameters(selection), rows)
        found += page[:limit]
        if len(page) <= limit:
            break
        last = page[limit - 1]
        after = Position(*BOUNDS, last["publish_time"], last["row_key"])
        selection = replace(selection, after=after)
    keys = {f"e:{e}" if e else f"m:{m}" for _, m, e in drawn}
    assert sorted(row["row_key"] for row in found) == sorted(keys)
    order = [(row["publish_time"], row["row_key"]) for row in found]
    assert order == sorted(order, reverse=True)
    earliest = {}
    for age, m, e in drawn:
        key = f"e:{e}" if e else f"m:{m}"
        earliest[key] = max(earliest.get(key, 0), age)
    assert {row["row_key"]: row["publish_time"] for row in found} == {
        key: NOON - age * HOUR - HOUR for key, age in earliest.items()
    }

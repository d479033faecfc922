"""The description that the API gives of itself is valid, and true."""

import json

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import openapi
from servicekit import contract
from tests.app.doubles import MARK, NOON, MemoryStore, wide_contract


@pytest.fixture(scope="session")
def wide(tmp_path_factory):
    """A contract with every type of column."""
    return wide_contract(tmp_path_factory.mktemp("schema"))


@pytest.fixture
def document(start):
    """What the service answers, without a token."""
    response = start().get("/openapi.json", email=None)
    assert (response.status_code, response.mimetype) == (200, "application/json")
    return response.json


def test_it_is_valid_openapi_3_1(document, wide):
    for described in (document, openapi.describe(wide)):
        assert described["openapi"] == "3.1.0"
        assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []


def test_it_is_what_the_contract_says(document):
    assert document == json.loads(json.dumps(openapi.describe(contract.load())))


def row_schema(document):
    schema = document["components"]["schemas"]["Row"]
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_its_rows_are_what_the_api_returns(start, document):
    rows = start().get("/data?limit=1000").json
    assert len(rows) == 25
    for row in rows:
        row_schema(document).validate(row)


WIDE_ROW = {
    "id": 2**63 - 1,
    "name": None,
    "integer_required": -(2**63),
    "integer_nullable": None,
    "float_required": -1.5e300,
    "float_nullable": None,
    "boolean_required": False,
    "boolean_nullable": None,
    "string_required": f'{MARK} "\u2028🙂',
    "string_nullable": None,
}


def test_every_type_of_column_is_described_as_it_is_returned(start, wide):
    api = start(contract=wide, store=MemoryStore([(NOON, "m:1", WIDE_ROW)]))
    [row] = api.get().json
    assert row == WIDE_ROW
    row_schema(api.get("/openapi.json", email=None).json).validate(row)


@pytest.mark.parametrize(
    "change",
    [
        {"id": "7"},
        {"id": None},
        {"id": 1.5},
        {"name": 7},
        {"message_id": "m1"},
        {"publish_time": "2026-11-24T12:00:00Z"},
    ],
)
def test_its_rows_are_nothing_else(document, change):
    assert not row_schema(document).is_valid({"id": 1, "name": "a", **change})


@pytest.mark.parametrize("missing", ["id", "name"])
def test_its_rows_have_every_column(document, missing):
    row = {"id": 1, "name": "a"}
    del row[missing]
    assert not row_schema(document).is_valid(row)


def test_it_names_every_parameter_that_the_api_knows(start, wide):
    api = start(contract=wide)
    operation = api.get("/openapi.json").json["paths"]["/data"]["get"]
    named = {parameter["name"] for parameter in operation["parameters"]}
    known = api.get("/data?unknown=1").json["detail"]
    assert known == f"Unknown. Known are: {', '.join(sorted(named))}."


def test_its_limits_are_the_apis(start, document):
    api = start()
    [limit] = [
        parameter["schema"]
        for parameter in document["paths"]["/data"]["get"]["parameters"]
        if parameter["name"] == "limit"
    ]
    for value, status in (
        (limit["minimum"], 200),
        (limit["minimum"] - 1, 400),
        (limit["maximum"], 200),
        (limit["maximum"] + 1, 400),
    ):
        assert api.get(f"/data?limit={value}").status_code == status
    assert len(api.get("/data").json) == limit["default"]


def test_its_problems_are_what_the_api_answers(start, document):
    schema = document["components"]["schemas"]["Problem"]
    responses = document["paths"]["/data"]["get"]["responses"]
    for answer in (
        start().get(email=None),
        start().get("/data?limit=0"),
        start(store=MemoryStore(error=TimeoutError())).get(),
        start(store=MemoryStore(error=RuntimeError())).get(),
    ):
        assert list(responses[str(answer.status_code)]["content"]) == [answer.mimetype]
        Draft202012Validator(schema).validate(answer.json)


def test_its_moments_are_what_the_api_reads(start, document):
    formats = {
        parameter["name"]: parameter["schema"].get("format")
        for parameter in document["paths"]["/data"]["get"]["parameters"]
    }
    assert formats["since"] == formats["until"] == "date-time"
    for moment in ("2026-11-24T12:00:00Z", "2026-11-24T12:00:00.5-08:00"):
        assert FormatChecker().conforms(moment, "date-time")
        assert start().get(f"/data?since={moment}").status_code == 200


def test_data_alone_needs_a_token(document):
    assert document["security"] == [{"idToken": []}]
    secured = {
        path: operations["get"].get("security", document["security"])
        for path, operations in document["paths"].items()
    }
    assert secured == {"/data": [{"idToken": []}], "/health/live": [], "/health/ready": []}

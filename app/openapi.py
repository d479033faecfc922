"""The API's own description, OpenAPI 3.1, made from the data contract."""

from typing import Any

from app.parameters import DEFAULT_LIMIT, MAX_LIMIT
from servicekit.contract import Column, Contract

_JSON_TYPES: dict[str, dict[str, Any]] = {
    "INTEGER": {"type": "integer", "format": "int64"},
    "FLOAT": {"type": "number", "format": "double"},
    "BOOLEAN": {"type": "boolean"},
    "STRING": {"type": "string"},
}
_PROBLEMS = {
    "400": "A parameter is wrong; `parameter` names it.",
    "401": "No ID token, or one that does not hold.",
    "403": "The token's account is not on the list of callers.",
    "429": "Too many requests of this caller.",
    "500": "Our mistake.",
    "503": "The data or the signing keys are out of reach; try again.",
}


def describe(contract: Contract) -> dict[str, Any]:
    """Write the document; it tells nothing that the source does not."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "data-api",
            "version": "1",
            "description": "Rows that the pipeline ingested, without duplicates, newest first.",
        },
        "security": [{"idToken": []}],
        "paths": {
            "/data": {"get": _data_operation(contract)},
            "/health/live": {"get": _health_operation("The process answers.")},
            "/health/ready": {"get": _health_operation("The table can be reached.")},
        },
        "components": {
            "securitySchemes": {
                "idToken": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
            "schemas": {
                "Row": {
                    "type": "object",
                    "properties": {column.name: _schema(column) for column in contract.payload},
                    "required": [column.name for column in contract.payload],
                    "additionalProperties": False,
                },
                "Problem": {
                    "type": "object",
                    "description": "RFC 9457 problem details.",
                    "properties": {
                        "type": {"type": "string"},
                        "title": {"type": "string"},
                        "status": {"type": "integer"},
                        "detail": {"type": "string"},
                        "parameter": {"type": "string"},
                    },
                    "required": ["type", "title", "status", "detail"],
                },
            },
        },
    }


def _schema(column: Column) -> dict[str, Any]:
    schema = dict(_JSON_TYPES[column.type], description=column.description)
    if not column.required:
        schema["type"] = [schema["type"], "null"]
    return schema


def _data_operation(contract: Contract) -> dict[str, Any]:
    limit = {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT}
    moment = {"type": "string", "format": "date-time"}
    rows = {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}
    return {
        "summary": "One page of rows.",
        "operationId": "readData",
        "parameters": [
            _parameter("limit", limit, "Rows of a page."),
            _parameter("cursor", {"type": "string"}, "From the previous page's `Link`, unchanged."),
            _parameter("since", moment, "Earliest publish time, inclusive."),
            _parameter("until", moment, "Latest publish time, exclusive."),
            *(
                _parameter(column.name, _JSON_TYPES[column.type], "Only rows with this value.")
                for column in contract.payload
            ),
        ],
        "responses": {
            "200": {
                "description": "The rows, newest first.",
                "headers": {
                    "Link": {"schema": {"type": "string"}, "description": 'rel="next"'},
                    "ETag": {"schema": {"type": "string"}},
                },
                "content": {"application/json": {"schema": rows}},
            },
            "304": {"description": "Unchanged since the answer with this `ETag`."},
            **{status: _problem(text) for status, text in _PROBLEMS.items()},
        },
    }


def _health_operation(meaning: str) -> dict[str, Any]:
    return {
        "summary": meaning,
        "security": [],
        "responses": {"200": {"description": "Yes."}, "503": {"description": "Not now."}},
    }


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, "description": description}


def _problem(text: str) -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Problem"}
    return {"description": text, "content": {"application/problem+json": {"schema": schema}}}

"""A problem is RFC 9457 JSON that nobody caches, with texts of ours alone."""

import json
from http import HTTPStatus

import pytest

from app.problems import Problem, unavailable, wrong_parameter


def test_a_problem_is_rendered_as_the_rfc_says():
    problem = Problem(
        HTTPStatus.TOO_MANY_REQUESTS,
        "Slower.",
        reason="for the log",
        headers={"Retry-After": "10"},
        parameter="limit",
    )
    response = problem.response()
    assert response.status_code == 429
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Retry-After"] == "10"
    assert json.loads(response.data) == {
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "detail": "Slower.",
        "parameter": "limit",
    }


def test_the_reason_is_for_the_log_alone():
    assert b"secret" not in unavailable("secret").response().data


@pytest.mark.parametrize("name", ['"', "</script>", "\u202e", "\n", "\ud800", "é"])
def test_a_parameters_name_cannot_break_out_of_the_json(name):
    response = wrong_parameter(name, "Unknown.").response()
    assert response.status_code == 400
    assert response.data.isascii()
    assert json.loads(response.data)["parameter"] == name


def test_an_outage_says_when_to_try_again():
    response = unavailable("store_unavailable").response()
    assert (response.status_code, response.headers["Retry-After"]) == (503, "1")

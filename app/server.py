"""data-api as a WSGI application: routes, headers, and the one place that renders errors."""

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus

from flask import Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from app import openapi
from app.audit import AuditTrail
from app.data import DataEndpoint
from app.problems import Problem, mistake
from app.settings import Settings
from app.store import BigQueryStore, Store
from servicekit import contract as data_contract
from servicekit.bigquery import BigQueryUnavailableError
from servicekit.contract import Contract
from servicekit.identity import TokenVerifier
from servicekit.logs import Log, capture_standard_logging, describe, enter_trace
from servicekit.readiness import Readiness
from servicekit.settings import SettingsError

SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
"""Source: https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html"""

WORKER_BOOT_ERROR = 3
"""Tells gunicorn to end; after any other status it starts the worker again, and again.

Source: gunicorn's `Arbiter.WORKER_BOOT_ERROR`
"""


def from_environment() -> Flask:
    """Make the application that gunicorn serves; a wrong environment ends in one line."""
    try:
        settings = Settings.from_env(os.environ)
    except SettingsError as exc:
        print(exc, file=sys.stderr)  # noqa: T201 - for a person, before there is a log
        raise SystemExit(WORKER_BOOT_ERROR) from None
    contract = data_contract.load()
    log = Log(settings.project_id)
    capture_standard_logging(log)
    store = BigQueryStore(settings, contract)
    return create_app(settings, store, TokenVerifier(settings.identity), contract=contract, log=log)


def create_app(
    settings: Settings,
    store: Store,
    verifier: TokenVerifier,
    *,
    contract: Contract | None = None,
    log: Log | None = None,
) -> Flask:
    """Wire the API's parts together; nothing is read from the environment here."""
    contract = contract or data_contract.load()
    log = log or Log(settings.project_id)
    table = f"{settings.project_id}.{settings.dataset}.{settings.table_name}"
    tracing = None
    if settings.traces:
        from app.traced import Tracing  # noqa: PLC0415 - without traces nobody waits for them

        tracing = Tracing(settings.traces, log)
        store = tracing.store(store, table)
    trail = AuditTrail(log, f"bigquery:{table}")
    endpoint = DataEndpoint(settings, contract, store, verifier, trail)

    def read() -> Response:
        return endpoint.answer(request)

    readiness = Readiness(store.check)
    document = openapi.describe(contract)

    app = Flask("data-api", static_folder=None)
    app.url_map.merge_slashes = False  # else `//data` is answered by a redirect to any Host
    app.before_request(lambda: enter_trace(request.headers))
    app.after_request(_harden)
    _route(app, "/data", tracing.view("/data", read) if tracing else read)
    _route(app, "/openapi.json", lambda: jsonify(document))
    _route(app, "/health/live", lambda: jsonify(status="ok"))
    _route(app, "/health/ready", lambda: _ready(readiness, log))
    _render_errors(app, log)
    return app


def _route(app: Flask, path: str, view: Callable[[], Response]) -> None:
    app.add_url_rule(path, path, view, methods=["GET"], provide_automatic_options=False)


def _ready(readiness: Readiness, log: Log) -> Response:
    try:
        readiness.check()
    except (BigQueryUnavailableError, TimeoutError) as exc:
        log.write("WARNING", "not_ready", reason=str(exc))
        answer = jsonify(status="unavailable")
        answer.status_code = HTTPStatus.SERVICE_UNAVAILABLE
        return answer
    return jsonify(status="ok")


def _harden(response: Response) -> Response:
    response.headers.extend(SECURITY_HEADERS)
    return response


def _render_errors(app: Flask, log: Log) -> None:
    """Tell the caller the kind of an error, and the log its reason."""

    @app.errorhandler(Problem)
    def render_problem(problem: Problem) -> Response:
        return problem.response()

    @app.errorhandler(HTTPException)
    def render_http(error: HTTPException) -> Response:
        status = HTTPStatus(error.code or HTTPStatus.INTERNAL_SERVER_ERROR)
        allow = {name: value for name, value in error.get_headers() if name == "Allow"}
        return Problem(status, status.description, reason="routing", headers=allow).response()

    @app.errorhandler(Exception)
    def render_mistake(error: Exception) -> Response:
        # Without a log there is nobody to tell; the caller still gets no data.
        with suppress(OSError):
            log.write("ERROR", "request.failed", **describe(error))
        return mistake().response()

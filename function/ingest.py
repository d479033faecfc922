"""From a push request to its outcome: who is it, what is it, and is it durable."""

import dataclasses
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from flask import Request, Response

from function import body, envelope, payload, quarantine, replay
from function.batching import Commit
from function.body import BodyTooLargeError
from function.envelope import EnvelopeError, Message
from function.outcomes import (
    Committed,
    Deferred,
    Forbidden,
    Malformed,
    Outcome,
    Oversized,
    Quarantined,
    Refused,
    Unauthenticated,
)
from function.payload import PoisonMessageError
from function.settings import Settings
from servicekit.bigquery import BigQueryUnavailableError
from servicekit.contract import Contract
from servicekit.identity import (
    ForbiddenError,
    TokenVerifier,
    UnauthenticatedError,
    UnavailableError,
)
from servicekit.logs import Log, describe, enter_trace, trace_id
from servicekit.readiness import Readiness

MAX_URL_CHARACTERS = 8192


class Ingest:
    """Answers push requests and probes."""

    def __init__(  # noqa: PLR0913 - main.py hands over the parts by name
        self,
        *,
        settings: Settings,
        contract: Contract,
        verifier: TokenVerifier,
        records: Commit,
        poison: Commit,
        readiness: Readiness,
        log: Log,
        observe: Callable[[Message], None] | None = None,
    ) -> None:
        self._settings = settings
        self._contract = contract
        self._verifier = verifier
        self._records = records
        self._poison = poison
        self._readiness = readiness
        self._log = log
        self._observe = observe

    def answer(self, request: Request) -> Response:
        """Turn any request into a response; the log gets the reason, the sender the kind."""
        enter_trace(request.headers)
        if request.method == "GET" and request.path in ("/health/live", "/health/ready"):
            return self._health(request.path)
        until_s = time.monotonic() + self._settings.delivery_deadline_s
        message: Message | None = None
        outcome: Outcome
        try:
            self._refuse(request)
            self._identify(request)
            message = self._read(request)
            if self._observe:
                self._observe(message)
            outcome = self._keep(message, until_s)
        except _StopError as stop:
            outcome = stop.outcome
        except Exception as exc:  # noqa: BLE001 - the last guard: it must come again, not vanish
            self._log.write("ERROR", "ingest.failed", **describe(exc))
            outcome = Deferred("mistake")
        finally:
            body.discard(request)
        return self._conclude(outcome, message)

    def _refuse(self, request: Request) -> None:
        """Keep to the limits of HTTP that the framework does not keep."""
        if request.method != "POST":
            raise _StopError(Refused("method", HTTPStatus.METHOD_NOT_ALLOWED))
        if len(request.full_path) > MAX_URL_CHARACTERS:
            raise _StopError(Refused("url_too_long", HTTPStatus.REQUEST_URI_TOO_LONG))

    def _identify(self, request: Request) -> None:
        try:
            self._verifier.verify(request.headers)
        except UnauthenticatedError as exc:
            raise _StopError(Unauthenticated(str(exc))) from exc
        except ForbiddenError as exc:
            raise _StopError(Forbidden("identity", exc.caller.email)) from exc
        except UnavailableError as exc:
            raise _StopError(Deferred("signing_keys_unavailable")) from exc

    def _read(self, request: Request) -> Message:
        try:
            message = envelope.parse(body.read(request))
            if message.subscription in self._settings.replay_subscriptions:
                message = replay.unwrap(message)
        except BodyTooLargeError as exc:
            status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            raise _StopError(Refused("body_too_large", status)) from exc
        except EnvelopeError as exc:
            raise _StopError(Malformed(str(exc))) from exc
        if message.subscription not in self._settings.subscriptions:
            raise _StopError(Forbidden("subscription", message.subscription))
        return message

    def _keep(self, message: Message, until_s: float) -> Outcome:
        """Make the message durable, as a record or as what it is."""
        try:
            columns = payload.decode(message.raw_data, self._contract)
        except PoisonMessageError as poison:
            return self._isolate(message, poison, until_s)
        row = {
            **columns,
            "message_id": message.message_id,
            "publish_time": message.publish_time.isoformat(),
            "attributes": json.dumps(message.attributes),
            "ingest_time": datetime.now(UTC).isoformat(),
        }
        return self._commit(self._records, row, until_s) or Committed()

    def _isolate(self, message: Message, poison: PoisonMessageError, until_s: float) -> Outcome:
        deferred = self._commit(self._poison, quarantine.row(message, poison), until_s)
        if deferred:
            return deferred
        outcome = Quarantined if quarantine.holds(poison) else Oversized
        return outcome(poison.reason, len(poison.raw), quarantine.digest(poison))

    def _commit(self, into: Commit, row: dict[str, Any], until_s: float) -> Deferred | None:
        size_bytes = sum(len(str(value)) for value in row.values())
        try:
            into.commit(row, size_bytes, until_s - time.monotonic())
        except BigQueryUnavailableError as exc:
            return Deferred(str(exc))
        except TimeoutError:
            return Deferred("deadline passed")
        return None

    def _health(self, path: str) -> Response:
        if path == "/health/ready":
            try:
                self._readiness.check()
            except (BigQueryUnavailableError, TimeoutError) as exc:
                self._log.write("WARNING", "not_ready", reason=str(exc))
                return _json({"status": "unavailable"}, HTTPStatus.SERVICE_UNAVAILABLE)
        return _json({"status": "ok"}, HTTPStatus.OK)

    def _conclude(self, outcome: Outcome, message: Message | None) -> Response:
        fields = dataclasses.asdict(outcome)
        fields.pop("status", None)
        if message:
            age = datetime.now(UTC) - message.publish_time
            fields["message_id"] = message.message_id
            if message.replayed:
                # Its age is the person's who waited, and no measure of the pipeline.
                fields["replayed"] = True
            else:
                fields["e2e_seconds"] = max(0.0, age.total_seconds())
            fields["publish_trace_id"] = trace_id(
                message.attributes.get("googclient_traceparent", "")
            )
        self._log.write(outcome.severity, outcome.event, status=outcome.status.value, **fields)
        if outcome.status == HTTPStatus.NO_CONTENT:
            return Response(status=outcome.status)
        response = _json({"error": outcome.event}, outcome.status)
        if isinstance(outcome, Unauthenticated):
            response.headers["WWW-Authenticate"] = 'Bearer error="invalid_token"'
        if outcome.status == HTTPStatus.METHOD_NOT_ALLOWED:
            response.headers["Allow"] = "POST"
        return response


class _StopError(Exception):
    """The request ends here, before its message could be kept."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome)
        self.outcome = outcome


def _json(members: dict[str, str], status: HTTPStatus) -> Response:
    return Response(json.dumps(members) + "\n", status=status, content_type="application/json")

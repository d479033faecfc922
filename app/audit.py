"""Who was given which data, and who was not: one line for each decision, or no data."""

from http import HTTPStatus

from app.problems import Problem
from app.selection import Selection
from servicekit.identity import Caller
from servicekit.logs import Log


class AuditError(Exception):
    """The decision could not be recorded, so it must not be carried out."""


class AuditTrail:
    """Writes audit lines: from verified claims and our own decisions, never from raw headers."""

    def __init__(self, log: Log, table: str) -> None:
        self._log = log
        self._table = table

    def allow(self, caller: Caller, selection: Selection, rows: int, job_id: str | None) -> None:
        """Record that `rows` rows are about to be handed to `caller`.

        Values that a caller filters by may be personal, so only their names are recorded.

        Raises:
            AuditError: the line could not be written.
        """
        bounds = [name for name in ("since", "until") if getattr(selection.filter, name)]
        self._write(
            "INFO",
            caller,
            decision="allow",
            reason="caller_listed",
            status=HTTPStatus.OK.value,
            filters=[name for name, _ in selection.filter.equals] + bounds,
            limit=selection.limit,
            rows=rows,
            job_id=job_id,
        )

    def deny(self, caller: Caller | None, problem: Problem) -> None:
        """Record that nothing is handed out, and to whom if that is proven.

        Raises:
            AuditError: the line could not be written.
        """
        self._write(
            "WARNING",
            caller,
            decision="deny",
            reason=problem.reason,
            status=problem.status.value,
        )

    def _write(self, severity: str, caller: Caller | None, **fields: object) -> None:
        actor = {"email": caller.email, "sub": caller.subject} if caller else None
        try:
            self._log.write(
                severity, "data.read", kind="audit", actor=actor, resource=self._table, **fields
            )
        except OSError as exc:
            raise AuditError("the audit line could not be written") from exc

"""Reads pages of rows out of BigQuery."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from app import query
from app.selection import Position, Selection
from app.settings import Settings
from servicekit.bigquery import BigQueryConnection, failures
from servicekit.contract import Contract


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows, newest first."""

    rows: list[dict[str, Any]]
    """The payload columns of each row."""
    next: Position | None
    """Where the next page begins, if there is one."""
    job_id: str | None
    """BigQuery's name for the query, by which its audit log can be searched."""


class Store(Protocol):
    """Where pages come from."""

    def read(self, selection: Selection) -> Page:
        """Read one page; raises `BigQueryUnavailableError`."""

    def check(self) -> None:
        """Raise `BigQueryUnavailableError` unless the table can be reached."""


class BigQueryStore:
    """The pipeline's own store: one table, one query."""

    def __init__(self, settings: Settings, contract: Contract) -> None:
        self._settings = settings
        self._contract = contract
        self._table = f"{settings.project_id}.{settings.dataset}.{settings.table_name}"
        self._sql = query.write(self._table, contract)
        self._connection = BigQueryConnection(settings.project_id, settings.bigquery_emulator_url)

    def read(self, selection: Selection) -> Page:
        """Read one page.

        Raises:
            BigQueryUnavailableError: BigQuery failed, was too slow, or the query would read more
                than `max_bytes_billed`.
        """
        since, until = self._bounds(selection)
        rows, job_id = self._run(selection, since, until)
        following = None
        if len(rows) > selection.limit:
            rows = rows[: selection.limit]
            following = Position(since, until, rows[-1]["publish_time"], rows[-1]["row_key"])
        names = [column.name for column in self._contract.payload]
        return Page([{name: row[name] for name in names} for row in rows], following, job_id)

    def check(self) -> None:
        """Ask for the table's metadata, which costs nothing and reads no row."""
        with failures():
            self._connection.client.get_table(
                self._table,
                retry=None,  # type: ignore[arg-type]  # its own documentation allows it
                timeout=self._settings.query_timeout_s,
            )

    def _bounds(self, selection: Selection) -> tuple[datetime, datetime]:
        if selection.after:
            return selection.after.since, selection.after.until
        until = selection.filter.until or datetime.now(UTC)
        lookback = timedelta(seconds=self._settings.default_lookback_s)
        return selection.filter.since or min(until, datetime.now(UTC)) - lookback, until

    def _run(
        self, selection: Selection, since: datetime, until: datetime
    ) -> tuple[list[Any], str | None]:
        timeout_s = self._settings.query_timeout_s
        values = query.parameters(
            selection, self._contract, (since, until), self._settings.dedup_window_s
        )
        with failures():
            from google.cloud import bigquery  # noqa: PLC0415 - not needed to start

            result = self._connection.client.query_and_wait(
                self._sql,
                job_config=bigquery.QueryJobConfig(
                    query_parameters=[bigquery.ScalarQueryParameter(*value) for value in values],
                    maximum_bytes_billed=self._settings.max_bytes_billed,
                    use_query_cache=False,  # a cached answer could lack the newest rows
                ),
                api_timeout=timeout_s,
                wait_timeout=timeout_s,
                retry=bigquery.DEFAULT_RETRY.with_timeout(timeout_s),
                job_retry=None,  # type: ignore[arg-type]  # its own documentation allows it
                max_results=selection.limit + 1,
            )
            return list(result), result.job_id

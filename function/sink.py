"""Writes rows to a table by streaming insert, and finds out which of them BigQuery refused."""

import time
from collections.abc import Sequence
from typing import Any

from function.batching import Row
from servicekit.bigquery import (
    BigQueryConnection,
    BigQueryRefusedError,
    BigQueryUnavailableError,
    failures,
)

STOPPED = "stopped"
"""BigQuery's reason for a row that is well and was not written because a neighbour is not.

Source: https://cloud.google.com/bigquery/docs/error-messages
"""
FIRST_DELAY_S, LONGEST_DELAY_S = 0.1, 2.0


class Sink:
    """One table, written to within a deadline."""

    def __init__(self, connection: BigQueryConnection, table: str) -> None:
        self._connection = connection
        self._table = table

    def write(self, rows: Sequence[Row], within_s: float) -> list[Exception | None]:
        """Insert rows; one that BigQuery refuses does not hold the others back.

        Returns:
            For each row None once it is durable, else the error that kept it out.
        """
        return self._write(list(rows), time.monotonic() + within_s)

    def check(self) -> None:
        """Ask for the table's metadata.

        Raises:
            BigQueryUnavailableError: it is not there or out of reach.
        """
        with failures():
            self._connection.client.get_table(
                self._table,
                retry=None,  # type: ignore[arg-type]  # its own documentation allows it
                timeout=5.0,
            )

    def _write(self, rows: list[Row], until_s: float) -> list[Exception | None]:
        try:
            errors = self._insert(rows, until_s)
        except BigQueryRefusedError as exc:
            if len(rows) == 1:
                return [exc]
            # The answer does not say whose fault it was: halves tell.
            middle = len(rows) // 2
            return self._write(rows[:middle], until_s) + self._write(rows[middle:], until_s)
        except BigQueryUnavailableError as exc:
            return [exc] * len(rows)
        return self._sort_out(rows, errors, until_s) if errors else [None] * len(rows)

    def _sort_out(
        self, rows: list[Row], errors: Sequence[dict[str, Any]], until_s: float
    ) -> list[Exception | None]:
        """Insert again what was only stopped: an insert with one bad row writes none."""
        fates: list[Exception | None] = [None] * len(rows)
        for error in errors:
            reasons = {detail.get("reason") for detail in error["errors"]}
            if reasons != {STOPPED}:
                fates[error["index"]] = BigQueryUnavailableError(f"row refused: {sorted(reasons)}")
        well = [index for index, fate in enumerate(fates) if fate is None]
        if len(well) == len(rows):
            return [BigQueryUnavailableError("the whole batch was stopped")] * len(rows)
        if well:
            again = self._write([rows[index] for index in well], until_s)
            for index, fate in zip(well, again, strict=True):
                fates[index] = fate
        return fates

    def _insert(self, rows: list[Row], until_s: float) -> Sequence[dict[str, Any]]:
        with failures():
            from google.cloud import bigquery  # noqa: PLC0415 - not needed to start

            client = self._connection.client

            def attempt() -> Sequence[dict[str, Any]]:
                left_s = until_s - time.monotonic()
                if left_s <= 0:
                    raise TimeoutError("the deadline passed")
                return client.insert_rows_json(
                    self._table,
                    rows,
                    # Readers drop duplicates by key; BigQuery's own attempt would halve the quota.
                    row_ids=bigquery.AutoRowIDs.DISABLED,
                    retry=None,  # type: ignore[arg-type]  # its own documentation allows it
                    timeout=left_s,
                )

            retry = bigquery.DEFAULT_RETRY.with_timeout(until_s - time.monotonic())
            return retry.with_delay(FIRST_DELAY_S, LONGEST_DELAY_S)(attempt)()

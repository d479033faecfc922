"""The one query of the API: rows without duplicates, a page at a time.

Pub/Sub delivers at least once and publishers repeat themselves, so the table holds copies. A
row's key is its publisher's `event_id`, or else its message; of a key's copies the earliest
counts. A view could not do this: BigQuery does not push a filter on the partition through a
window function, so the scan carries its own. Copies further apart than the deduplication window
are seen as two rows.
"""

from datetime import datetime, timedelta
from typing import Any

from app.selection import Selection
from servicekit.contract import Contract

SMOKE = "smoke"
"""The attribute of a smoke test's message. Its rows are apart from the others before any two are
compared, so that nobody can put one in another row's place by it."""
SQL_TYPES = {"INTEGER": "INT64", "FLOAT": "FLOAT64", "BOOLEAN": "BOOL", "STRING": "STRING"}
"""What BigQuery's query parameters call the types of payload columns."""


def write(table: str, contract: Contract) -> str:
    """Write the query of `project.dataset.table`.

    Its names come from settings and contract, which match patterns; every value is a parameter.
    """
    payload = ", ".join(f"`{column.name}`" for column in contract.payload)
    equals = "".join(
        f"\n  AND (@equals_{column.name} IS NULL OR `{column.name}` = @equals_{column.name})"
        for column in contract.payload
    )
    return f"""\
WITH scanned AS (
  SELECT {payload}, message_id, publish_time,
    IFNULL('e:' || NULLIF(JSON_VALUE(attributes, '$.event_id'), ''), 'm:' || message_id) AS row_key
  FROM `{table}`
  WHERE publish_time >= @scan_from AND publish_time < @until
    AND (JSON_VALUE(attributes, '$.{SMOKE}') IS NOT NULL) = @smoke
), first_copies AS (
  SELECT {payload}, publish_time, row_key
  FROM scanned
  WHERE TRUE
  QUALIFY ROW_NUMBER() OVER (PARTITION BY row_key ORDER BY publish_time, message_id) = 1
)
SELECT {payload}, publish_time, row_key
FROM first_copies
WHERE publish_time >= @since
  AND (@after_time IS NULL OR publish_time < @after_time
    OR (publish_time = @after_time AND row_key < @after_key)){equals}
ORDER BY publish_time DESC, row_key DESC
LIMIT @row_limit"""  # noqa: S608 # nosec B608 - names only, see above


def parameters(
    selection: Selection,
    contract: Contract,
    bounds: tuple[datetime, datetime],
    dedup_window_s: float,
) -> list[tuple[str, str, Any]]:
    """Give each parameter of the query as (name, BigQuery type, value).

    Args:
        selection: what the caller asks for.
        contract: the columns that may be compared.
        bounds: `since` (inclusive) and `until` (exclusive) of the publish time.
        dedup_window_s: how far before `since` a row's earlier copy is still found.
    """
    since, until = bounds
    after = selection.after
    equals = dict(selection.filter.equals)
    return [
        ("scan_from", "TIMESTAMP", since - timedelta(seconds=dedup_window_s)),
        ("since", "TIMESTAMP", since),
        ("until", "TIMESTAMP", until),
        ("smoke", "BOOL", selection.smoke),
        ("after_time", "TIMESTAMP", after.publish_time if after else None),
        ("after_key", "STRING", after.key if after else None),
        # One more than the page holds tells whether there is a next page.
        ("row_limit", "INT64", selection.limit + 1),
        *(
            (f"equals_{column.name}", SQL_TYPES[column.type], equals.get(column.name))
            for column in contract.payload
        ),
    ]

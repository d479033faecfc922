"""Which change of a table's columns would break what is running, or delete rows; no I/O here."""

from collections.abc import Mapping, Sequence
from itertools import zip_longest

Field = Mapping[str, object]
"""One column, as in BigQuery's schema JSON."""


def breaking(before: Sequence[Field], after: Sequence[Field]) -> list[str]:
    """Name what is more than adding columns at the end or lifting a requirement.

    Rows outlive their code: during a release both revisions write, and a rollback goes back. A
    column that moves would also get another number in the topic's schema.

    Source: https://cloud.google.com/bigquery/docs/managing-table-schemas
    """
    complaints = []
    for old, new in zip_longest(before, after):
        if old is None:
            complaints += _unfit(new)
        elif new is None:
            complaints.append(f"{old['name']} is gone: its rows would be too")
        elif old["name"] != new["name"]:
            complaints.append(f"{new['name']} stands where {old['name']} was: add at the end")
        else:
            complaints += _changed(old, new)
    return complaints


def _unfit(new: Field) -> list[str]:
    if _mode(new) == "REQUIRED":
        return [f"{new['name']} is new and REQUIRED: the rows that are there have no value"]
    return []


def _changed(old: Field, new: Field) -> list[str]:
    complaints = []
    if old["type"] != new["type"]:
        complaints.append(f"{old['name']} changes from {old['type']} to {new['type']}")
    if _mode(old) != _mode(new) and (_mode(old), _mode(new)) != ("REQUIRED", "NULLABLE"):
        complaints.append(f"{old['name']} changes from {_mode(old)} to {_mode(new)}")
    if old.get("policyTags") and not new.get("policyTags"):
        complaints.append(f"{old['name']} loses its policy tag: everybody would see it")
    return complaints


def _mode(field: Field) -> str:
    return str(field.get("mode") or "NULLABLE")

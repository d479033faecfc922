"""The report of `python -m gates.audit`, held against the locks: it may leave nothing out."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.utils import canonicalize_name

from gates.finding import Finding, Level
from gates.locks import pins
from gates.readers.reading import Ended, Reading, ReportError

Places = Mapping[tuple[str, str], list[tuple[str, int]]]


def read(ended: Ended) -> Reading:
    """Read all vulnerabilities, each at the lines that pin the package."""
    wanted, answer = _places(ended), ended.json()
    try:
        audited = {(canonicalize_name(e["name"]), e.get("version")) for e in answer["dependencies"]}
        skipped = [each for each in answer["dependencies"] if "skip_reason" in each]
        found = [f for each in answer["dependencies"] for f in _findings(ended, each, wanted)]
        notes = [str(answer["note"])]
    except (LookupError, TypeError) as exc:
        raise ReportError(f"its JSON has another shape ({exc!r})") from None
    if skipped:
        raise ReportError(f"it did not audit {skipped[0]['name']}: {skipped[0]['skip_reason']}")
    if missing := sorted(wanted.keys() - audited):
        raise ReportError(f"it left out {' '.join(missing[0])} and {len(missing) - 1} more")
    return Reading(findings=found, scanned=len(audited), notes=notes)


def _places(ended: Ended) -> Places:
    found = defaultdict(list)
    for path in ended.files:
        for line, name, version in pins((ended.root / path).read_text("utf-8")):
            found[name, version].append((path, line))
    return found


def _findings(ended: Ended, each: dict[str, Any], wanted: Places) -> Iterator[Finding]:
    """One finding a vulnerability and pin."""
    key = canonicalize_name(each["name"]), each.get("version", "")
    for bad in each.get("vulns", ()):
        fixes = ", ".join(bad["fix_versions"])
        for path, line in wanted.get(key, [("", 0)]):
            yield Finding(
                gate=ended.gate,
                rule=bad["id"],
                level=Level.ERROR,
                path=path,
                line=line,
                message=f"{key[0]} {key[1]} has a known vulnerability",
                fix=f"take {fixes}: make lock" if fixes else "no version mends it yet",
            )

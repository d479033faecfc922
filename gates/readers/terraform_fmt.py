"""The names that `terraform fmt -check` prints."""

from gates.finding import Finding, Level
from gates.readers.reading import Ended, Reading, ReportError


def read(ended: Ended) -> Reading:
    """Read one name a line; each must be one of the files it was given."""
    names = [ended.relative(line) for line in ended.out.splitlines()]
    if strange := [name for name in names if name not in ended.files]:
        raise ReportError(f"it printed something that is no file of ours: {strange[0]!r}")
    found = [
        Finding(
            gate=ended.gate,
            rule="unformatted",
            level=Level.ERROR,
            path=name,
            message="terraform fmt would write it differently",
            fix=f"terraform fmt {name}",
        )
        for name in names
    ]
    return Reading(findings=found, scanned=len(ended.files))

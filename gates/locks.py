"""What the locks pin."""

import re
from collections.abc import Iterator

PIN = re.compile(r"^([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)", re.MULTILINE)


def pins(text: str) -> Iterator[tuple[int, str, str]]:
    """List line, name and version of each pin of a lock, whatever Python or system it is for."""
    for match in PIN.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, _normalized(match[1]), match[2]


def _normalized(name: str) -> str:
    """Write a name as all of its spellings are compared.

    Source: https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", name).lower()

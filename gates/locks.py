"""What the locks pin."""

import re
from collections.abc import Iterator

PIN = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?==([^\s;\\]+)")
REST = re.compile(r"\s*(?:--hash=sha256:[0-9a-f]{64}\s*\\?)?\s*(?:#.*)?")
"""What else a lock holds. pip also installs what stands on an indented line, or has no version."""


def pins(text: str) -> Iterator[tuple[int, str, str]]:
    """List line, name and version of each pin of a lock, whatever Python or system it is for.

    Raises:
        ValueError: a line is neither a pin, nor its hashes, nor a comment.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if match := PIN.match(line):
            yield number, _normalized(match[1]), match[2]
        elif not REST.fullmatch(line):
            raise ValueError(f"line {number} of a lock pins no version; make lock writes it")


def _normalized(name: str) -> str:
    """Write a name as all of its spellings are compared.

    Source: https://packaging.python.org/en/latest/specifications/name-normalization/
    """
    return re.sub(r"[-_.]+", "-", name).lower()

"""What a `traceparent` says: read strictly, since anybody may send one."""

import re
from dataclasses import dataclass

_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_NONE = re.compile("0+")


@dataclass(frozen=True, slots=True)
class Remote:
    """A span of somebody else's, by name alone; that it exists is only said."""

    trace_id: str
    """32 hexadecimal digits, not all zero."""
    span_id: str
    """16 of them."""


def parse(raw_traceparent: str) -> Remote | None:
    """Read version 00, whole; anything else is no traceparent, those of later versions included.

    The flags are not kept: who believed "sampled" would let its sender decide what we pay for.
    Source: https://www.w3.org/TR/trace-context/#traceparent-header
    """
    match = _FORM.fullmatch(raw_traceparent)
    if match is None or any(_NONE.fullmatch(name) for name in match.groups()):
        return None
    return Remote(*match.groups())

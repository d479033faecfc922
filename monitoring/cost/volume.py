"""A month's load, as far as it is paid for."""

from dataclasses import dataclass
from decimal import Decimal

from monitoring.capacity import traffic
from monitoring.durations import MONTH_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Messages and reads of a month, and what they are like."""

    messages: int = round(traffic.BASE_MESSAGES_PER_S * MONTH_S)
    reads: int = round(traffic.BASE_READS_PER_S * MONTH_S)
    message_bytes: int = 1000
    """Payload and attributes; Pub/Sub charges no less for a request."""
    lookback_s: int = 3600
    """How long ago the `since` of a read is."""
    distinct: Decimal = Decimal(1)
    """The share of reads that BigQuery is asked for; the others came within `CACHE_TTL`."""
    response_bytes: int = 1000
    load_balancer: bool = False
    hsm: bool = False
    """Whether the keys are in hardware."""

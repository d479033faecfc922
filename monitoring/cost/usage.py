"""How much of each priced thing a month's load uses.

Sources: https://cloud.google.com/bigquery/pricing (sizes of values, what is charged at least),
https://cloud.google.com/pubsub/pricing and https://cloud.google.com/run/pricing (an instance is
paid for while a request is in flight, whatever number of them).
"""

import json
from decimal import Decimal
from functools import cache

from local.layout import ROOT
from monitoring.configured import Service
from monitoring.cost.log_lines import REQUEST_LOG_BYTES, audit_line_bytes, ingest_line_bytes
from monitoring.cost.volume import Volume
from monitoring.durations import MONTH_S
from monitoring.throughput import Throughput

LEAST_REQUEST_BYTES, LEAST_ROW_BYTES, LEAST_QUERY_BYTES = 1000, 1024, 10 << 20
"""What Pub/Sub, insertAll and a query are charged at least."""
ACTIVE_DAYS = 90
VALUE_BYTES = {"INTEGER": 8, "FLOAT": 8, "BOOLEAN": 1, "TIMESTAMP": 8, "STRING": 22, "JSON": 60}
"""Texts of 20 characters and attributes of 60 are an assumption."""
UNREAD_COLUMNS = {"ingest_time", "subscription_name"}
"""The API's query does not touch them."""
IMAGE_BYTES = 96_000_000
"""data-api's image as measured (README); releases are counted as if they shared no layer."""
UPTIME_CHECKS = 6 * MONTH_S // 300
"""From six regions, every five minutes."""
WORKER_VCPUS, WORKER_GIB = 2, Decimal("7.5")
"""One Dataflow worker, n1-standard-2: the size that Google advises for Streaming Engine."""

Usage = dict[str, Decimal]
"""Amounts by the name of their price."""


def together(*usages: Usage) -> Usage:
    """Add amounts up."""
    names = {name for usage in usages for name in usage}
    return {
        name: sum((usage.get(name, Decimal(0)) for usage in usages), Decimal(0)) for name in names
    }


def standing(volume: Volume, throughput: Throughput) -> Usage:
    """Say what is used by a pipeline that nobody uses, in its second year."""
    configured = throughput.configured
    versions = 1 + 365 // configured.key_rotation_days
    encryption = Decimal(configured.encryption_keys * versions)
    usage = {
        "kms_hsm" if volume.hsm else "kms_software": encryption,
        "uptime_checks": Decimal(UPTIME_CHECKS),
        "registry": Decimal(2 * configured.kept_images * IMAGE_BYTES),
    }
    attestation = "kms_hsm_asymmetric" if volume.hsm else "kms_software"
    usage = together(usage, {attestation: Decimal(1)})
    if volume.load_balancer:
        edge = {"armor_policies": 1, "armor_rules": configured.edge_rules}
        usage |= {name: Decimal(count) for name, count in edge.items()}
        usage["load_balancer_rules"] = Decimal(MONTH_S)
    return usage


def publishing(volume: Volume, throughput: Throughput) -> Usage:
    """Say what messages use, however they come into the table."""
    days = throughput.configured.row_days
    daily = Decimal(volume.messages * sum(columns_bytes().values())) / 30
    return {
        "pubsub_delivery": _pushed_bytes(volume),
        "pubsub_retention": Decimal(volume.messages * volume.message_bytes)
        * throughput.configured.message_days
        / 30,
        "bigquery_active": daily * min(days, ACTIVE_DAYS),
        "bigquery_long_term": daily * max(days - ACTIVE_DAYS, 0),
    }


def function(volume: Volume, throughput: Throughput) -> Usage:
    """Say what the messages use on their way through the function."""
    service = throughput.configured.function
    line_bytes = ingest_line_bytes() + REQUEST_LOG_BYTES
    return {
        "pubsub_delivery": _pushed_bytes(volume),
        "bigquery_inserts": Decimal(volume.messages * max(LEAST_ROW_BYTES, volume.message_bytes)),
        "logs": Decimal(volume.messages * line_bytes),
        **_run(service, volume.messages, throughput.push_s),
    }


def subscription(volume: Volume) -> Usage:
    """Say what they use where Pub/Sub itself writes the table (`ingest_mode`)."""
    return {"pubsub_to_bigquery": _pushed_bytes(volume)}


def dataflow(volume: Volume) -> Usage:
    """Say what they use on their way through one Dataflow worker, which always runs."""
    size = Decimal(volume.messages * volume.message_bytes)
    return {
        "pubsub_delivery": size,
        "dataflow_cpu": Decimal(WORKER_VCPUS * MONTH_S),
        "dataflow_memory": WORKER_GIB * MONTH_S,
        "dataflow_data": size,
        "bigquery_write_api": size,
    }


def reading(volume: Volume, throughput: Throughput) -> Usage:
    """Say what the reads use."""
    line_bytes = audit_line_bytes() + REQUEST_LOG_BYTES * (1 + volume.load_balancer)
    size = Decimal(volume.reads * volume.response_bytes)
    usage = {
        "bigquery_queries": min(
            volume.reads * volume.distinct * scanned_bytes(volume, throughput),
            most_scanned_bytes(throughput),
        ),
        "logs": Decimal(volume.reads * line_bytes),
        "internet": size,
        **_run(throughput.configured.api, volume.reads, throughput.read_s),
    }
    if volume.load_balancer:
        usage |= {"armor_requests": Decimal(volume.reads), "load_balancer_data": size}
    return usage


def most_scanned_bytes(throughput: Throughput) -> Decimal:
    """Say how much a month's queries read at most: past its daily quota, BigQuery refuses them."""
    return Decimal(throughput.quotas.value("bigquery_scanned")) * MONTH_S / 86400


def scanned_bytes(volume: Volume, throughput: Throughput) -> Decimal:
    """Say what a read is charged for: its own time, and before it the window for repetitions.

    A read that would cost more than `max_bytes_billed` is refused and costs nothing; it is counted
    at that price, since whoever makes it will ask for less.
    """
    configured = throughput.configured
    asked = asked_bytes(volume, volume.lookback_s + int(configured.dedup_window_s))
    return min(max(asked, Decimal(LEAST_QUERY_BYTES)), Decimal(configured.max_bytes_billed))


def asked_bytes(volume: Volume, length_s: int) -> Decimal:
    """Say how much of the table a scan of so many seconds reads."""
    row = sum(size for name, size in columns_bytes().items() if name not in UNREAD_COLUMNS)
    return Decimal(volume.messages * row * length_s) / MONTH_S


@cache
def columns_bytes() -> dict[str, int]:
    """Give the size of each column of a row."""
    columns = json.loads((ROOT / "schema" / "example_table.json").read_text("utf-8"))
    return {column["name"]: VALUE_BYTES[column["type"]] for column in columns}


def instances(service: Service, vcpu_s: Decimal, requests: int) -> Usage:
    """Say what so many seconds of an instance use."""
    return {
        "run_cpu": vcpu_s * service.vcpus,
        "run_memory": vcpu_s * Decimal(service.memory_gib),
        "run_requests": Decimal(requests),
    }


def _run(service: Service, requests: int, call_s: float) -> Usage:
    """Say how long instances have a request in flight, where requests come at random.

    So many requests are in flight on average; one instance has any of them for 1 - exp(-n) of the
    time, and several instances share what one has no threads for.
    """
    in_flight = Decimal(requests) / MONTH_S * Decimal(str(call_s))
    busy = max(1 - (-in_flight).exp(), in_flight / service.threads)
    return instances(service, busy * MONTH_S, requests)


def _pushed_bytes(volume: Volume) -> Decimal:
    """Give what Pub/Sub charges for, each message in a request of its own."""
    return Decimal(volume.messages * max(LEAST_REQUEST_BYTES, volume.message_bytes))

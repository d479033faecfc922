"""What is used follows from the contract, the settings and the code that runs."""

import dataclasses
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app import query
from function.envelope import Message
from function.ingest import Ingest
from function.outcomes import Committed
from monitoring.cost import log_lines, usage
from monitoring.cost.volume import Volume
from monitoring.durations import MONTH_S
from monitoring.throughput import Throughput
from servicekit import contract
from servicekit.logs import Log

THROUGHPUT = Throughput()


def test_the_line_of_a_message_is_the_one_that_the_function_writes():
    stream = io.StringIO()
    parts = dict.fromkeys(("settings", "contract", "verifier", "records", "poison", "readiness"))
    function = Ingest(**parts, log=Log(log_lines.PROJECT, stream))
    message = Message("s", "1" * 17, datetime.now(UTC), {}, "")
    function._conclude(Committed(), message)
    line = stream.getvalue()
    assert json.loads(line)["event"] == "ingest.committed"
    # The age is printed with as many digits as it has.
    assert abs(len(line) - log_lines.ingest_line_bytes()) <= 10


def test_the_line_of_a_read_is_measured():
    assert 300 < log_lines.audit_line_bytes() < 1000


def test_the_columns_that_the_query_reads_are_paid_for_and_no_others():
    text = query.write("p.d.t", contract.load())
    for name in usage.columns_bytes():
        assert (name in text) is (name not in usage.UNREAD_COLUMNS), name


@pytest.mark.parametrize(
    ("messages", "lookback_s", "scanned"),
    [
        (0, 3600, 10 << 20),
        (10 * MONTH_S, 0, 10 * 120 * 86400),
        (10 * MONTH_S, 3600, 10 * 120 * 90000),
        (10_000 * MONTH_S, 3600, 1 << 30),
    ],
)
def test_a_read_is_charged_for_its_time_and_the_window_before(messages, lookback_s, scanned):
    load = Volume(messages=messages, lookback_s=lookback_s)
    assert usage.scanned_bytes(load, THROUGHPUT) == scanned


def test_shared_reads_ask_bigquery_once():
    half = usage.reading(Volume(distinct=Decimal("0.5")), THROUGHPUT)
    whole = usage.reading(Volume(), THROUGHPUT)
    assert half["bigquery_queries"] * 2 == whole["bigquery_queries"]
    assert half["run_requests"] == whole["run_requests"]


def test_at_its_ceiling_the_function_runs_on_all_instances_all_the_time():
    load = Volume(messages=int(THROUGHPUT.messages_per_s * MONTH_S))
    service = THROUGHPUT.configured.function
    used = usage.function(load, THROUGHPUT)
    assert used["run_cpu"] == pytest.approx(service.max_instances * service.vcpus * MONTH_S)


def test_a_rare_message_is_paid_for_as_long_as_it_takes():
    used = usage.function(Volume(messages=1000), THROUGHPUT)
    assert float(used["run_cpu"]) == pytest.approx(1000 * THROUGHPUT.push_s, rel=0.001)


def test_keys_are_counted_with_the_versions_of_a_year():
    soft, hard = (usage.standing(Volume(hsm=hsm), THROUGHPUT) for hsm in (False, True))
    keys = THROUGHPUT.configured.encryption_keys
    assert soft["kms_software"] == keys * 5 + 1
    assert (hard["kms_hsm"], hard["kms_hsm_asymmetric"]) == (keys * 5, 1)


def test_only_with_the_load_balancer_is_it_paid_for():
    names = {"armor_policies", "armor_rules", "load_balancer_rules"}
    assert not names & usage.standing(Volume(), THROUGHPUT).keys()
    assert names <= usage.standing(Volume(load_balancer=True), THROUGHPUT).keys()


def test_rows_are_kept_as_long_as_terraform_says():
    configured = dataclasses.replace(THROUGHPUT.configured, row_days=60)
    short = dataclasses.replace(THROUGHPUT, configured=configured)
    assert usage.publishing(Volume(), short)["bigquery_long_term"] == 0
    row = sum(usage.columns_bytes().values())
    assert usage.publishing(Volume(), short)["bigquery_active"] == Volume().messages * row * 2

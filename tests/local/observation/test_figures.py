"""Entries become Google's metrics, under the names by which rules.yaml asks for them."""

import promql_parser
import pytest

from local.observation.figures import Figures, gauges, selector
from local.observation.probes import FORGED, HEALTH
from monitoring import catalogue, rules
from tests.local.observation.lines import reported, requested

RUN = {"monitored_resource": "cloud_run_revision"}
API, FUNCTION = {**RUN, "service_name": "data-api"}, {**RUN, "service_name": "pubsub-to-bigquery"}
PUSHED = {
    "monitored_resource": "pubsub_subscription",
    "subscription_id": "data-ingest-subscription",
}
ELSEWHERE = {
    "logging_googleapis_com:user_api_overloaded",
    "logging_googleapis_com:user_binary_authorization_breakglass",
    "logging_googleapis_com:user_binary_authorization_policy_changed",
    "logging_googleapis_com:user_federation_changed",
    "logging_googleapis_com:user_service_account_key_created",
    "logging_googleapis_com:user_alerting_changed",
    "logging_googleapis_com:user_log_metric_changed",
    "logging_googleapis_com:user_log_sink_changed",
    "logging_googleapis_com:user_log_exclusion_changed",
}
"""What no local part writes: full instances, and Google's audit logs."""


def counted(*entries, pace=1.0):
    figures = Figures(catalogue.read().logs, pace)
    for entry in entries:
        figures.take(entry)
    return figures.counters()


def committed(age):
    return reported("ingest.committed", status=204, message_id="1", e2e_seconds=age)


def test_a_request_counts_by_service_and_class_and_in_its_bucket():
    found = counted(requested("data-api", 200, 0.3), requested("data-api", 503, 0.004))
    for group in ("2xx", "5xx"):
        assert (
            found[selector("run_googleapis_com:request_count", **API, response_code_class=group)]
            == 1
        )
    labels = {**API, "response_code_class": "2xx"}
    name = "run_googleapis_com:request_latencies"
    assert found[selector(f"{name}_sum", **labels)] == pytest.approx(300)
    assert selector(f"{name}_bucket", **labels, le="300") not in found
    assert found[selector(f"{name}_bucket", **labels, le="500")] == 1
    assert found[selector(f"{name}_bucket", **labels, le="+Inf")] == 1


def test_what_the_platform_refused_is_no_request_of_the_service_and_yet_counted():
    found = counted(requested("data-api", 401, admitted=False))
    assert found == {selector("logging_googleapis_com:user_authentication_failures", **API): 1}


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (204, "ack"),
        (200, "ack"),
        (401, "remote_server_4xx"),
        (403, "remote_server_4xx"),
        (503, "remote_server_5xx"),
    ],
)
def test_a_push_counts_by_its_answer_even_if_the_platform_gave_it(status, answer):
    found = counted(requested("pubsub-to-bigquery", status, method="POST", admitted=status != 401))
    name = "pubsub_googleapis_com:subscription_push_request_count"
    assert found[selector(name, **PUSHED, response_class=answer)] == 1


@pytest.mark.parametrize(
    ("age", "pace", "late"),
    [(59.9, 1, 0), (60.0, 1, 1), (2.9, 20, 0), (3.1, 20, 1)],
)
def test_a_message_is_late_from_a_minute_on_as_time_passes_there(age, pace, late):
    found = counted(committed(age), pace=pace)
    assert found[selector("logging_googleapis_com:user_ingest_committed", **FUNCTION)] == 1
    assert found.get(selector("logging_googleapis_com:user_ingest_late", **FUNCTION), 0) == late
    name = "logging_googleapis_com:user_ingest_e2e_seconds"
    assert found[selector(f"{name}_sum", **FUNCTION)] == pytest.approx(age * pace)
    assert found[selector(f"{name}_bucket", **FUNCTION, le="+Inf")] == 1


def test_every_series_that_a_rule_asks_for_is_made_here_or_known_to_come_from_elsewhere():
    found = counted(
        requested("data-api", 200),
        requested("data-api", 403, admitted=False),
        requested("pubsub-to-bigquery", 204, method="POST"),
        committed(70),
        reported("ingest.quarantined", "WARNING", status=204, message_id="2", e2e_seconds=0.1),
        reported("push.forbidden", "WARNING", status=403, reason="identity", caller="x"),
    )
    made = {name.partition("{")[0] for name in (*found, *dict(gauges((1, 1.0), 1, 1.0)))}
    made |= {
        "monitoring_googleapis_com:uptime_check_check_passed",
        "pubsub_googleapis_com:subscription_dead_letter_message_count",
    }
    assert asked() - made == ELSEWHERE
    expressions = " ".join(rule.expr for rule in rules.read().rules)
    assert f'check_id="{HEALTH}"' in expressions
    assert f'check_id="{FORGED}"' in expressions


def asked():
    """Read the names of all metrics out of the rules."""
    names = set()

    def visit(node):
        if isinstance(node, promql_parser.VectorSelector):
            names.add(node.name)
        for part in ("expr", "lhs", "rhs", "vector_selector", "args"):
            child = getattr(node, part, None)
            for each in child if isinstance(child, list) else [child]:
                if each is not None and not isinstance(each, str):
                    visit(each)

    for rule in rules.read().rules:
        visit(promql_parser.parse(rule.expr))
    return names


def test_a_hostile_line_forges_no_series():
    hostile = 'x"} 1\n{evil="'
    found = counted(
        reported("push.forbidden", "WARNING", status=403, reason=hostile, caller=hostile)
    )
    assert found == {selector("logging_googleapis_com:user_refused_behind_iam", **FUNCTION): 1}

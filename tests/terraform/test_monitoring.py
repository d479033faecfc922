"""What is told to whom: planned alerts, metrics, checks and charts are what monitoring/ says."""

import json
import re
from typing import Literal

import promql_parser as promql
import pytest
import yaml

from app.server import create_app
from app.settings import Settings
from local.layout import ROOT
from monitoring import catalogue, firing, lint, objectives, promtool, rules
from monitoring.cases import all_cases
from monitoring.durations import seconds
from servicekit.identity import TokenVerifier
from tests.app.doubles import MemoryStore

API = "module.api[0].google_cloud_run_v2_service.this"
PROBE = "service-123456789012@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
DASHBOARDS = yaml.safe_load((ROOT / "monitoring" / "dashboards.yaml").read_text("utf-8"))
ALERTS = [rule.alert for rule in rules.read().rules]


class ChartMetric(catalogue.GoogleMetric):
    """One that is drawn and calls nobody."""

    value: Literal["INT64", "DISTRIBUTION", "BOOL", "DOUBLE"]


@pytest.fixture(scope="session")
def planned(planned_runs):
    """Look up resources of terraform/monitoring by type: `{index: values}`."""
    found = {}
    for resource in planned_runs["terraform/monitoring", "ordinary"]:
        found.setdefault(resource.type, {})[resource.index] = resource.values
    return found.__getitem__


def condition(policy):
    (one,) = policy["conditions"]
    (query,) = one["condition_prometheus_query_language"]
    return query


@pytest.fixture(scope="session")
def taken_back(planned):
    """Turn the planned policies into a rule file again, as Prometheus reads it."""
    groups = {}
    for policy in planned("google_monitoring_alert_policy").values():
        query, (told,) = condition(policy), policy["documentation"]
        group = groups.setdefault(
            query["rule_group"],
            {"name": query["rule_group"], "interval": query["evaluation_interval"], "rules": []},
        )
        assert group["interval"] == query["evaluation_interval"]
        group["rules"].append(
            {
                "alert": query["alert_rule"],
                "expr": query["query"],
                "for": query["duration"] or "0s",
                "labels": query["labels"],
                "annotations": {
                    "summary": told["subject"],
                    "runbook": told["content"].partition("\n")[0],
                },
            }
        )
    return rules.parse(yaml.safe_dump({"groups": list(groups.values())}))


def test_the_policies_are_the_rules(taken_back):
    """Nothing is lost, added or changed on the way, but for white space and units."""
    written, sent = (
        {
            (group.name, group.interval, rule.alert): (
                promql.parse(rule.expr).prettify(),
                seconds(rule.for_),
                rule.labels,
                rule.annotations,
            )
            for group in file.groups
            for rule in group.rules
        }
        for file in (rules.read(), taken_back)
    )
    assert sent == written


@pytest.mark.parametrize("alert", ALERTS)
def test_promtool_says_the_same_of_what_is_sent(taken_back, alert):
    """On all cases of the rule as it was written, with its labels and texts."""
    if promtool.find() is None:
        pytest.skip(promtool.MISSING)
    (written,) = [rule for rule in rules.read().rules if rule.alert == alert]
    (sent,) = [rule for rule in taken_back.rules if rule.alert == alert]
    cases = all_cases.by_alert()[alert]
    assert firing.notice([sent], cases, written) == [False]


def test_a_query_is_one_line_and_nothing_in_it_is_unknown(planned):
    """A name that the deployment gives, such as a check's id, would be in its place by then."""
    for policy in planned("google_monitoring_alert_policy").values():
        query = condition(policy)["query"]
        assert "\n" not in query
        assert '""' not in query, query
        # In a new project no metric was written yet.
        assert condition(policy)["disable_metric_validation"] is True


def test_what_looks_back_furthest_has_no_duration(planned):
    policies = planned("google_monitoring_alert_policy")
    without = {name for name, policy in policies.items() if condition(policy)["duration"] is None}
    assert without == {name for name in ALERTS if name.endswith("Burn3d")}


def test_whoever_is_called_has_the_runbook_at_hand(planned):
    for name, policy in planned("google_monitoring_alert_policy").items():
        (told,) = policy["documentation"]
        path, _, text = told["content"].partition("\n\n")
        assert text == (ROOT / path).read_text("utf-8"), name
        assert policy["enabled"] is True
        assert policy["notification_channels"], name


def test_the_log_metrics_are_those_of_the_catalogue(planned):
    told = {metric.id: metric for metric in catalogue.read().logs}
    metrics = planned("google_logging_metric")
    assert metrics.keys() == told.keys()
    for name, metric in metrics.items():
        (descriptor,) = metric["metric_descriptor"]
        bounds = [each["explicit_buckets"][0]["bounds"] for each in metric["bucket_options"]]
        assert metric["filter"] == told[name].filter
        assert metric["value_extractor"] == told[name].value_extractor
        assert bounds == ([told[name].bounds] if told[name].bounds else [])
        assert (descriptor["metric_kind"], descriptor["value_type"], descriptor["unit"]) == (
            told[name].kind,
            told[name].value,
            told[name].unit,
        )


WRITTEN_ALWAYS = {"activity", "system_event", "policy"}
"""Audit logs that nobody can turn off. Source: https://cloud.google.com/logging/docs/audit"""


def unseen(filters, configs, enabled):
    """Name what a filter waits for and no audit log would hold."""
    for name, text in filters.items():
        logs = set(re.findall(r'log_id\("cloudaudit\.googleapis\.com/(\w+)"\)', text))
        services = re.findall(r'protoPayload\.serviceName="([^"]+)"', text)
        yield from (f"{name}: {each} is off" for each in services if each not in enabled)
        if logs - WRITTEN_ALWAYS:
            yield from (
                f"{name}: reads of {each} are not logged"
                for each in services or ["no service in particular"]
                if not {"DATA_READ", "DATA_WRITE"} <= configs.get(each, set())
            )


@pytest.fixture(scope="session")
def audited(planned_runs):
    """What bootstrap logs, `{service: log types}`, and the APIs that it turns on."""
    resources = planned_runs["terraform/bootstrap", "ordinary"]
    return {
        resource.index: {log["log_type"] for log in resource.values["audit_log_config"]}
        for resource in resources
        if resource.type == "google_project_iam_audit_config"
    }, {resource.index for resource in resources if resource.type == "google_project_service"}


def test_what_the_audit_metrics_count_is_logged(planned, audited):
    filters = {
        name: metric["filter"]
        for name, metric in planned("google_logging_metric").items()
        if "cloudaudit" in metric["filter"]
    }
    assert len(filters) >= 8
    assert list(unseen(filters, *audited)) == []


@pytest.mark.parametrize(
    ("log", "service", "said"),
    [
        ("data_access", "secretmanager.googleapis.com", "is off"),
        ("data_access", "run.googleapis.com", "not logged"),
        ("activity", "secretmanager.googleapis.com", "is off"),
    ],
)
def test_a_metric_of_what_is_not_logged_is_found(audited, log, service, said):
    text = f'log_id("cloudaudit.googleapis.com/{log}") AND protoPayload.serviceName="{service}"'
    assert any(said in each for each in unseen({"metric": text}, *audited))


def test_each_promise_is_an_objective_for_the_month(planned):
    told = {each.name: each for each in objectives.read().objectives}
    slos = planned("google_monitoring_slo")
    assert slos.keys() == told.keys()
    for name, slo in slos.items():
        assert slo["goal"] == float(told[name].goal), name
        assert (slo["calendar_period"], slo["rolling_period_days"]) == ("MONTH", None)
        assert slo["service"] == "pipeline"


def test_an_objective_is_made_of_metrics_that_are_there(planned):
    known = {metric.name: metric for metric in catalogue.read().by_series.values()}
    for name, slo in planned("google_monitoring_slo").items():
        used = re.findall(r'metric\.type=\\"([^"\\]+)\\" resource\.type=\\"(\w+)', json.dumps(slo))
        assert used, name
        for metric, resource in used:
            assert known[metric].resource == resource


def test_late_begins_for_the_objective_where_it_begins_for_the_alert(planned):
    """At a bound of the distribution, or Cloud Monitoring would guess within a bucket."""
    (indicator,) = planned("google_monitoring_slo")["ingest_freshness"]["request_based_sli"]
    (cut,) = indicator["distribution_cut"]
    told = {metric.id: metric for metric in catalogue.read().logs}
    late_after_s = objectives.read().late_after_s
    assert cut["range"] == [{"min": 0, "max": late_after_s}]
    assert late_after_s in told["ingest_e2e_seconds"].bounds


def tiles(planned):
    """List each tile's lines, `(dashboard, alert or name, query)`, and its limits."""
    for name, board in planned("google_monitoring_dashboard").items():
        for tile in json.loads(board["dashboard_json"])["mosaicLayout"]["tiles"]:
            chart = tile["widget"]["xyChart"]
            limits = {threshold["value"] for threshold in chart.get("thresholds", [])}
            for line in chart["dataSets"]:
                query = line["timeSeriesQuery"]["prometheusQuery"]
                yield name, line["legendTemplate"], query, limits


def parts(node):
    """List an expression and everything that it is made of, as text."""
    yield node.prettify()
    for child in lint._children(node):
        yield from parts(child)


@pytest.mark.parametrize("alert", ALERTS)
def test_what_calls_somebody_can_be_seen(planned, alert):
    """On a dashboard: the very expression that the alert compares, and the limit."""
    (rule,) = [each for each in rules.read().rules if each.alert == alert]
    drawn = [(query, limits) for _, name, query, limits in tiles(planned) if name == alert]
    assert drawn, "no tile of monitoring/dashboards.yaml draws it"
    tree = promql.parse(rule.expr)
    for query, limits in drawn:
        signal = promql.parse(query)
        assert signal.prettify() in set(parts(tree))
        limit = limits_of(tree).get(signal.prettify())
        # Without a comparison the whole is drawn, and a line at zero would show nothing.
        whole = signal.prettify() == tree.prettify()
        assert (limit is None) == whole
        assert whole or limit == 0 or limit in limits


def limits_of(node):
    """Find what is compared with which number, `{expression: number}`."""
    found = {}
    if isinstance(node, promql.BinaryExpr) and isinstance(node.rhs, promql.NumberLiteral):
        found[node.lhs.prettify()] = node.rhs.val
    for child in lint._children(node):
        found = limits_of(child) | found
    return found


def test_every_chart_reads_known_metrics_by_known_labels(planned):
    """By the same rules as an alert, but for the function that a histogram needs."""
    told = catalogue.read()
    drawn = [ChartMetric.model_validate(metric) for metric in DASHBOARDS["metrics"]]
    known = told.model_copy(update={"google": [*told.google, *drawn]})
    charts = {
        f"chart_{index}": query
        for index, (_, name, query, _) in enumerate(tiles(planned))
        if name not in ALERTS
    }
    labels, annotations = {"severity": "ticket"}, {"summary": "", "runbook": "docs/runbooks/x.md"}
    common = {"for": "0s", "labels": labels, "annotations": annotations}
    file = rules.RuleFile(
        groups=[
            {
                "name": "charts",
                "interval": "60s",
                "rules": [{"alert": name, "expr": text, **common} for name, text in charts.items()],
            }
        ]
    )
    found = [each for each in lint.complaints(file, known) if "histogram_quantile()" not in each]
    assert len(charts) >= 10
    assert found == []


def test_tiles_cover_no_other(planned):
    """Cloud Monitoring leaves out what is zero, and so does the plan, or it would never be done."""
    for board in planned("google_monitoring_dashboard").values():
        layout = json.loads(board["dashboard_json"])["mosaicLayout"]
        taken = set()
        for tile in layout["tiles"]:
            place = tile.get("xPos", 0), tile.get("yPos", 0)
            assert place[0] + tile["width"] <= layout["columns"]
            assert place not in taken
            taken.add(place)


@pytest.fixture
def behind_nobody(find, signing_keys):
    """The API with its planned environment, and no platform in front of it."""
    (template,) = find(API)["template"]
    env = {each["name"]: each["value"] for each in template["containers"][0]["env"]}
    settings = Settings.from_env(env | {"K_SERVICE": "data-api"})
    verifier = TokenVerifier(settings.identity, signing_keys)
    return create_app(settings, MemoryStore(), verifier).test_client()


@pytest.fixture(scope="session")
def checks(planned):
    """The uptime checks' requests, `{name: http_check}`."""
    found = planned("google_monitoring_uptime_check_config")
    return {name: (check["http_check"][0], check) for name, check in found.items()}


def statuses(http):
    return {each["status_value"] for each in http["accepted_response_status_codes"]}


def test_the_forged_token_gets_in_where_the_platform_is_missing(behind_nobody, checks):
    """Else the check would go on passing after somebody made the API public."""
    http, _ = checks["api-forged-token"]
    answer = behind_nobody.get(http["path"], headers=http["headers"])
    assert answer.status_code == 200
    assert answer.status_code not in statuses(http)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer x.y.z"}], ids=["none", "wrong"])
def test_a_refusal_of_the_service_does_not_pass_for_the_platforms(behind_nobody, checks, headers):
    http, check = checks["api-forged-token"]
    answer = behind_nobody.get(http["path"], headers=headers)
    (matcher,) = check["content_matchers"]
    assert answer.status_code in statuses(http)
    assert matcher["matcher"] == "NOT_CONTAINS_STRING"
    assert matcher["content"] in answer.text


def test_the_check_of_health_is_answered_and_reads_nothing(behind_nobody, checks, find, issuer):
    """As the platform hands its token on: past IAM, with the signature taken away."""
    http, _ = checks["api-health"]
    token = issuer.mint(PROBE, find(API)["custom_audiences"][0]).rpartition(".")[0]
    headers = {"Authorization": f"Bearer {token}.SIGNATURE_REMOVED_BY_GOOGLE"}
    assert behind_nobody.get(http["path"], headers=headers).status_code in statuses(http)
    assert behind_nobody.get("/data", headers=headers).status_code == 403


@pytest.mark.parametrize("run", ["serving", "behind_the_perimeter"])
def test_the_platform_knows_the_address_that_the_checks_token_is_for(planned_runs, run):
    """Its own address it knows without being told; a load balancer's it does not."""
    found = {each.address: each.values for each in planned_runs["terraform", run]}
    service, balanced = found[API], "google_compute_global_address.api[0]" in found
    (template,) = service["template"]
    (audiences,) = [
        each["value"] for each in template["containers"][0]["env"] if each["name"] == "AUDIENCES"
    ]
    wanted = ["https://api.example.com"] if balanced else []
    assert balanced == (run == "behind_the_perimeter")
    assert service["custom_audiences"] == [audiences, *wanted]
    assert "example.com" not in audiences


def test_the_check_may_call_the_api_and_nothing_else(serving):
    granted = {
        (each.address, each.values["role"])
        for each in serving
        if f"serviceAccount:{PROBE}" in each.values.get("members", [])
    }
    address = "google_cloud_run_v2_service_iam_binding.api_callers[0]"
    assert granted == {(address, "roles/run.servicesInvoker")}

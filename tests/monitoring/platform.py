"""Log entries as Google's documentation shows them, since nothing here can write real ones.

Sources, below https://cloud.google.com/: run/docs/logging, run/docs/troubleshooting,
iam/docs/audit-logging/examples-service-accounts, logging/docs/audit/understanding-audit-logs,
binary-authorization/docs/run/viewing-audit-logs-cloud-run, monitoring/audit-logging and
logging/docs/audit-logging
"""

PROJECT = "projects/test-project"


def request(status=200, latency="0.120s", path="/data?limit=5", service="data-api", **more):
    """Make an entry of Cloud Run's request log."""
    return {
        "logName": f"{PROJECT}/logs/run.googleapis.com%2Frequests",
        "resource": {
            "type": "cloud_run_revision",
            "labels": {"service_name": service, "revision_name": f"{service}-00001"},
        },
        "severity": "INFO",
        "httpRequest": {
            "requestMethod": "GET",
            "requestUrl": f"https://{service}-abc123-ew.a.run.app{path}",
            "status": status,
            "latency": latency,
            "userAgent": "curl/8.0",
        },
        **more,
    }


def audit(service, method, *, type_="audited_resource", log="activity", **payload):
    """Make an entry of Cloud Audit Logs."""
    return {
        "logName": f"{PROJECT}/logs/cloudaudit.googleapis.com%2F{log}",
        "resource": {"type": type_, "labels": {"project_id": "test-project"}},
        "severity": "NOTICE",
        "protoPayload": {
            "@type": "type.googleapis.com/google.cloud.audit.AuditLog",
            "authenticationInfo": {"principalEmail": "somebody@example.com"},
            "serviceName": service,
            "methodName": method,
            **payload,
        },
    }


BINAUTHZ = "google.cloud.binaryauthorization.v1.BinauthzManagementServiceV1"
POOLS = "google.iam.v1.WorkloadIdentityPools"
KEYS = "google.iam.admin.v1"
MONITORING, LOGGING = "google.monitoring.v3", "google.logging.v2"


def watched(method, **more):
    """Make the entry of a call to Cloud Monitoring."""
    return audit("monitoring.googleapis.com", f"{MONITORING}.{method}", **more)


def routed(method, type_, **more):
    """Make the entry of a call to Cloud Logging."""
    return audit("logging.googleapis.com", f"{LOGGING}.{method}", type_=type_, **more)


def breakglass(log, **payload):
    """Make the entry of a revision that was deployed with breakglass."""
    return audit("run.googleapis.com", "/Services.ReplaceService", log=log, **payload) | {
        "resource": {"type": "cloud_run_revision", "labels": {"service_name": "data-api"}}
    }


API = {"api_requests", "api_fast"}
ENTRIES = {
    "data, quickly": (request(), API),
    "data without a query": (request(path="/data"), API),
    "unchanged data": (request(status=304), API),
    "data in 299 ms": (request(latency="0.299999s"), API),
    "data in 300 ms": (request(latency="0.3s"), {"api_requests"}),
    "data in 12 s": (request(latency="12s"), {"api_requests"}),
    "a wrong parameter": (request(status=400), set()),
    "a failure": (request(status=503), set()),
    "a probe": (request(path="/health/ready"), set()),
    "another path that begins so": (request(path="/database"), set()),
    "data as a parameter": (request(path="/openapi.json?/data"), set()),
    "a push": (request(path="/", service="pubsub-to-bigquery"), set()),
    "nobody": (request(status=401), {"authentication_failures"}),
    "somebody else": (request(status=403), {"authentication_failures"}),
    "somebody else's push": (
        request(status=403, path="/", service="pubsub-to-bigquery"),
        {"authentication_failures"},
    ),
    "no free instance": (
        request(
            status=429,
            textPayload="The request was aborted because there was no available instance.",
        ),
        {"api_overloaded"},
    ),
    "the service's own 429": (request(status=429), set()),
    "no free instance of the function": (
        request(
            status=429,
            service="pubsub-to-bigquery",
            textPayload="The request was aborted because there was no available instance.",
        ),
        set(),
    ),
    "breakglass, as the platform logs it": (
        breakglass("system_event", status={"message": "Breakglass was used: hotfix"}),
        {"binary_authorization_breakglass"},
    ),
    "breakglass, as the deployer's request": (
        breakglass(
            "activity",
            request={"service": {"metadata": {"annotations": {"x": "Breakglass: hotfix"}}}},
        ),
        {"binary_authorization_breakglass"},
    ),
    "a deployment": (breakglass("activity"), set()),
    "an image refused": (
        breakglass("system_event", status={"message": "Container image is not authorized"}),
        set(),
    ),
    "the policy updated": (
        audit("binaryauthorization.googleapis.com", f"{BINAUTHZ}.UpdatePolicy"),
        {"binary_authorization_policy_changed"},
    ),
    "an attestor deleted": (
        audit("binaryauthorization.googleapis.com", f"{BINAUTHZ}.DeleteAttestor"),
        {"binary_authorization_policy_changed"},
    ),
    "an attestor's IAM policy": (
        audit("binaryauthorization.googleapis.com", "google.iam.v1.IAMPolicy.SetIamPolicy"),
        {"binary_authorization_policy_changed"},
    ),
    "the policy read": (
        audit("binaryauthorization.googleapis.com", f"{BINAUTHZ}.GetPolicy", log="data_access"),
        set(),
    ),
    "an attestation checked": (
        audit(
            "binaryauthorization.googleapis.com",
            "google.cloud.binaryauthorization.v1.ValidationHelperV1.ValidateAttestationOccurrence",
            log="data_access",
        ),
        set(),
    ),
    "a provider updated": (
        audit("iam.googleapis.com", f"{POOLS}.UpdateWorkloadIdentityPoolProvider"),
        {"federation_changed"},
    ),
    "a provider made": (
        audit("iam.googleapis.com", f"{POOLS}.CreateWorkloadIdentityPoolProvider"),
        {"federation_changed"},
    ),
    "a pool brought back": (
        audit("iam.googleapis.com", f"{POOLS}.UndeleteWorkloadIdentityPool"),
        {"federation_changed"},
    ),
    "a pool read": (
        audit("iam.googleapis.com", f"{POOLS}.GetWorkloadIdentityPool", log="data_access"),
        set(),
    ),
    "a key made": (
        audit("iam.googleapis.com", f"{KEYS}.CreateServiceAccountKey", type_="service_account"),
        {"service_account_key_created"},
    ),
    "a key uploaded": (
        audit("iam.googleapis.com", f"{KEYS}.UploadServiceAccountKey", type_="service_account"),
        {"service_account_key_created"},
    ),
    "a key that was refused": (
        audit(
            "iam.googleapis.com",
            f"{KEYS}.CreateServiceAccountKey",
            type_="service_account",
            status={"code": 7, "message": "denied"},
        ),
        {"service_account_key_created"},
    ),
    "a key deleted": (
        audit("iam.googleapis.com", f"{KEYS}.DeleteServiceAccountKey", type_="service_account"),
        set(),
    ),
    "a service account made": (
        audit("iam.googleapis.com", f"{KEYS}.CreateServiceAccount", type_="service_account"),
        set(),
    ),
    "an alert deleted": (watched("AlertPolicyService.DeleteAlertPolicy"), {"alerting_changed"}),
    "an alert changed": (watched("AlertPolicyService.UpdateAlertPolicy"), {"alerting_changed"}),
    "an alert that nobody was let delete": (
        watched("AlertPolicyService.DeleteAlertPolicy", status={"code": 7}),
        {"alerting_changed"},
    ),
    "a channel deleted": (
        watched("NotificationChannelService.DeleteNotificationChannel"),
        {"alerting_changed"},
    ),
    "a channel changed": (
        watched("NotificationChannelService.UpdateNotificationChannel"),
        {"alerting_changed"},
    ),
    "an uptime check deleted": (
        watched("UptimeCheckService.DeleteUptimeCheckConfig"),
        {"alerting_changed"},
    ),
    "an uptime check changed": (
        watched("UptimeCheckService.UpdateUptimeCheckConfig"),
        {"alerting_changed"},
    ),
    "alerts snoozed": (watched("SnoozeService.CreateSnooze"), {"alerting_changed"}),
    "a snooze made longer": (watched("SnoozeService.UpdateSnooze"), {"alerting_changed"}),
    "an alert made": (watched("AlertPolicyService.CreateAlertPolicy"), set()),
    "a channel made": (watched("NotificationChannelService.CreateNotificationChannel"), set()),
    "a channel tried": (
        watched("NotificationChannelService.SendNotificationChannelVerificationCode"),
        set(),
    ),
    "a dashboard changed": (
        audit(
            "monitoring.googleapis.com",
            "google.monitoring.dashboard.v1.DashboardsService.UpdateDashboard",
        ),
        set(),
    ),
    "alerts read": (watched("AlertPolicyService.ListAlertPolicies", log="data_access"), set()),
    "a metric of lines deleted": (
        routed("MetricsServiceV2.DeleteLogMetric", "metric"),
        {"log_metric_changed"},
    ),
    "a metric of lines changed": (
        routed("MetricsServiceV2.UpdateLogMetric", "metric"),
        {"log_metric_changed"},
    ),
    "a metric of lines made": (routed("MetricsServiceV2.CreateLogMetric", "metric"), set()),
    "a sink deleted": (routed("ConfigServiceV2.DeleteSink", "logging_sink"), {"log_sink_changed"}),
    "a sink changed": (routed("ConfigServiceV2.UpdateSink", "logging_sink"), {"log_sink_changed"}),
    "a sink made": (routed("ConfigServiceV2.CreateSink", "logging_sink"), set()),
    "an exclusion made": (
        routed("ConfigServiceV2.CreateExclusion", "logging_exclusion"),
        {"log_exclusion_changed"},
    ),
    "an exclusion changed": (
        routed("ConfigServiceV2.UpdateExclusion", "logging_exclusion"),
        {"log_exclusion_changed"},
    ),
    "an exclusion deleted": (routed("ConfigServiceV2.DeleteExclusion", "logging_exclusion"), set()),
    "the words of another service": (
        audit("run.googleapis.com", f"{MONITORING}.AlertPolicyService.DeleteAlertPolicy"),
        set(),
    ),
}
"""What happened: its entry, and the metrics of ours that count it."""

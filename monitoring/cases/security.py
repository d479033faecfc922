"""Cases of the alerts on who gets in, and on who changes what may run or what watches."""

from collections.abc import Iterator
from dataclasses import replace

from monitoring.cases.case import Case
from monitoring.cases.counted import cases

WATCH = {
    "alerting_changed": "audited_resource",
    "log_metric_changed": "metric",
    "log_sink_changed": "logging_sink",
    "log_exclusion_changed": "logging_exclusion",
}
"""What `WatchChanged` adds up, and the resource of each."""


def _watch() -> Iterator[Case]:
    """Change one kind of thing in each case, with no series of the others."""
    for metric, resource in WATCH.items():
        for case in cases("WatchChanged", metric, resource=resource):
            yield replace(case, name=f"{metric}: {case.name}")


CASES = [
    *cases("AuthenticationFailuresSurge", "authentication_failures", 100),
    *cases("RefusedBehindIam", "refused_behind_iam"),
    *cases("BreakglassUsed", "binary_authorization_breakglass"),
    *cases(
        "SignedOnlyPolicyChanged",
        "binary_authorization_policy_changed",
        resource="audited_resource",
    ),
    *cases("FederationChanged", "federation_changed", resource="audited_resource"),
    *cases("ServiceAccountKeyCreated", "service_account_key_created", resource="service_account"),
    *_watch(),
]

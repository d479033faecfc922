"""From where a service is reached is a decision: left out, it is the whole internet."""

from terraform_policy import TerraformPolicy
from verdicts import matches

check = TerraformPolicy(
    "HDP_SERVICE_INGRESS_NAMED",
    "A service is not simply reachable from the whole internet.",
    "Set ingress to INTERNAL_ONLY or INTERNAL_LOAD_BALANCER, or let a validated variable decide.",
    ["google_cloud_run_v2_service"],
    lambda block: matches(block.get("ingress"), "INGRESS_TRAFFIC_INTERNAL_(ONLY|LOAD_BALANCER)"),
)

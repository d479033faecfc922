"""An instance gets requests once it answers, and one that hangs is replaced."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import is_present, worst


def judge(block: Block) -> CheckResult:
    """The first container, the one with the port."""
    first = block.find("template", "containers")[:1]
    probes = [c.find(probe) for c in first for probe in ("startup_probe", "liveness_probe")]
    return worst([is_present(first), *(is_present(probe) for probe in probes)])


check = TerraformPolicy(
    "HDP_SERVICE_PROBED",
    "A service has a startup and a liveness probe.",
    "Add startup_probe and liveness_probe to its container.",
    ["google_cloud_run_v2_service"],
    judge,
)

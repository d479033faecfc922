"""An image's tag never moves.

What is said about an image shares a tag that each statement rewrites, so a registry whose name
gives it to attestations or signatures is left out.
"""

import re

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import PASSED, UNKNOWN, has_hole, is_on, is_present, worst

STATEMENTS = re.compile("attestation|signature|statement|sbom|provenance")


def judge(block: Block) -> CheckResult:
    """`immutable_tags` of a registry of images."""
    form, name = str(block.get("format")), str(block.get("repository_id"))
    if has_hole(form):
        return UNKNOWN
    if form.upper() != "DOCKER" or STATEMENTS.search(name):
        return PASSED
    found = block.find("docker_config")
    return worst([is_present(found), *(is_on(c.get("immutable_tags")) for c in found)])


check = TerraformPolicy(
    "HDP_REGISTRY_TAGS_IMMUTABLE",
    "An image's tag cannot be moved to another image.",
    "Add docker_config { immutable_tags = true }.",
    ["google_artifact_registry_repository"],
    judge,
)

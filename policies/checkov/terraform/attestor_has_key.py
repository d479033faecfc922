"""An attestor without a key verifies nothing, so that no image could ever be started."""

from blocks import Block
from checkov.common.models.enums import CheckResult
from terraform_policy import TerraformPolicy
from verdicts import is_present, worst


def judge(block: Block) -> CheckResult:
    """At least one `public_keys` block in its note."""
    notes = block.find("attestation_authority_note")
    return worst([is_present(notes), *(is_present(note.find("public_keys")) for note in notes)])


check = TerraformPolicy(
    "HDP_ATTESTOR_HAS_KEY",
    "An attestor has a key that signatures are checked with.",
    "Add public_keys with the key's version.",
    ["google_binary_authorization_attestor"],
    judge,
)

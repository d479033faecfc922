"""A called workflow gets the secrets that it needs, by name, and not all that there are."""

from verdicts import passes
from workflow_policy import JOBS, WorkflowPolicy

check = WorkflowPolicy(
    "HDP_NO_INHERITED_SECRETS",
    "No workflow is called with all secrets.",
    "Name each secret under `secrets:` instead of inherit.",
    JOBS,
    lambda job: passes(job.get("secrets") != "inherit"),
)

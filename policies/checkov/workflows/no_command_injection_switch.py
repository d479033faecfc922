"""No step's output is read as a command to the runner: the switch back to that is off.

CKV_GHA_1 says so too, where its framework reads the workflow.
"""

import re

from checkov.common.models.enums import CheckResult
from verdicts import UNKNOWN, passes, worst
from workflow_policy import DOCUMENT, WorkflowPolicy, Yaml, find_text, is_expression

SWITCH = re.compile(r"^ACTIONS_ALLOW_UNSECURE_COMMANDS: (.*)$", re.MULTILINE)


def judge(workflow: Yaml) -> CheckResult:
    """The switch in any `env` of the file."""
    values = SWITCH.findall(find_text(workflow).replace("env: ", "\n"))
    return worst(
        UNKNOWN if is_expression(v) else passes(v.strip().lower() in {"false", ""}) for v in values
    )


check = WorkflowPolicy(
    "HDP_NO_COMMAND_INJECTION_SWITCH",
    "No workflow lets output be read as commands.",
    "Remove ACTIONS_ALLOW_UNSECURE_COMMANDS and write to $GITHUB_ENV.",
    DOCUMENT,
    judge,
)

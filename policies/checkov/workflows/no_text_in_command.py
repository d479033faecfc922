"""What comes from outside enters a command as data: an expression would become part of it.

A branch's name ran in Ultralytics' release (2024-12).
"""

import re

from checkov.common.models.enums import CheckResult
from verdicts import FAILED, PASSED, UNKNOWN
from workflow_policy import STEPS, WorkflowPolicy, Yaml, entries

EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
HARMLESS = re.compile(
    r"\s*(github\.(sha|run_id|run_number|run_attempt|workspace|action_path|repository_id)"
    r"|runner\.\w+|job\.status)\s*"
)
OPAQUE = re.compile(r"\s*(env|needs|steps|matrix|strategy|vars)\.[\w.-]+\s*")


def judge(step: Yaml) -> CheckResult:
    """Expressions in `run`, and in a `script` that an action runs."""
    text = f"{step.get('run', '')}\n{entries(step.get('with')).get('script', '')}"
    found = [e for e in EXPRESSION.findall(text) if not HARMLESS.fullmatch(e)]
    # What another step or the matrix says may have come from outside, or not.
    return PASSED if not found else UNKNOWN if all(map(OPAQUE.fullmatch, found)) else FAILED


check = WorkflowPolicy(
    "HDP_NO_TEXT_IN_COMMAND",
    "No command holds text from an event, an input or a branch's name.",
    'Hand it over by env, and write "$NAME" in the command.',
    STEPS,
    judge,
)

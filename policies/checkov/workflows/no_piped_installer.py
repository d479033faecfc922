"""Nothing is run that was just fetched: nobody knows what it will be tomorrow.

CKV_GHA_3 looks for secrets that are sent away.
"""

import re

from verdicts import passes
from workflow_policy import STEPS, WorkflowPolicy

PIPED = re.compile(
    r"\b(curl|wget)\b[^\n;]*\|\s*(sudo\s+)?(env\s+)?\S*\b(ba|z|da|k)?sh\b"
    r"|\b(curl|wget)\b[^\n;]*\|\s*(sudo\s+)?\S*(python|perl|ruby|node)[\d.]*\b"
    r"|\b(ba|z|da)?sh\s+(-\w+\s+)?(<\(|\"?\$\()\s*(curl|wget)\b"
)

check = WorkflowPolicy(
    "HDP_NO_PIPED_INSTALLER",
    "No command runs what it has just downloaded.",
    "Take the tool from the hash lock, or check its sha256 first.",
    STEPS,
    lambda step: passes(not PIPED.search(str(step.get("run", "")).replace("\\\n", " "))),
)

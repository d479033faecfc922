"""Says on standard error what each of our policies decided, UNKNOWN as well.

Checkov leaves UNKNOWN out of its report, so a policy that knows nothing about a case looks like
one that never ran. Loaded by Checkov after the policies, like a further folder of checks.
"""

import functools
import json
import sys

from checkov.common.checks.base_check_registry import BaseCheckRegistry


def witnessed(check):
    """Let the policy's own answer be seen on its way."""
    decide = check.scan_entity_conf

    @functools.wraps(decide)
    def scan_entity_conf(conf, entity_type):
        answer = decide(conf, entity_type)
        verdict = answer[0] if isinstance(answer, tuple) else answer
        file = check.entity_path.split(f":{entity_type}:")[0]
        seen = {"id": check.id, "file": file, "verdict": verdict.name}
        sys.stderr.write(f"WITNESS {json.dumps(seen)}\n")
        return answer

    return scan_entity_conf


for registered in BaseCheckRegistry.get_all_registered_checks():
    if registered.id.startswith("HDP_") and not hasattr(registered, "witnessed"):
        registered.scan_entity_conf = witnessed(registered)
        registered.witnessed = True

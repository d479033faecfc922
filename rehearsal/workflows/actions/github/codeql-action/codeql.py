"""What the stand-in of CodeQL's analysis does: a log, with the finding that the rehearsal gives."""

import json
import os
import sys
from pathlib import Path
from typing import Any

SHORT = {"actions": "actions", "python": "py"}


def log(language: str, category: str, rule: str) -> dict[str, Any]:
    """Write a log as CodeQL does, about two files."""
    read = {"descriptor": {"id": f"{SHORT[language]}/diagnostics/successfully-extracted-files"}}
    notes = [read | {"message": {"text": ""}, "level": "none"}] * 2
    place = {"artifactLocation": {"uri": "app/server.py"}, "region": {"startLine": 1}}
    found = {
        "ruleId": rule,
        "level": "error",
        "message": {"text": "given with the rehearsal"},
        "locations": [{"physicalLocation": place}],
    }
    run = {
        "tool": {"driver": {"name": "CodeQL", "semanticVersion": "0.0.0", "rules": []}},
        "automationDetails": {"id": f"{category}/"},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": [found] * rule.startswith(f"{SHORT[language]}/"),
    }
    return {"version": "2.1.0", "runs": [run]}


def main() -> None:
    """Leave the log where the real action would."""
    if (os.environ["UPLOAD"], os.environ["DATABASE"]) != ("never", "false"):
        sys.exit("Resource not accessible by integration: the job may not write")
    language = Path(os.environ["RUNNER_TEMP"], "codeql-language").read_text("utf-8").strip()
    output = Path(os.environ["OUTPUT"])
    output.mkdir(parents=True, exist_ok=True)
    told = log(language, os.environ["CATEGORY"], os.environ.get("REHEARSAL_CODEQL", ""))
    (output / f"{language}.sarif").write_text(json.dumps(told), "utf-8")


if __name__ == "__main__":
    main()

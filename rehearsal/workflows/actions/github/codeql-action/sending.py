"""What the stand-in of the SARIF upload does: refuse what GitHub refuses."""

import json
import os
import sys
from pathlib import Path


def main() -> None:
    """Say what would be sent.

    Source: https://docs.github.com/en/code-security/reference/code-scanning/sarif-files
    """
    if os.environ.get("REHEARSAL_TOKEN") == "read":
        sys.exit("Resource not accessible by integration: a fork's token only reads")
    given = Path(os.environ["FILES"])
    files = sorted(given.glob("**/*.sarif")) if given.is_dir() else [given]
    if not files:
        sys.exit(f"no SARIF files in {given}")
    seen = set()
    for path in files:
        for run in json.loads(path.read_text("utf-8"))["runs"]:
            category = run.get("automationDetails", {}).get("id", os.environ["CATEGORY"])
            tool = run["tool"]["driver"]["name"]
            if (tool, category) in seen:
                sys.exit(f"{path}: a second run of {tool} with the category {category!r}")
            seen.add((tool, category))
            print(f"sent: {tool}, {category}, {len(run['results'])} findings")


if __name__ == "__main__":
    main()

# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""What in a workflow runs code of somebody else: building, testing, scanning, installing."""

import re

WORK = r"[\w-]*\b(tests?|checks?|lint|types|scans?|gates?|audit|build|images?|rehearse|mutate)\b"
COMMANDS = re.compile(
    rf"\bmake\s([^;&|\n]*\s)?(?![\w-]*=){WORK}(?!=)"
    r"|\b(pytest|tox|nox|bandit|checkov|semgrep|trivy|grype|gitleaks|zizmor|pip-audit|mypy|ruff)\b"
    r"|\b(pip3?|pipx|poetry|npm|pnpm|yarn|cargo|gem)\s+(ci|install|run|exec|build)\b"
    r"|\buv\s+(run|sync|pip|tool)\b|\bgo\s+(build|test|install|run)\b"
    r"|\b(docker|podman|buildah)\s+(buildx\s+)?(build|bud|run|compose)\b"
)
OWNERS = r"aquasecurity|anchore|bridgecrewio|checkmarx|snyk|gitleaks|ossf|zizmorcore"
CODEQL = r"github/codeql-action/(init|autobuild|analyze)"
ACTIONS = re.compile(rf"({OWNERS})/|docker/(build-push|bake)-action|{CODEQL}", re.IGNORECASE)


def runs_foreign_code(command: str, action: str) -> bool:
    """Whether a step's `run` or `uses` does; both may be empty."""
    return bool(COMMANDS.search(command) or ACTIONS.match(action))

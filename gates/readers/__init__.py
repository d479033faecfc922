"""From what each tool prints to findings: one module a format; no I/O here.

A reader is a function `read(ended: Ended) -> Reading`. It raises `ReportError` for anything that
it does not know, since what cannot be understood may be a finding.
"""

from collections.abc import Callable, Mapping

from gates.readers import (
    actionlint,
    bandit,
    checkov,
    gitleaks,
    hadolint,
    mypy,
    ours,
    pip_audit,
    ruff,
    shellcheck,
    terraform_fmt,
    trivy,
    zizmor,
)
from gates.readers.reading import Ended, Reading, ReportError

__all__ = ["READERS", "Ended", "Reading", "ReportError"]

READERS: Mapping[str, Callable[[Ended], Reading]] = {
    "actionlint": actionlint.read,
    "bandit": bandit.read,
    "checkov": checkov.read,
    "gitleaks": gitleaks.read,
    "hadolint": hadolint.read,
    "mypy": mypy.read,
    "ours": ours.read,
    "pip-audit": pip_audit.read,
    "ruff": ruff.read,
    "shellcheck": shellcheck.read,
    "terraform-fmt": terraform_fmt.read,
    "trivy": trivy.read,
    "zizmor": zizmor.read,
}

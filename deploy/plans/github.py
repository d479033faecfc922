"""Asks GitHub whether the job has ended that left a lock.

Source: https://docs.github.com/en/rest/actions/workflow-jobs and .../workflow-runs. The token needs
`actions: read`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests

from deploy.plans.lock import Holder, LockError, Why

API = "https://api.github.com"
TIMEOUT_S = 30
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,38}/(?!\.+$)[A-Za-z0-9._-]{1,100}")
COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class GitHub:
    """A repository's runs."""

    repository: str
    """`owner/name`."""
    token: Callable[[], str] = field(repr=False)
    address: str = API

    def __post_init__(self) -> None:
        """Refuse what would lead to another path."""
        if not REPOSITORY.fullmatch(self.repository):
            raise LockError(Why.RUNNING, "the repository is to be given as owner/name")

    def ended(self, holder: Holder) -> datetime | None:
        """See `lock.Runs`. Only "completed" is an end; a job that only waits may go on."""
        if holder.job_id is None:
            path = f"runs/{holder.run_id}/attempts/{holder.attempt}"
            expected = {"id": holder.run_id, "run_attempt": holder.attempt}
            when = "updated_at"
        else:
            path, when = f"jobs/{holder.job_id}", "completed_at"
            expected = {"run_id": holder.run_id, "run_attempt": holder.attempt}
        told = self._ask(path)
        if any(told.get(name) != value for name, value in expected.items()):
            raise _unknown(f"{path} is of another run than the note says")
        if told.get("status") != COMPLETED:
            return None
        try:
            moment = datetime.fromisoformat(told[when])
        except (ValueError, LookupError, TypeError):
            raise _unknown(f"{path} does not say when it ended") from None
        if moment.tzinfo is None:
            raise _unknown(f"{path} ended at a time without a zone")
        return moment

    def _ask(self, path: str) -> dict[str, Any]:
        headers = {
            "Authorization": f"Bearer {self.token()}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        url = f"{self.address}/repos/{self.repository}/actions/{path}"
        try:
            answer = requests.get(url, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)
            told = answer.json() if answer.status_code == requests.codes.ok else None
        except (requests.RequestException, ValueError) as exc:
            raise _unknown(f"GitHub cannot be asked: {type(exc).__name__}") from None
        if not isinstance(told, dict):
            raise _unknown(f"GitHub answered {answer.status_code} about {path}")
        return told


def _unknown(words: str) -> LockError:
    """What is not known to have ended is taken to be going on."""
    return LockError(Why.RUNNING, f"{words}; whether the run has ended is not known")

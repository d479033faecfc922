"""Terraform on the pipeline's root. What it prints holds values, so nobody gets to see it.

Of an error only its headline and address are told; the whole of it is to be had by running the same
command by hand.
"""

import json
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.plans import document
from deploy.plans.document import Plan
from deploy.plans.saved import State

TIMEOUT_S = 1800
HEADLINE = re.compile(r"^[\s│|]*(Error: .*|with [a-z][\w.\[\]-]*,)", re.MULTILINE)


class TerraformError(Exception):
    """Terraform said no; the text is its headlines."""


@dataclass(frozen=True, slots=True)
class Root:
    """An initialized root."""

    folder: Path
    program: str = "terraform"
    environment: Mapping[str, str] | None = field(default=None, repr=False)
    """Of the process, if not ours."""

    def initialize(self, bucket: str) -> None:
        """Get the locked provider and the state, which docs/deploy.md puts into the bucket.

        Raises:
            TerraformError: one of them cannot be had, or the lock file would have to change.
        """
        where = (f"-backend-config=bucket={bucket}", "-backend-config=prefix=pipeline")
        self._do("init", "-input=false", "-no-color", "-lockfile=readonly", *where)

    def version(self) -> str:
        """Ask for Terraform's version, the one that a plan must be made by.

        Raises:
            TerraformError: it does not run, or says something else.
        """
        try:
            return str(json.loads(self._do("version", "-json"))["terraform_version"])
        except (ValueError, LookupError, TypeError):
            raise TerraformError("terraform version -json names no version") from None

    def plan(
        self,
        variables: Mapping[str, Any],
        file: Path,
        *,
        lock: bool = True,
        refresh_only: bool = False,
    ) -> Plan:
        """Save a plan to a file; gives what it says.

        Args:
            variables: over whatever the root's own files give.
            file: where Terraform puts it.
            lock: False for an identity that could not give a lock back.
            refresh_only: compare the state with the cloud alone, whatever the configuration wants.

        Raises:
            TerraformError: there is no plan.
            PlanRefusedError: it cannot be read.
        """
        with tempfile.NamedTemporaryFile("w", suffix=".tfvars.json") as given:
            json.dump(variables, given)
            given.flush()
            told = [f"-var-file={given.name}", f"-lock={str(lock).lower()}"]
            told += ["-refresh-only"] if refresh_only else []
            self._do("plan", "-input=false", "-no-color", f"-out={file}", *told)
        return document.read(self._do("show", "-json", str(file)))

    def apply(self, file: Path) -> None:
        """Apply a saved plan.

        Raises:
            TerraformError: it was not, or not all of it.
        """
        self._do("apply", "-input=false", "-no-color", str(file))

    def state(self) -> State:
        """Tell which writing of which state there is.

        Raises:
            TerraformError: it cannot be fetched.
        """
        return State.pulled(self._do("state", "pull"))

    def force_unlock(self, lock_id: str) -> None:
        """Give a lock back that `lock.recover` judged.

        Raises:
            TerraformError: it stays; in a bucket because it is another lock by now.
        """
        self._do("force-unlock", "-force", lock_id)

    def _do(self, *arguments: str) -> str:
        try:
            done = subprocess.run(
                [self.program, *arguments],
                cwd=self.folder,
                env=None if self.environment is None else dict(self.environment),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=TIMEOUT_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as exc:
            why = type(exc).__name__
            raise TerraformError(f"terraform {arguments[0]} did not run: {why}") from None
        if done.returncode:
            headlines = "; ".join(HEADLINE.findall(done.stderr)) or "it did not say why"
            raise TerraformError(
                f"terraform {arguments[0]} ended with {done.returncode}: {headlines}"
            )
        return done.stdout

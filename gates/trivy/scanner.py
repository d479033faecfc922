"""Trivy, asked in one way; what its answer means is decided here, never by its exit status."""

import json
import os
import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gates.trivy.report import GateError

SECRETS = Path(__file__).with_name("secrets.yaml")
OFFLINE = ("--skip-db-update", "--skip-java-db-update", "--skip-check-update", "--offline-scan")
HARMLESS = "Falling back to embedded checks"
"""The one ERROR that Trivy logs and that is as we want it."""
UNREAD = re.compile(r"\tERROR\t|\tWARN\t.*(?:Version matching error|Unable to get vulnerability)")
"""What Trivy only logs, and passes over in its report: what it could not parse or compare."""
ALWAYS = ("--skip-version-check", "--disable-telemetry", "--format", "json", "--exit-code", "0")


@dataclass(frozen=True, slots=True)
class Trivy:
    """The scanner and the folder of the database it uses."""

    binary: Path
    cache: Path
    timeout_s: float = 300

    def run(self, *arguments: str) -> str:
        """Run it and return what it printed; raise `GateError` unless it ended well.

        It runs in an empty folder and without `TRIVY_*`, since a `trivy.yaml`, a `.trivyignore`
        or a variable could switch off what is asked of it.
        """
        env = {name: value for name, value in os.environ.items() if not name.startswith("TRIVY_")}
        where = ("--cache-dir", self.cache.absolute())
        try:
            with tempfile.TemporaryDirectory() as empty:
                ended = subprocess.run(
                    [self.binary.absolute(), *arguments, *where],
                    cwd=empty,
                    env=env,
                    capture_output=True,
                    text=True,
                    timeout=self.timeout_s,
                    check=False,
                )
        except OSError as exc:
            raise GateError(f"no Trivy at {self.binary} ({exc}); name one with --trivy") from exc
        except subprocess.TimeoutExpired as exc:
            raise GateError(
                f"Trivy took longer than {self.timeout_s} s; scan less or wait"
            ) from exc
        if ended.returncode:
            last = _without_quotes("".join(ended.stderr.strip().splitlines()[-1:]))
            raise GateError(
                f"Trivy failed with status {ended.returncode}: {last or 'it said nothing'}"
            )
        # A file that cannot be parsed is an ERROR in its log, and a pass in its report.
        errors = [line for line in ended.stderr.splitlines() if UNREAD.search(line)]
        if errors := [_without_quotes(line) for line in errors if HARMLESS not in line]:
            raise GateError(f"Trivy could not read everything; mend this: {'; '.join(errors)}")
        return ended.stdout

    def ask(self, command: str, *arguments: str) -> dict[str, Any]:
        """Scan without the network and return Trivy's JSON report."""
        scan = (*OFFLINE, "--secret-config", str(SECRETS))
        offline = ("--skip-check-update",) if command == "config" else scan
        printed = self.run(command, *arguments, *ALWAYS, *offline)
        try:
            answer = json.loads(printed)
            answer["Results"] = answer.get("Results") or []
        except (ValueError, TypeError, AttributeError) as exc:
            raise GateError(f"Trivy printed no JSON report ({exc}); is it Trivy 0.74?") from exc
        return dict(answer)


def _without_quotes(line: str) -> str:
    """Drop the source that a log line quotes: it may hold a secret."""
    return re.sub(r'cause="(?:[^"\\]|\\.)*" ?', "", line).replace("\t", " ")

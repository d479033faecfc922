"""What a job is told: by GitHub of its run, by the workflow of the project. Read once."""

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deploy.plans.github import REPOSITORY
from deploy.reference import Reference, RefusedError

SIGNER = ".github/workflows/sign.yml@refs/heads/main"
"""The one workflow whose signatures of images count."""
COMMIT = re.compile(r"[0-9a-f]{40}")
SERVICES = {"api": "data-api", "function": "pubsub-to-bigquery"}
"""Terraform's names of the two services, and the last part of their images' names."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job's environment."""

    environment: Mapping[str, str] = field(repr=False)

    def given(self, name: str) -> str:
        """Take a value that has to be there.

        Raises:
            RefusedError: it is not; the text says who gives it.
        """
        if not (value := self.environment.get(name, "")):
            raise RefusedError(f"{name} is not set: the workflow gives it to this job")
        return value

    @property
    def token(self) -> str:
        """The access token of the job's identity."""
        return self.given("GOOGLE_OAUTH_ACCESS_TOKEN")

    @property
    def repository(self) -> str:
        """`owner/name` on GitHub."""
        return self._fitting("GITHUB_REPOSITORY", REPOSITORY)

    @property
    def commit(self) -> str:
        """The commit that is released."""
        return self._fitting("GITHUB_SHA", COMMIT)

    @property
    def run_id(self) -> int:
        """The run."""
        return int(self._fitting("GITHUB_RUN_ID", re.compile(r"[1-9][0-9]{0,18}")))

    @property
    def attempt(self) -> int:
        """Which time the run is tried."""
        return int(self._fitting("GITHUB_RUN_ATTEMPT", re.compile(r"[1-9][0-9]{0,8}")))

    @property
    def job_id(self) -> int | None:
        """GitHub's number of this very job; None where it does not tell."""
        number = self.environment.get("CHECK_RUN_ID", "")
        return int(number) if re.fullmatch(r"[1-9][0-9]{0,18}", number) else None

    @property
    def signer(self) -> str:
        """Whose signature of an image counts, as its certificate names it."""
        return f"https://github.com/{self.repository}/{SIGNER}"

    def images(self) -> dict[str, Reference]:
        """Read which images the run is about, by `api` and `function`.

        Raises:
            RefusedError: they are not both there, or not in the registry of the project.
        """
        try:
            told = json.loads(self.given("RELEASE_IMAGES"))
            found = {name: Reference.parse(str(told[name])) for name in SERVICES}
        except (ValueError, LookupError, TypeError) as exc:
            raise RefusedError("RELEASE_IMAGES does not name both images") from exc
        for name, image in found.items():
            if image.repository != f"{self.given('REGISTRY')}/{SERVICES[name]}":
                raise RefusedError(f"{image}: not {SERVICES[name]} of {self.given('REGISTRY')}")
        return found

    def tell(self, **outputs: str) -> None:
        """Hand values over to the jobs that come after this one.

        Raises:
            RefusedError: a value has several lines, and could pretend to be another output.
        """
        if any("\n" in value or "\r" in value for value in outputs.values()):
            raise RefusedError("an output is one line")
        self._write("GITHUB_OUTPUT", "".join(f"{key}={told}\n" for key, told in outputs.items()))

    def show(self, markdown: str) -> None:
        """Write into the run's summary, which everybody reads."""
        self._write("GITHUB_STEP_SUMMARY", markdown)

    def _write(self, name: str, text: str) -> None:
        with Path(self.environment.get(name) or os.devnull).open("a", encoding="utf-8") as file:
            file.write(text)

    def _fitting(self, name: str, pattern: re.Pattern[str]) -> str:
        if not pattern.fullmatch(value := self.given(name)):
            raise RefusedError(f"{name} is not what GitHub sets it to")
        return value

"""Where saved plans and notes lie: a folder on this machine, or a bucket of Cloud Storage."""

import re
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol
from urllib.parse import quote

import requests

GOOGLE = "https://storage.googleapis.com"
TIMEOUT_S = 60
NAME = re.compile(r"[a-z0-9][a-z0-9._-]*(/[a-z0-9][a-z0-9._-]*)*")


class StoreError(Exception):
    """It could not be kept or fetched; the text says what to look at."""


class MissingError(StoreError):
    """There is nothing of that name."""


class TakenError(StoreError):
    """There is something of that name already, and it stays."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What was kept."""

    content: bytes = field(repr=False)
    generation: str = ""
    """Which writing of the name it is, where the place counts them."""


class Store(Protocol):
    """A place for small files by name."""

    def create(self, name: str, content: bytes) -> None:
        """Keep something under a new name.

        Raises:
            TakenError: the name is taken.
            StoreError: it cannot be kept.
        """

    def replace(self, name: str, content: bytes) -> None:
        """Keep something in the place of whatever has the name.

        Raises:
            StoreError: it cannot be kept.
        """

    def read(self, name: str) -> Stored:
        """Fetch something.

        Raises:
            MissingError: there is nothing of that name.
            StoreError: it cannot be fetched.
        """


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder on this machine, for its owner alone."""

    path: Path

    def create(self, name: str, content: bytes) -> None:
        """See `Store`."""
        file, partial = self._written(name, content)
        try:
            # A link fails where a rename would replace, and never shows half a file.
            file.hardlink_to(partial)
        except FileExistsError:
            raise TakenError(f"{name} is there already") from None
        finally:
            partial.unlink()

    def replace(self, name: str, content: bytes) -> None:
        """See `Store`."""
        file, partial = self._written(name, content)
        partial.replace(file)

    def read(self, name: str) -> Stored:
        """See `Store`."""
        try:
            return Stored((self.path / _named(name)).read_bytes())
        except FileNotFoundError:
            raise MissingError(f"{self.path} has no {name}") from None
        except OSError as exc:
            raise StoreError(f"{name} cannot be read: {exc.strerror}") from None

    def _written(self, name: str, content: bytes) -> tuple[Path, Path]:
        """Write beside the file; a temporary file is its owner's alone."""
        file = self.path / _named(name)
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(dir=file.parent, delete=False) as partial:
                partial.write(content)
        except OSError as exc:
            raise StoreError(f"{name} cannot be written: {exc.strerror}") from None
        return file, Path(partial.name)


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, over Cloud Storage's JSON API.

    Source: https://cloud.google.com/storage/docs/json_api/v1/objects, and request-preconditions
    beside it: a generation of 0 stands for "there is none".
    """

    name: str
    token: Callable[[], str] = field(repr=False)
    """Gives an access token, asked anew each time since it does not live long."""
    address: str = GOOGLE

    def create(self, name: str, content: bytes) -> None:
        """See `Store`."""
        self._write(name, content, {"ifGenerationMatch": "0"})

    def replace(self, name: str, content: bytes) -> None:
        """See `Store`."""
        self._write(name, content, {})

    def read(self, name: str) -> Stored:
        """See `Store`."""
        path = f"/storage/v1/b/{self.name}/o/{quote(_named(name), safe='')}"
        try:
            generation = str(self._call("GET", path, {"fields": "generation"}).json()["generation"])
        except (ValueError, KeyError, TypeError):
            raise StoreError(f"gs://{self.name}: the answer about {name} is unreadable") from None
        asked = {"alt": "media", "generation": generation}
        return Stored(self._call("GET", path, asked).content, generation)

    def _write(self, name: str, content: bytes, condition: dict[str, str]) -> None:
        asked = {"uploadType": "media", "name": _named(name), **condition}
        self._call("POST", f"/upload/storage/v1/b/{self.name}/o", asked, content)

    def _call(
        self, method: str, path: str, asked: dict[str, str], content: bytes | None = None
    ) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token()}"}
        if content is not None:
            headers["Content-Type"] = "application/octet-stream"
        try:
            answer = requests.request(
                method,
                self.address + path,
                params=asked,
                data=content,
                headers=headers,
                timeout=TIMEOUT_S,
                allow_redirects=False,  # the token is for one host
            )
        except requests.RequestException as exc:
            # Its text may hold the request.
            why = type(exc).__name__
            raise StoreError(f"gs://{self.name} cannot be reached: {why}") from None
        return self._answered(answer, asked.get("name") or path.rpartition("/")[2])

    def _answered(self, answer: requests.Response, name: str) -> requests.Response:
        match answer.status_code:
            case 200:
                return answer
            case 404:
                raise MissingError(f"gs://{self.name} has no {name}, or is not there")
            case 412:
                raise TakenError(f"gs://{self.name}: {name} is there already")
        raise StoreError(f"gs://{self.name} answered {answer.status_code} about {name}")


def _named(name: str) -> str:
    if not NAME.fullmatch(name):
        raise StoreError("a name here is made of lower-case letters, digits, dots and dashes")
    return name

"""Which revision of a service answers a request, as two files say: `traffic` and `revisions`.

`traffic` has the shape of Terraform's output of that name (terraform/service/outputs.tf), a list of
`{"revision": str, "percent": int, "tag": str | null}`; `revisions` says where each of them runs on
this machine, `{"data-api-0123456789ab": "http://127.0.0.1:8084"}`. Both are read anew when they
change. Nothing here waits, so a request meets one of the two states and never a mixture.
"""

import json
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from local.layout import LocalError

WHOLE = 100
STRIDE = 61
"""Coprime with 100, so that each hundred requests in a row are divided exactly, and well mixed."""
Name = Annotated[str, Field(pattern=r"^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$")]
Address = Annotated[str, Field(pattern=r"^http://127\.0\.0\.1:[0-9]{1,5}$")]


class Target(BaseModel):
    """One line of `traffic`."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    revision: Name
    percent: int = Field(ge=0, le=WHOLE)
    tag: Name | None = None
    """The target is also reachable at an address of its own, whatever its share."""


_Content = TypeVar("_Content")
_TRAFFIC = TypeAdapter(Annotated[list[Target], Field(min_length=1, max_length=WHOLE)])
_REVISIONS = TypeAdapter(dict[Name, Address])


@dataclass(frozen=True, slots=True)
class Route:
    """Where one request goes."""

    revision: str
    url: str


@dataclass(frozen=True, slots=True)
class Routes:
    """One state of the traffic, whole."""

    targets: Sequence[Target]
    urls: Mapping[str, str]

    @classmethod
    def parse(cls, raw_traffic: bytes, raw_revisions: bytes) -> "Routes":
        """Read both files' content.

        Raises:
            LocalError: it is not in the shape, does not sum to 100, or names what is not there.
        """
        targets = _read(_TRAFFIC, raw_traffic, "traffic")
        urls = _read(_REVISIONS, raw_revisions, "revisions")
        total = sum(target.percent for target in targets)
        if total != WHOLE:
            raise LocalError(f"traffic sums to {total} %: it must be {WHOLE}")
        if unknown := sorted({target.revision for target in targets} - set(urls)):
            raise LocalError(f"traffic for {', '.join(unknown)}, which does not run here")
        tags = Counter(target.tag for target in targets if target.tag)
        if twice := [tag for tag, count in tags.items() if count > 1]:
            raise LocalError(f"the tag {twice[0]} is given twice")
        return cls(targets, urls)

    def choose(self, number: int) -> Route:
        """Choose for the service's `number`th request: each hundred is divided exactly."""
        place = number * STRIDE % WHOLE
        for target in self.targets:
            place -= target.percent
            if place < 0:
                return self._route(target)
        raise AssertionError("the percentages sum to 100")

    def tagged(self, tag: str) -> Route | None:
        """Choose for a request at a tag's own address; None if no revision carries the tag."""
        found = (target for target in self.targets if target.tag == tag)
        return next(map(self._route, found), None)

    def _route(self, target: Target) -> Route:
        return Route(target.revision, self.urls[target.revision])


class Traffic:
    """The state that the files describe, or the last one that could be obeyed."""

    def __init__(self, traffic_path: Path, revisions_path: Path) -> None:
        """Read both.

        Raises:
            LocalError: there is nothing yet that could be obeyed.
        """
        self._paths = (traffic_path, revisions_path)
        self.refused: str | None = None
        """Why the newest files are not obeyed."""
        self._stamps = self._look()
        self._routes = self._parse()

    def routes(self) -> Routes:
        """Give the state, after another look at the files if they have changed."""
        stamps = self._look()
        if stamps != self._stamps:
            self._stamps = stamps
            try:
                self._routes = self._parse()
            except LocalError as exc:
                self.refused = str(exc)
                print(f"the traffic stays as it was: {exc}", flush=True)
            else:
                self.refused = None
        return self._routes

    def _parse(self) -> Routes:
        try:
            traffic, revisions = (path.read_bytes() for path in self._paths)
        except OSError as exc:
            raise LocalError(f"{exc.filename} cannot be read") from exc
        return Routes.parse(traffic, revisions)

    def _look(self) -> list[tuple[int, int, int] | None]:
        return [_stamp(path) for path in self._paths]


def write(path: Path, content: Any) -> None:
    """Put JSON into a file at once: whoever reads it gets all of the old or all of the new."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_text(json.dumps(content, indent=1), "utf-8")
    draft.replace(path)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def _read(adapter: TypeAdapter[_Content], raw_content: bytes, what: str) -> _Content:
    try:
        return adapter.validate_python(json.loads(raw_content, object_pairs_hook=_once))
    except ValidationError as exc:
        first = exc.errors()[0]
        place = ".".join(map(str, first["loc"]))
        raise LocalError(f"{what}: {place}: {first['msg']}") from exc
    except (ValueError, RecursionError) as exc:
        raise LocalError(f"{what} is no JSON without repeated names") from exc


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name is given twice")
    return found

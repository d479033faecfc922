"""An OSV service on loopback over the local set, for the real pip-audit to ask.

Source of the interface: https://google.github.io/osv.dev/post-v1-query/
"""

import json
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name

from gates.advisories import versions
from gates.advisories.records import Advisories, read

PATH = "/v1/query"
LARGEST_BYTES = 64 << 10


class Index:
    """The records by the Python package they are about."""

    def __init__(self, advisories: Advisories) -> None:
        self._known: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
        for record in advisories.records:
            for name in {name for name, _ in versions.affected(record)}:
                self._known[name].append(record)

    def query(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Answer `{"package": {"name", "ecosystem"}, "version"}`: `{}` if nothing is known.

        Raises:
            ValueError: the question is none of this kind.
        """
        try:
            package, version = question["package"], question["version"]
            name = canonicalize_name(package["name"])
            if package["ecosystem"] != versions.ECOSYSTEM or not isinstance(version, str):
                raise ValueError("this service knows versions of Python packages alone")
        except (LookupError, TypeError, AttributeError) as exc:
            raise ValueError(f"no question for an OSV service: {exc!r}") from exc
        records = [each for each in self._known[name] if versions.concerns(each, name, version)]
        return {"vulns": [_named(record, name) for record in records]} if records else {}


def _named(record: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Name the package as asked: pip-audit compares letter by letter, and would miss the fix."""
    affected = [
        {**each, "package": {**each["package"], "name": name}}
        for each in record["affected"]
        if canonicalize_name(each.get("package", {}).get("name", "")) == name
    ]
    return {**record, "affected": affected}


@contextmanager
def serving(source: Path | Advisories) -> Iterator[str]:
    """Serve a set on a free port of loopback, and yield the address for `--osv-url`.

    Raises:
        AdvisoriesError: the set is none to judge with.
    """
    advisories = source if isinstance(source, Advisories) else read(source)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(Index(advisories)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}{PATH}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(index: Index) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """One question."""

        timeout = 10

        def do_POST(self) -> None:
            """Answer as the OSV service does; 400 to what is no question, so that nobody passes."""
            try:
                if self.path != PATH:
                    self._answer(HTTPStatus.NOT_FOUND, {"message": "ask " + PATH})
                    return
                self._answer(HTTPStatus.OK, index.query(self._question()))
            except (ValueError, TypeError, RecursionError) as exc:
                self._answer(HTTPStatus.BAD_REQUEST, {"message": str(exc)})

        def _question(self) -> Any:
            length = int(self.headers["Content-Length"])
            if not 0 < length <= LARGEST_BYTES:
                raise ValueError("no question of this size")
            return json.loads(self.rfile.read(length))

        def _answer(self, status: HTTPStatus, body: Mapping[str, Any]) -> None:
            content = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            # pip-audit keeps answers, and would give one of an older set.
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing: the gate tells what it asked."""

    return Handler

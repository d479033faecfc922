"""What stands around data-api in these tests: an environment, a store in memory, a client."""

import io
import json
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.selection import Position
from app.server import create_app
from app.settings import Settings
from app.store import Page
from servicekit import contract
from servicekit.contract import SCHEMA_FOLDER
from servicekit.identity import TokenVerifier
from servicekit.logs import Log

AUDIENCE = "https://data-api.test"
READER = "reader@test-project.iam.gserviceaccount.com"
SECOND_READER = "second-reader@test-project.iam.gserviceaccount.com"
STRANGER = "stranger@test-project.iam.gserviceaccount.com"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
MARK = "zebra"
"""Stands in every row, so that a row is recognised wherever it should not be."""
SECRET = "swordfish"
"""Stands in the text of every failure, for the same reason."""


def environment(**changes):
    """A complete and right environment; None removes a variable."""
    whole = {
        "PROJECT_ID": "test-project",
        "DATASET": "analytics_dataset",
        "TABLE_NAME": "example_table",
        "AUDIENCES": AUDIENCE,
        "ALLOWED_CALLERS": f"{READER},{SECOND_READER}",
        # As long as it can be: what is shared does not depend on how fast the machine is.
        "CACHE_TTL": "5m",
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def wide_contract(tmp_path):
    """The example's contract with a column of every type, once required and once not."""
    fields = json.loads((SCHEMA_FOLDER / "example_table.json").read_text("utf-8"))
    for type_ in contract.PAYLOAD_TYPES:
        for mode in ("REQUIRED", "NULLABLE"):
            name = f"{type_}_{mode}".lower()
            fields.append({"name": name, "type": type_, "mode": mode})
    path = tmp_path / "wide.json"
    path.write_text(json.dumps(fields), "utf-8")
    return contract.load(path)


def rows(count):
    """Rows as the store holds them, one a minute; some share a publish time."""
    return [
        (
            NOON - timedelta(minutes=number // 2),
            f"m:{number:04}",
            {"id": number, "name": None if number % 5 == 0 else f"{MARK} {number % 3}"},
        )
        for number in range(count)
    ]


@dataclass
class MemoryStore:
    """Obeys the `Store` protocol; counts what it is asked, and fails or waits when told to."""

    rows: list = field(default_factory=lambda: rows(25))
    error: Exception | None = None
    reads: int = 0
    checks: int = 0

    def __post_init__(self):
        self.asked, self.release = threading.Event(), threading.Event()
        self.release.set()

    def read(self, selection):
        """Give one page of what matches, newest first."""
        self.reads += 1
        self._answer()
        asked, after = selection.filter, selection.after
        since = after.since if after else asked.since or NOON - timedelta(days=7)
        until = after.until if after else asked.until or NOON + timedelta(seconds=1)
        found = [
            row
            for row in sorted(self.rows, key=lambda row: row[:2], reverse=True)
            if since <= row[0] < until
            and (not after or row[:2] < (after.publish_time, after.key))
            and all(row[2][name] == value for name, value in asked.equals)
        ]
        page = found[: selection.limit]
        more = len(found) > len(page)
        following = Position(since, until, *page[-1][:2]) if more else None
        return Page([row for _, _, row in page], following, f"job-{self.reads}")

    def check(self):
        """Say whether the table can be reached."""
        self.checks += 1
        self._answer()

    def _answer(self):
        self.asked.set()
        if not self.release.wait(10):
            raise AssertionError("the test never released the store")
        if self.error:
            raise self.error


class Api:
    """A running data-api: its store, what it logged, and a way to ask it as somebody."""

    def __init__(self, issuer, keys, *, store=None, stream=None, contract=None, **changes):
        self.settings = Settings.from_env(environment(**changes))
        self.store = store or MemoryStore()
        self.stream = stream or io.StringIO()
        self.app = create_app(
            self.settings,
            self.store,
            TokenVerifier(self.settings.identity, keys),
            contract=contract,
            log=Log("test-project", self.stream),
        )
        self.issuer = issuer

    def token(self, email=READER, **claims):
        """Mint a token for this service."""
        return self.issuer.mint(email, AUDIENCE, **claims)

    def get(self, path="/data", *, email=READER, method="GET", headers=()):
        """Ask as `email`, or as nobody."""
        sent = list(dict(headers).items())
        if email:
            sent.append(("Authorization", f"Bearer {self.token(email)}"))
        # A client of its own each time, since threads may ask at once.
        return self.app.test_client().open(path, method=method, headers=sent)

    def logged(self, event=None):
        """Give the log's lines so far as objects."""
        lines = [json.loads(line) for line in self.stream.getvalue().splitlines()]
        return [line for line in lines if event is None or line["event"] == event]

    def audits(self):
        """Give what the audit lines say so far."""
        lines = self.logged("data.read")
        labels = [line["logging.googleapis.com/labels"] for line in lines]
        assert labels == [{"log_type": "audit"}] * len(lines)
        return [line["fields"] for line in lines]

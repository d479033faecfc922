"""Uptime checks of the API from two places, which are both here: who may read, and who may not."""

import threading
import time
from collections.abc import Mapping
from itertools import count
from typing import Self

import requests

from local import layout
from local.caller import bearer, mint
from local.observation.figures import selector
from local.stack import Stack
from servicekit.identity import REMOVED_SIGNATURE

PERIOD_S, TIMEOUT_S = 2.0, 1.5
ROWS = 100
PLACES = ("here", "there")
HEALTH, FORGED = "api-health", "api-forged-token"


class Probes:
    """Asks again and again from its start to its end."""

    def __init__(self, stack: Stack) -> None:
        good = mint(stack.ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
        forged = f"{good.rpartition('.')[0]}.{REMOVED_SIGNATURE}"
        self._url = f"{stack.ports.url('api')}/data"
        self._rounds = count()
        self._checks = {HEALTH: (bearer(good), {200}), FORGED: (bearer(forged), {401, 403})}
        self._passed: dict[str, float] = {}
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._ask()
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def passed(self) -> Mapping[str, float]:
        """Tell of each check and place whether it passed, 1 or 0."""
        return dict(self._passed)

    def _run(self) -> None:
        due = time.monotonic()
        while not self._ended.wait(max(0.0, due - time.monotonic())):
            self._ask()
            due = max(due + PERIOD_S, time.monotonic())

    def _ask(self) -> None:
        # Another question each time: a page that is kept would hide that BigQuery is away.
        url = f"{self._url}?limit={ROWS + next(self._rounds) % ROWS}"
        for check, (headers, wanted) in self._checks.items():
            for place in PLACES:
                series = selector(
                    "monitoring_googleapis_com:uptime_check_check_passed",
                    monitored_resource="uptime_url",
                    check_id=check,
                    checker_location=place,
                )
                self._passed[series] = float(self._status(url, headers) in wanted)

    def _status(self, url: str, headers: Mapping[str, str]) -> int | None:
        try:
            return requests.get(url, headers=headers, timeout=TIMEOUT_S).status_code
        except requests.RequestException:
            return None

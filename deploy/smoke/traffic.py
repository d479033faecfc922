"""Requests at a steady rate, so that a candidate that few callers ask can be decided on.

They ask what callers ask, at the service and at the candidate's own address, and are judged by
nobody here: both revisions' figures are the canary's.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import count

import requests

from deploy.smoke.caller import TIMEOUT_S, Api

PATH = "/data?limit=100"
CALLERS = 8
"""At each address: so many answers may be slow before the rate suffers."""
NO_ANSWER = "no answer"


@dataclass(frozen=True, slots=True)
class Rate:
    """How often an address is asked."""

    api: Api
    a_second: float


def send(rates: Iterable[Rate], seconds: float) -> Counter[str]:
    """Send requests for some time; gives how often each status came, over all addresses."""
    said: Counter[str] = Counter()
    guard = threading.Lock()
    started = time.monotonic()

    def call(rate: Rate, turns: Iterable[int]) -> None:
        with requests.Session() as session:
            # A .netrc would put credentials where none are to be.
            session.trust_env = False
            session.headers["Authorization"] = f"Bearer {rate.api.token}"
            for turn in turns:
                due = turn / rate.a_second
                if due > seconds:
                    return
                time.sleep(max(0.0, started + due - time.monotonic()))
                status = _ask(session, rate.api.url)
                with guard:
                    said[status] += 1

    asked = [(rate, count()) for rate in rates]
    with ThreadPoolExecutor(CALLERS * len(asked)) as pool:
        # One count for all callers of an address: each takes the next turn.
        calls = [pool.submit(call, *each) for each in asked for _ in range(CALLERS)]
    for each in calls:
        each.result()
    return said


def _ask(session: requests.Session, url: str) -> str:
    try:
        answer = session.get(f"{url}{PATH}", timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException:
        return NO_ANSWER
    return str(answer.status_code)

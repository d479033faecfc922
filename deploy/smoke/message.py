"""A message on its whole way: published, written by the function, read through the API."""

import base64
import json
import secrets
import time
from collections.abc import Callable
from http import HTTPStatus

from deploy.google import Google
from deploy.smoke import checks
from deploy.smoke.caller import Api
from deploy.smoke.checks import Check

PREFIX = "smoke-"
"""How its name begins, for whoever finds it in the table. What keeps it from callers is its
attribute `smoke` (app/query.py)."""
DEADLINE_S = 60.0
"""What the service promises of 99 % of all messages."""
PAUSE_S = 1.0


def sent(
    api: Api,
    google: Google,
    topic: str,
    deadline_s: float = DEADLINE_S,
    clock: Callable[[], float] = time.monotonic,
) -> Check:
    """Publish a message and read its row.

    Args:
        api: where it is read.
        google: who publishes.
        topic: `projects/P/topics/T`.
        deadline_s: how long it may take from the publish to the row.
        clock: tells seconds.

    Raises:
        GoogleError: it could not be published.
        SmokeError: the API does not answer.
    """
    name = f"{PREFIX}{secrets.token_hex(8)}"
    record = json.dumps({"id": secrets.randbelow(1 << 53), "name": name}).encode()
    data = base64.b64encode(record).decode("ascii")
    message = {"data": data, "attributes": {"event_id": name, "smoke": "1"}}
    began = clock()
    google.post("pubsub", f"v1/{topic}:publish", {"messages": [message]})
    last = 0
    while (took := clock() - began) <= deadline_s:
        answer = api.get(query=f"limit=2&name={name}")
        last = answer.status
        told = checks.rows(answer)
        if last == HTTPStatus.OK and told is None:
            return Check("a message is read back", checks.NO_ROWS)
        if last == HTTPStatus.OK and told:
            found = [row for row in told if row.get("name") == name]
            if len(told) == len(found) == 1:
                return Check(f"a message is read back, {took:.1f} s after it was published")
            return Check("a message is read back", f"{len(told)} rows of one message")
        time.sleep(PAUSE_S)
    return Check(
        "a message is read back", f"not within {deadline_s:.0f} s; the last answer: {last}"
    )

"""Pushes that are refused at first, all started at once: Google's emulator takes its time."""

import time

from tests.local.pubsub.doubles import eventually

A_WHILE_S = 1.5
"""Long enough for either emulator to deliver again what it wants to deliver again."""
ACKNOWLEDGING = [200, 201, 204]
REFUSING = [205, 206, 301, 400, 401, 403, 404, 409, 429, 500, 502, 503, 504]


class Trials:
    """One subscription for each way to answer; `ids` and `names` tell which is which.

    None has a retry policy: with one, Google's emulator loses messages now and then.
    """

    def __init__(self, emulator, endpoint):
        self.emulator = emulator
        self.endpoint = endpoint
        endpoint.decide = self._decide
        self._plans = {
            "repeated": [503, 500, 204],
            "dead": [500] * 99,
            **{str(status): [status, 204] for status in (*ACKNOWLEDGING, *REFUSING)},
        }
        dead_letters = emulator.topic()
        self.burial = emulator.subscribe(dead_letters)
        self.ids = {}
        self.names = {}
        for name in self._plans:
            topic = emulator.topic()
            policy = {"dead_letter_policy": {"dead_letter_topic": dead_letters}}
            self.names[name] = emulator.subscribe(
                topic,
                push_config={"push_endpoint": f"{endpoint.url}{name}"},
                **(policy if name == "dead" else {}),
            )
            sent = {"data": b"x", "attributes": {"a": "b"}}
            self.ids[name] = emulator.publish(topic, sent)[0]

    def pushes(self, name, count):
        """Wait for so many pushes, and whether there will be more; returns them."""
        assert eventually(lambda: len(self._pushes(name)) >= count, within_s=30)
        settled_s = self._pushes(name)[-1].at_s + A_WHILE_S
        time.sleep(max(0, settled_s - time.monotonic()))
        return self._pushes(name)

    def _pushes(self, name):
        return [push for push in self.endpoint.pushes if push.target == f"POST /{name}"]

    def _decide(self, push):
        plan = self._plans[push.target.removeprefix("POST /")]
        return plan.pop(0) if plan else 204

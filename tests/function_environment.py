"""The function's environment and its push bodies, for every test that drives it."""

import base64
import json

from local import layout

SUBSCRIPTION = "projects/test-project/subscriptions/data-ingest-subscription"
PUSHER = "push@test-project.iam.gserviceaccount.com"
AUDIENCE = "https://function.test"


def environment(**changes):
    """A complete and right environment; None removes a variable."""
    whole = {
        "PROJECT_ID": layout.PROJECT,
        "DATASET": layout.DATASET,
        "TABLE_NAME": layout.TABLE,
        "AUDIENCES": AUDIENCE,
        "ALLOWED_CALLERS": PUSHER,
        "SUBSCRIPTIONS": SUBSCRIPTION,
        **changes,
    }
    return {name: value for name, value in whole.items() if value is not None}


def push_body(data=b'{"id": 1}', *, subscription=SUBSCRIPTION, **changes):
    """A push envelope as Pub/Sub sends it; `changes` replace members of the message."""
    message = {
        "messageId": "1001",
        "message_id": "1001",
        "publishTime": "2026-11-24T12:00:00.123Z",
        "publish_time": "2026-11-24T12:00:00.123Z",
        "data": base64.b64encode(data).decode(),
        "attributes": {},
        **changes,
    }
    kept = {name: value for name, value in message.items() if value is not None}
    return json.dumps({"subscription": subscription, "message": kept}).encode()

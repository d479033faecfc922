"""A message that an operator sends again carries, as its payload, the push of the first time.

So its row gets the first time's message id and publish time, and is to readers what a redelivery
is. Whoever says such things could put a row in the place of somebody else's: that is why nobody
but operators may publish to the topic of a replay subscription, and why a message of any other
subscription is never read this way.
"""

import base64
import dataclasses

from function.envelope import EnvelopeError, Message, parse


def unwrap(replay: Message) -> Message:
    """Read the message of the first time out of its replay.

    Its subscription is still to be checked, as every push's is.

    Raises:
        EnvelopeError: the payload is no push, or is of later than the replay itself.
    """
    try:
        raw_body = base64.b64decode(replay.raw_data.encode("ascii"), validate=True)
    except ValueError as exc:
        raise EnvelopeError("a replay that is no base64") from exc
    message = parse(raw_body)
    if message.publish_time > replay.publish_time:
        raise EnvelopeError("a replay of what was published after it")
    return dataclasses.replace(message, replayed=True)

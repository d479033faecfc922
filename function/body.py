"""The body of a request, within a limit that the framework does not have."""

import io

from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wsgi import get_input_stream

MAX_BYTES = 14 << 20
"""Pub/Sub's largest message, 10 MB, in base64 and an envelope."""


class BodyTooLargeError(Exception):
    """The body says that it is over the limit, or turned out to be."""


def read(request: Request) -> bytes:
    """Read the body to its end or to the limit, whichever comes first; chunked or not.

    Raises:
        BodyTooLargeError: the limit came first.
    """
    try:
        stream = get_input_stream(request.environ, max_content_length=MAX_BYTES)
        raw_body = stream.read()
        # A chunked body ends at the limit without a word; asking for more raises.
        if len(raw_body) >= MAX_BYTES:
            stream.read(1)
        return raw_body
    except RequestEntityTooLarge as exc:
        raise BodyTooLargeError from exc


def discard(request: Request) -> None:
    """Leave nothing to read: the framework reads all that is left, of any size, after an answer."""
    request.environ["wsgi.input"] = io.BytesIO()
    request.environ["CONTENT_LENGTH"] = "0"

"""What ends a nightly job without a judgement."""


class NotSeenError(Exception):
    """Something could not be looked at, so nobody knows; the text says what to do."""

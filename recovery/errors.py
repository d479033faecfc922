"""What ends a command of this room."""


class RecoveryError(Exception):
    """It could not be done, nothing is lost by that, and the text says what to do."""

"""What can go wrong that a person has to mend."""


class RehearsalError(Exception):
    """A rehearsal cannot be held, or failed; the text says what to do or what Terraform said."""


class MissingError(RehearsalError):
    """A program is not installed; the text says how it comes."""

"""What can become of a push request: one type for each, and for each type one HTTP status.

Pub/Sub takes 204 as an acknowledgement and anything else as the wish to see the message again.
Source: https://cloud.google.com/pubsub/docs/push#receive_push
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Committed:
    """The row is durable."""

    status: ClassVar = HTTPStatus.NO_CONTENT
    severity: ClassVar = "INFO"
    event: ClassVar = "ingest.committed"


@dataclass(frozen=True, slots=True)
class Quarantined:
    """The message can never be a row; all of it is durable in the quarantine table."""

    reason: str
    size_bytes: int
    sha256: str

    status: ClassVar = HTTPStatus.NO_CONTENT
    severity: ClassVar = "WARNING"
    event: ClassVar = "ingest.quarantined"


@dataclass(frozen=True, slots=True)
class Oversized:
    """As `Quarantined`, but no row can hold all of it: the dead-letter topic shall."""

    reason: str
    size_bytes: int
    sha256: str

    status: ClassVar = HTTPStatus.SERVICE_UNAVAILABLE
    severity: ClassVar = "WARNING"
    event: ClassVar = "ingest.oversized"


@dataclass(frozen=True, slots=True)
class Deferred:
    """Nothing is durable yet; the message must come again."""

    reason: str

    status: ClassVar = HTTPStatus.SERVICE_UNAVAILABLE
    severity: ClassVar = "ERROR"
    event: ClassVar = "ingest.deferred"


@dataclass(frozen=True, slots=True)
class Malformed:
    """The request is no push of Pub/Sub's."""

    reason: str

    status: ClassVar = HTTPStatus.BAD_REQUEST
    severity: ClassVar = "WARNING"
    event: ClassVar = "push.malformed"


@dataclass(frozen=True, slots=True)
class Unauthenticated:
    """Nobody proved to be anybody."""

    reason: str

    status: ClassVar = HTTPStatus.UNAUTHORIZED
    severity: ClassVar = "WARNING"
    event: ClassVar = "push.unauthenticated"


@dataclass(frozen=True, slots=True)
class Forbidden:
    """Not our push identity, or not our subscription."""

    reason: str
    caller: str

    status: ClassVar = HTTPStatus.FORBIDDEN
    severity: ClassVar = "WARNING"
    event: ClassVar = "push.forbidden"


@dataclass(frozen=True, slots=True)
class Refused:
    """The request broke a limit of HTTP's before anybody looked into it."""

    reason: str
    status: HTTPStatus

    severity: ClassVar = "WARNING"
    event: ClassVar = "push.refused"


Outcome = (
    Committed
    | Quarantined
    | Oversized
    | Deferred
    | Malformed
    | Unauthenticated
    | Forbidden
    | Refused
)

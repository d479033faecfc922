"""Whether a service can do its work now, asked often and found out seldom."""

from collections.abc import Callable

from servicekit.single_flight import SingleFlight

TTL_S = 5.0
WAIT_S = 10.0


class Readiness:
    """Shares one check among all who ask, since nobody needs a token to ask."""

    def __init__(self, check: Callable[[], None]) -> None:
        self._check = check
        self._results: SingleFlight[Exception | None] = SingleFlight(
            TTL_S, max_entries=1, wait_s=WAIT_S
        )

    def check(self) -> None:
        """Raise what the last check raised, if it did; a failure is remembered as well."""
        error = self._results.get("ready", self._outcome)
        if error:
            raise error

    def _outcome(self) -> Exception | None:
        try:
            self._check()
        except Exception as exc:  # noqa: BLE001 - whatever it is, it is the answer
            return exc
        return None

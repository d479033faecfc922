"""The environment, read once at the start; every complaint is in one message."""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

UNITS_S = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400}


class SettingsError(Exception):
    """The environment does not describe a service that may start."""


class Environment:
    """Typed access to environment variables that collects what is wrong with them.

    Each reader returns a usable value even for a bad variable, so that `check` can name all
    of them together; nobody may use the values before `check` has passed.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self._problems: list[str] = []

    def check(self) -> None:
        """Raise `SettingsError` naming every variable that was missing or wrong."""
        if self._problems:
            raise SettingsError("cannot start: " + "; ".join(self._problems))

    def complain(self, problem: str) -> None:
        """Add a complaint that spans more than one variable."""
        self._problems.append(problem)

    def optional(self, name: str) -> str | None:
        """Read a variable that may be missing; an empty one counts as missing."""
        return self._variables.get(name) or None

    def text(self, name: str, default: str | None = None, *, pattern: str = r".+") -> str:
        """Read a string that matches `pattern` as a whole."""
        value = self._variables.get(name) or default
        if value is None:
            self.complain(f"{name} is not set")
            return ""
        if not re.fullmatch(pattern, value):
            self.complain(f"{name} must match {pattern}")
        return value

    def choice(self, name: str, options: tuple[str, ...], default: str) -> str:
        """Read one word out of `options`."""
        return self.text(name, default, pattern="|".join(map(re.escape, options)))

    def words(self, name: str) -> tuple[str, ...]:
        """Read a list that is separated by commas and has at least one entry."""
        found = tuple(filter(None, (word.strip() for word in self.text(name).split(","))))
        if not found and self._variables.get(name):
            self.complain(f"{name} has no entry")
        return found

    def number(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """Read a whole number between `minimum` and `maximum`."""
        text = self.text(name, str(default))
        if not re.fullmatch(r"[0-9]{1,18}", text) or not minimum <= int(text) <= maximum:
            self.complain(f"{name} must be a whole number from {minimum} to {maximum}")
            return default
        return int(text)

    def share(self, name: str, default: str) -> float:
        """Read a share of a whole, from `0` to `1`, such as `0.05`."""
        text = self.text(name, default)
        if not re.fullmatch(r"0(\.[0-9]{1,9})?|1(\.0{1,9})?", text):
            self.complain(f"{name} must be a share from 0 to 1, as {default} is")
            return 0.0
        return float(text)

    def duration_s(self, name: str, default: str, *, minimum: str, maximum: str) -> float:
        """Read a duration such as `500ms`, `2s`, `15m`, `24h` or `7d`, in seconds."""
        value = _seconds(self.text(name, default))
        low, high = _seconds(minimum), _seconds(maximum)
        if value is None or low is None or high is None or not low <= value <= high:
            self.complain(f"{name} must be a duration from {minimum} to {maximum}, as {default} is")
            return 0.0
        return value

    def url(self, name: str, default: str | None = None) -> str:
        """Read an https URL; plain http is for loopback alone, where nobody can listen in."""
        value = self.text(name, default)
        if value and not _is_safe_url(value):
            self.complain(f"{name} must be an https URL")
        return value


def _is_safe_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    local = parts.hostname in ("127.0.0.1", "::1", "localhost")
    return bool(parts.hostname) and (parts.scheme == "https" or (parts.scheme == "http" and local))


def _seconds(text: str) -> float | None:
    match = re.fullmatch(r"([0-9]{1,9})(ms|s|m|h|d)", text)
    return int(match[1]) * UNITS_S[match[2]] if match else None

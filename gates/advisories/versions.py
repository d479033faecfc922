"""Which versions of a Python package an OSV record speaks of.

Source of the rules: https://ossf.github.io/osv-schema/#evaluation
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

ECOSYSTEM = "PyPI"


@dataclass(frozen=True, slots=True)
class Span:
    """Versions without a gap; a bound that is None is open."""

    first: Version | None = None
    before: Version | None = None
    last: Version | None = None

    def __contains__(self, version: Version) -> bool:
        return (
            (self.first is None or version >= self.first)
            and (self.before is None or version < self.before)
            and (self.last is None or version <= self.last)
        )

    @property
    def specifiers(self) -> tuple[str, ...]:
        """PEP 440 specifiers, one of which each of its versions satisfies; an empty one all do."""
        begin = f">={self.first}, " if self.first is not None else ""
        if self.before is not None:
            # The first names the fix to Trivy. By PEP 440 it leaves out 2.0rc1 below 2.0.
            return f"{begin}<{self.before}", f"{begin}<={self.before}, !={self.before}"
        if self.last is not None:
            return (f"=={self.last}" if self.first == self.last else f"{begin}<={self.last}",)
        return (begin.removesuffix(", "),)


EVERY = Span()


def affected(record: Mapping[str, Any]) -> Iterator[tuple[str, list[Span]]]:
    """Yield each Python package, named as PEP 503 has it, and its affected versions."""
    for each in record["affected"]:
        package = each.get("package", {})
        if package.get("ecosystem") == ECOSYSTEM:
            yield canonicalize_name(package["name"]), _spans(each)


def concerns(record: Mapping[str, Any], name: str, version: str) -> bool:
    """Tell whether a version is affected; one that cannot be compared is."""
    wanted = canonicalize_name(name)
    spans = [span for found, known in affected(record) if found == wanted for span in known]
    try:
        return any(Version(version) in span for span in spans)
    except InvalidVersion:
        return bool(spans)


def _spans(each: Mapping[str, Any]) -> list[Span]:
    """Read ranges and listed versions; where neither can be read, every version."""
    try:
        ranges = [known for known in each.get("ranges") or () if known["type"] == "ECOSYSTEM"]
        spans = [span for known in ranges for span in _between(known["events"])]
        listed = [version for text in each.get("versions") or () if (version := _read(text))]
    except (InvalidVersion, LookupError, TypeError, AttributeError):
        return [EVERY]
    spans += [Span(one, None, one) for one in listed if not any(one in span for span in spans)]
    return spans or [EVERY]


def _between(events: list[Mapping[str, str]]) -> Iterator[Span]:
    """Go through the events in the order of their versions, as the schema has it.

    Of what ends and begins at one version, the end comes first: else it would be affected no more.
    """
    order = sorted(_events(events), key=lambda event: (event[1], event[0] == "introduced"))
    first: Version | None = None
    for kind, at in order:
        if kind == "introduced":
            first = first or at
        elif first is not None:
            yield Span(first, at) if kind == "fixed" else Span(first, None, at)
            first = None
    if first is not None:
        yield Span(first)


def _events(events: list[Mapping[str, str]]) -> Iterator[tuple[str, Version]]:
    for event in events:
        for kind in ("introduced", "fixed", "last_affected"):
            if kind in event:
                # "0" is the schema's word for before everything, so before development releases.
                yield kind, Version("0.dev0" if event[kind] == "0" else event[kind])


def _read(text: str) -> Version | None:
    """Read a listed version; None for an old one of another form, which nothing installs."""
    try:
        return Version(text)
    except InvalidVersion:
        return None

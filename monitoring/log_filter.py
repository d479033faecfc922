r"""Cloud Logging's query language, as far as metrics.yaml uses it, to try a filter without a cloud.

    filter     = one { "AND" one } | one { "OR" one }       never both without brackets
    one        = "(" filter ")" | log_id("NAME") | "TEXT" | path operator value
    operator   = "=" | ">=" | "<" | "=~"
    value      = "TEXT" | number

Anything else is refused, and whatever the language would convert does not match here: a number
that became a text, a field that is gone. So a line that changed its shape is noticed.
Source: https://cloud.google.com/logging/docs/view/logging-query-language
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

Entry = Mapping[str, Any]
Filter = Callable[[Entry], bool]

_TOKEN = re.compile(
    r"""\s*(?: (?P<text>"(?:[^"\\]|\\.)*") | (?P<number>-?\d+(?:\.\d+)?(?![\w.]))
    | (?P<word>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) | (?P<sign>>=|=~|[=<()]) )""",
    re.VERBOSE,
)
_DURATION = re.compile(r"(\d+(?:\.\d+)?)s")
_EXTRACT = re.compile(r"EXTRACT\(([\w.]+)\)")
DURATIONS = {"httpRequest.latency"}
"""Fields that hold a duration, written as seconds with an `s`."""


class FilterError(ValueError):
    """It is no filter of the subset above."""


def parse(text: str) -> Filter:
    """Make a filter's text a function of a log entry (the API's `LogEntry` as JSON).

    Raises:
        FilterError: it cannot be read, or goes beyond the subset.
    """
    tokens = list(_tokens(text))
    matches, rest = _filter(tokens)
    if rest:
        raise FilterError(f"{rest[0][1]} is too much")
    return matches


def extract(extractor: str, entry: Entry) -> float | None:
    """Take the number that a distribution counts out of an entry; None if there is none.

    Raises:
        FilterError: the extractor is not `EXTRACT(path)`.
    """
    match = _EXTRACT.fullmatch(extractor)
    if not match:
        raise FilterError(f"{extractor} is no EXTRACT(path)")
    value = field(entry, match[1])
    return float(value) if _is_number(value) else None


_Tokens = list[tuple[str, str]]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    text = text.rstrip()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match or match.lastgroup is None:
            raise FilterError(f"cannot read {text[at:].strip()[:40]!r}")
        yield match.lastgroup, match[match.lastgroup]
        at = match.end()


def _filter(tokens: _Tokens) -> tuple[Filter, _Tokens]:
    first, tokens = _one(tokens)
    parts, joined = [first], ""
    while tokens and tokens[0][1] in ("AND", "OR"):
        # OR binds more tightly than AND there, which nobody expects.
        if joined not in ("", tokens[0][1]):
            raise FilterError("AND and OR without brackets between them")
        joined = tokens[0][1]
        part, tokens = _one(tokens[1:])
        parts.append(part)
    every = any if joined == "OR" else all
    return lambda entry: every(part(entry) for part in parts), tokens


def _one(tokens: _Tokens) -> tuple[Filter, _Tokens]:
    match tokens:
        case [("sign", "("), *rest]:
            matches, rest = _filter(rest)
            if not rest or rest[0][1] != ")":
                raise FilterError("a bracket is not closed")
            return matches, rest[1:]
        case [("word", "log_id"), ("sign", "("), ("text", name), ("sign", ")"), *rest]:
            return _log(_unquote(name)), rest
        case [("text", words), *rest]:
            return _anywhere(_unquote(words).lower()), rest
        case [("word", path), ("sign", sign), (("text" | "number") as kind, value), *rest]:
            return _comparison(path, sign, kind, value), rest
    raise FilterError(f"no comparison begins at {' '.join(word for _, word in tokens[:3])!r}")


def _log(name: str) -> Filter:
    return lambda entry: unquote(str(entry.get("logName", ""))).endswith(f"/logs/{name}")


def _anywhere(words: str) -> Filter:
    return lambda entry: any(words in text.lower() for text in _texts(entry))


def _comparison(path: str, sign: str, kind: str, value: str) -> Filter:
    if kind == "text" and sign == "=":
        wanted = _unquote(value).lower()
        return lambda entry: (found := _text(entry, path)) is not None and found.lower() == wanted
    if kind == "text" and sign == "=~":
        pattern = re.compile(_unquote(value))
        return lambda entry: bool(pattern.search(_text(entry, path) or ""))
    measure = _seconds if path in DURATIONS else _number
    bound = measure(_unquote(value) if kind == "text" else float(value))
    if bound is None or sign not in ("=", ">=", "<"):
        raise FilterError(f"{path}{sign}{value} compares what cannot be compared")

    def matches(entry: Entry) -> bool:
        found = measure(field(entry, path))
        if found is None:
            return False
        return {"=": found == bound, ">=": found >= bound, "<": found < bound}[sign]

    return matches


def field(entry: Any, path: str) -> Any:
    """Give what stands at a path such as `jsonPayload.event`, None where there is nothing."""
    found: Any = entry
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _text(entry: Entry, path: str) -> str | None:
    found = field(entry, path)
    return found if isinstance(found, str) else None


def _number(value: Any) -> float | None:
    return float(value) if _is_number(value) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _seconds(value: Any) -> float | None:
    match = _DURATION.fullmatch(value) if isinstance(value, str) else None
    return float(match[1]) if match else None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _unquote(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])

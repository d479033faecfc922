# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""From evidence to a verdict: PASSED and FAILED need evidence, everything else is UNKNOWN."""

import re
from collections.abc import Iterable
from typing import Any

from blocks import Block
from checkov.common.models.enums import CheckResult
from expressions import HOLE

PASSED, FAILED, UNKNOWN = CheckResult.PASSED, CheckResult.FAILED, CheckResult.UNKNOWN
EVERYBODY = ("allUsers", "allAuthenticatedUsers")


def worst(verdicts: Iterable[CheckResult]) -> CheckResult:
    """One failure fails all; without one, a single doubt is a doubt about all."""
    seen = set(verdicts)
    return FAILED if FAILED in seen else UNKNOWN if UNKNOWN in seen else PASSED


def passes(condition: bool) -> CheckResult:  # noqa: FBT001 - the name says what True means
    """PASSED or FAILED."""
    return PASSED if condition else FAILED


def has_hole(value: Any) -> bool:
    """Whether a part of the value is not known."""
    return isinstance(value, str) and HOLE.search(value) is not None


def matches(value: Any, pattern: str) -> CheckResult:
    """PASSED if the whole text matches, whatever its letters' case; UNKNOWN with a hole in it."""
    if has_hole(value):
        return UNKNOWN
    return passes(re.fullmatch(pattern, str(value), re.IGNORECASE | re.DOTALL) is not None)


def excludes(values: Iterable[Any], words: Iterable[str]) -> CheckResult:
    """FAILED if a value is one of the words, in any case; UNKNOWN if a hole could hold one."""
    return worst(_is_none_of(value, tuple(words)) for value in values)


def _is_none_of(value: Any, words: tuple[str, ...]) -> CheckResult:
    text = str(value)
    could_be = "".join(
        ".*" if index % 2 else re.escape(part) for index, part in enumerate(HOLE.split(text))
    )
    if not any(re.fullmatch(could_be, word, re.IGNORECASE) for word in words):
        return PASSED
    return UNKNOWN if has_hole(text) else FAILED


def is_on(value: Any) -> CheckResult:
    """PASSED for true, FAILED for anything else, UNKNOWN for a hole."""
    return UNKNOWN if has_hole(value) else passes(str(value).lower() == "true")


def is_off(value: Any) -> CheckResult:
    """PASSED for false or absent, FAILED for true, UNKNOWN for a hole."""
    return UNKNOWN if has_hole(value) else passes(str(value).lower() in {"false", "none"})


def is_given(value: Any) -> CheckResult:
    """PASSED for something, FAILED for nothing or empty text, UNKNOWN for what may be null.

    A reference to a resource's or a data source's attribute is something.
    """
    if not has_hole(value):
        return passes(value not in (None, "", [], {}))
    return PASSED if _rests_on_resource(value) else UNKNOWN


def is_absent(value: Any) -> CheckResult:
    """PASSED for nothing, FAILED for something, UNKNOWN for what may be null."""
    return {PASSED: FAILED, FAILED: PASSED}.get(is_given(value), UNKNOWN)


def _rests_on_resource(text: str) -> bool:
    return bool(HOLE.sub("", text)) or bool(re.search(r"⟦(data\.)?google_\w+\.", text))


def is_present(blocks: list[Block]) -> CheckResult:
    """PASSED if one is there, FAILED if none is, UNKNOWN if it depends."""
    if not blocks:
        return FAILED
    return UNKNOWN if all(block.maybe for block in blocks) else PASSED

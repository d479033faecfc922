# ruff: noqa: INP001 - Checkov would load a package's modules twice (sources.py)
"""A judge of one argument: the key that data are encrypted with."""

from collections.abc import Callable

from blocks import Block
from checkov.common.models.enums import CheckResult
from verdicts import is_given, is_present, worst


def wants_key(*path: str) -> Callable[[Block], CheckResult]:
    """A judge that wants a key at a path such as `encryption`, `default_kms_key_name`.

    Checkov's own rules pass a key that is null, for example a variable's default.
    """
    *outer, name = path

    def judge(block: Block) -> CheckResult:
        found = block.find(*outer) if outer else [block]
        return worst(
            [is_present(found) if outer else is_given(block.get(name))]
            + [is_given(inner.get(name)) for inner in found if outer]
        )

    return judge

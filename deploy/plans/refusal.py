"""Why a plan, a lock or a step is refused, each reason under a name of its own."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Reason(StrEnum):
    """The one word of a refusal, for logs and tests; docs/rollout.md says what to do."""

    UNREADABLE = "unreadable"
    VERSION = "version"
    ERRORED = "errored"
    INCOMPLETE = "incomplete"
    DEFERRED = "deferred"
    CHECK = "check"
    PROVIDER = "provider"
    MODE = "mode"
    ACTION = "action"
    MOVED = "moved"
    IMPORTED = "imported"
    DEPOSED = "deposed"
    REPEATED = "repeated"
    TAINTED = "tainted"
    DELETION = "deletion"
    DRIFT = "drift"
    OUTPUT = "output"
    UNKNOWN = "unknown"
    OTHER_RESOURCE = "other-resource"
    OTHER_ATTRIBUTE = "other-attribute"
    TRAFFIC = "traffic"
    FOREIGN_REVISION = "foreign-revision"
    REVISION = "revision"
    MISSING = "missing"
    IMAGE = "image"
    UNSIGNED = "unsigned"
    PUBLIC = "public"
    COLUMNS = "columns"
    EARLY = "early"


@dataclass(frozen=True, slots=True, order=True)
class Refusal:
    """One thing that is wrong with a plan; it holds no value of the plan but names."""

    reason: Reason
    where: str
    """An address, an output or a part of the document."""
    why: str

    def __str__(self) -> str:
        """Write it as a line."""
        return f"{self.reason}: {self.where}: {self.why}"


class PlanRefusedError(Exception):
    """A plan may not be applied; the text is every reason, for a person."""

    def __init__(self, refusals: Iterable[Refusal]) -> None:
        """Keep the reasons, each once and in order."""
        self.refusals = tuple(sorted(set(refusals)))
        super().__init__("\n".join(str(each) for each in self.refusals))


def decide(*found: Iterable[Refusal]) -> None:
    """Go through what was found, and let nothing pass that could not be judged.

    Raises:
        PlanRefusedError: there is a refusal, or a part has a shape that no plan of ours has.
    """
    try:
        refusals = [refusal for each in found for refusal in each]
    except (AttributeError, LookupError, TypeError, ValueError) as exc:
        why = f"a part has another shape than Terraform gives it ({type(exc).__name__})"
        raise PlanRefusedError([Refusal(Reason.UNREADABLE, "the plan", why)]) from None
    if refusals:
        raise PlanRefusedError(refusals)

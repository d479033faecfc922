"""What the pipeline promises, and how fast a promise's budget may burn: slo.yaml as types."""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field

PATH = Path(__file__).with_name("slo.yaml")

Duration = Annotated[str, Field(pattern=r"^[1-9][0-9]*[mhd]$")]
Expression = Annotated[str, Field(pattern=r"\[window\]")]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BurnWindow(_Part):
    """How fast a budget burns, seen over a long time and still going on."""

    burn: Decimal = Field(gt=0)
    """As many budgets of 30 days burn within 30 days."""
    long: Duration
    short: Duration
    severity: Literal["page", "ticket"]


class Objective(_Part):
    """A promise about a share of all events."""

    name: str = Field(pattern=r"^[a-z][a-z_]+$")
    alert: str = Field(pattern=r"^[A-Z][A-Za-z]+$")
    goal: Decimal = Field(gt=0, lt=1)
    promise: str
    bad: Expression
    """PromQL: how many events missed the promise within `[window]`."""
    total: Expression

    @property
    def budget(self) -> Decimal:
        """The share that may miss the promise."""
        return 1 - self.goal


class Promises(_Part):
    """The whole file."""

    windows: list[BurnWindow] = Field(min_length=1)
    fewest_bad: int = Field(ge=1)
    """Fewer bad events within the long window call nobody."""
    late_after_s: int = Field(gt=0)
    """From so many seconds after publishing on, a message that becomes queryable is late."""
    objectives: list[Objective] = Field(min_length=1)


def read(path: Path = PATH) -> Promises:
    """Read the promises.

    Raises:
        pydantic.ValidationError: a field is missing, unknown or impossible.
    """
    # As text, so that 0.999 stays what was written; this loader makes text, lists, mappings alone.
    loader = yaml.BaseLoader(path.read_text("utf-8"))
    return Promises.model_validate(loader.get_single_data())

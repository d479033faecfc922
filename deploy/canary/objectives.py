"""What each service promises, and how far a candidate may miss it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from deploy.canary.pace import Pace

RULE_OF_THREE = 3
"""With nothing bad among n, the true share is below 3/n with 95 % confidence.

Source: Hanley and Lippman-Hand, If nothing goes wrong, is everything all right? JAMA 249 (1983)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """A promise about a share, each between 0 and 1."""

    budget: float
    """May miss the promise: a candidate with more is not promoted."""
    limit: float
    """A candidate that misses it more often is rolled back at once."""

    def __post_init__(self) -> None:
        if not 0 < self.budget < self.limit < 1:
            raise ValueError("an objective needs 0 < budget < limit < 1")

    @property
    def fewest(self) -> int:
        """How much has to be observed before its absence says that the limit is kept."""
        return math.ceil(RULE_OF_THREE / self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What decides about a service's candidates."""

    objectives: Mapping[str, Objective]
    pace: Pace = field(default_factory=Pace)

    def __post_init__(self) -> None:
        if not self.objectives:
            raise ValueError("without objectives anything would be promoted")


API = Policy(
    objectives={
        # 99.9 % a month; at the limit the month's budget would last three days.
        "availability": Objective(budget=0.001, limit=0.01),
        # 95 % within 300 ms.
        "latency": Objective(budget=0.05, limit=0.15),
    }
)
FUNCTION = Policy(
    objectives={
        # A push without acknowledgement is delivered again, so it is late and not lost.
        "acknowledgement": Objective(budget=0.01, limit=0.05),
        # 99 % queryable within 60 s of being published.
        "freshness": Objective(budget=0.01, limit=0.05),
    }
)

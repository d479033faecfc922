"""Cloud Monitoring's histograms; no I/O here.

Source: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/TypedValue#Distribution
"""

import math
from itertools import pairwise
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from deploy.canary.metrics import Count, SourceError

MOST_BUCKETS = 1000
Number = Annotated[str, Field(pattern=r"^[0-9]{1,15}$")]
"""JSON carries the API's 64-bit integers as text."""


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)


class Linear(_Part):
    """Buckets of one width."""

    numFiniteBuckets: int = Field(gt=0, lt=MOST_BUCKETS)  # noqa: N815 - the API's name
    width: float
    offset: float = 0.0


class Exponential(_Part):
    """Buckets that grow by a factor."""

    numFiniteBuckets: int = Field(gt=0, lt=MOST_BUCKETS)  # noqa: N815 - the API's name
    growthFactor: float  # noqa: N815 - the API's name
    scale: float


class Explicit(_Part):
    """Buckets between bounds that are written down."""

    bounds: list[float] = Field(min_length=1, max_length=MOST_BUCKETS)


class Options(_Part):
    """The bounds of the buckets, in one of three ways."""

    linearBuckets: Linear | None = None  # noqa: N815 - the API's name
    exponentialBuckets: Exponential | None = None  # noqa: N815 - the API's name
    explicitBuckets: Explicit | None = None  # noqa: N815 - the API's name


class Distribution(_Part):
    """How many values fell into each bucket; zeros at the end, and a count of 0, are left out."""

    count: Number = "0"
    bucketOptions: Options | None = None  # noqa: N815 - the API's name
    bucketCounts: list[Number] = Field(default=[], max_length=MOST_BUCKETS + 1)  # noqa: N815 - the API's name


def above(values: Distribution, threshold: float) -> Count:
    """Count the values, and those that may be at the threshold or above it.

    A bucket that the threshold divides counts as above it, whole: the answer is never too low, and
    it is exact where the threshold is a bound.

    Raises:
        SourceError: the buckets contradict themselves or the count.
    """
    total = int(values.count)
    if not total:
        return Count(0, 0)
    bounds = _bounds(values.bucketOptions)
    counts = [int(each) for each in values.bucketCounts]
    # A bucket holds its lower bound and not its upper one.
    low = sum(1 for bound in bounds if bound <= threshold)
    if sum(counts) != total or len(counts) > len(bounds) + 1:
        raise SourceError("a distribution's buckets and its count contradict each other")
    return Count(total, sum(counts[low:]))


def _bounds(options: Options | None) -> list[float]:
    kinds = options or Options()
    each = (kinds.linearBuckets, kinds.exponentialBuckets, kinds.explicitBuckets)
    chosen = [kind for kind in each if kind]
    if len(chosen) != 1:
        raise SourceError("a distribution names its buckets in no way, or in several")
    (kind,) = chosen
    try:
        match kind:
            case Explicit():
                bounds = kind.bounds
            case Linear():
                numbers = range(kind.numFiniteBuckets + 1)
                bounds = [kind.offset + kind.width * number for number in numbers]
            case Exponential():
                numbers = range(kind.numFiniteBuckets + 1)
                bounds = [kind.scale * kind.growthFactor**number for number in numbers]
    except OverflowError:
        bounds = [math.inf]
    # nan is in no order, so this refuses it too.
    if not all(map(math.isfinite, bounds)) or not all(low < high for low, high in pairwise(bounds)):
        raise SourceError("a distribution's bounds do not rise")
    return bounds

"""The shape of Cloud Monitoring's answers, as far as it is read.

Source: https://cloud.google.com/monitoring/api/ref_v3/rest/v3/TimeSeries
"""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from deploy.canary.distribution import Distribution, Number


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Interval(_Part):
    """When a value was observed."""

    startTime: AwareDatetime  # noqa: N815 - the API's name
    endTime: AwareDatetime  # noqa: N815 - the API's name


class Value(_Part):
    """A number or a histogram."""

    int64Value: Number | None = None  # noqa: N815 - the API's name
    distributionValue: Distribution | None = None  # noqa: N815 - the API's name


class Point(_Part):
    """One value."""

    interval: Interval
    value: Value


class Labelled(_Part):
    """A metric, or a monitored resource."""

    type: str
    labels: Mapping[str, str] = {}


class Series(_Part):
    """The values of one metric for one set of labels."""

    metric: Labelled
    resource: Labelled
    points: list[Point]


class Page(_Part):
    """One page of an answer."""

    timeSeries: list[Series] = []  # noqa: N815 - the API's name
    nextPageToken: str = ""  # noqa: N815 - the API's name
    executionErrors: list[Any] = []  # noqa: N815 - the API's name

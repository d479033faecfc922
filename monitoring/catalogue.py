"""The metrics that a rule may use: metrics.yaml as types, and what PromQL calls them."""

import re
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

PATH = Path(__file__).with_name("metrics.yaml")


class Metric(BaseModel):
    """What can be said of any metric."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    resource: str
    """The one type of monitored resource that it is read of."""
    kind: Literal["DELTA", "GAUGE"]
    value: Literal["INT64", "DISTRIBUTION", "BOOL"]
    unit: str
    delay_s: int = Field(ge=0)
    labels: list[str]

    @property
    def name(self) -> str:
        """Its type, as Cloud Monitoring's API has it."""
        raise NotImplementedError

    @property
    def series(self) -> list[str]:
        """What PromQL calls it: one name, or a histogram's three.

        Source: https://cloud.google.com/monitoring/promql/promql-mapping
        """
        service, _, rest = self.name.partition("/")
        whole = ":".join(re.sub(r"[^a-zA-Z0-9_]", "_", part) for part in (service, rest))
        if self.value == "DISTRIBUTION":
            return [f"{whole}_{part}" for part in ("bucket", "sum", "count")]
        return [whole]


class GoogleMetric(Metric):
    """One that Google writes."""

    type: str

    @property
    def name(self) -> str:
        """Its type, as Cloud Monitoring's API has it."""
        return self.type


class LogMetric(Metric):
    """One that Cloud Logging counts for us, line by line."""

    id: str = Field(alias="name", pattern=r"^[a-z][a-z0-9_]+$")
    description: str
    filter: str
    value_extractor: str | None = None
    bounds: list[float] = []
    """Where the buckets of a distribution end; a bucket holds its lower bound."""

    @property
    def name(self) -> str:
        """Its type, as Cloud Monitoring's API has it."""
        return f"logging.googleapis.com/user/{self.id}"

    @model_validator(mode="after")
    def _distribution(self) -> "LogMetric":
        wanted = self.value == "DISTRIBUTION"
        if (wanted, wanted) != (bool(self.value_extractor), bool(self.bounds)):
            raise ValueError("a distribution, and nothing else, has a value_extractor and bounds")
        if self.bounds != sorted(set(self.bounds)):
            raise ValueError("bounds grow")
        return self


class Catalogue(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    google: list[GoogleMetric]
    logs: list[LogMetric]

    @property
    def by_series(self) -> dict[str, Metric]:
        """Find a metric by what PromQL calls it."""
        return {series: metric for metric in (*self.google, *self.logs) for series in metric.series}


def read(path: Path = PATH) -> Catalogue:
    """Read the metrics.

    Raises:
        pydantic.ValidationError: a field is missing, unknown or impossible.
    """
    return Catalogue.model_validate(yaml.safe_load(path.read_text("utf-8")))

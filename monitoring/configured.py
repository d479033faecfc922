"""What Terraform sets when nobody says otherwise: the numbers that capacity and cost follow from.

A reader of literals and no more, since `make capacity` runs where there is no Terraform. A test
compares what it reads with what Terraform itself plans.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from local.layout import ROOT
from monitoring.durations import seconds


class ConfiguredError(Exception):
    """A value is not where it was, or no literal any more: the reader has to be told anew."""


@dataclass(frozen=True, slots=True)
class Service:
    """One Cloud Run service."""

    threads: int
    """Requests at a time of one instance."""
    vcpus: int
    memory_gib: float
    min_instances: int
    max_instances: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The deployment's own limits."""

    api: Service
    function: Service
    default_lookback_s: float
    dedup_window_s: float
    max_bytes_billed: int
    rate_limit_per_minute: int
    """Requests of one caller to one instance of the API."""
    requests_per_minute_per_ip: int
    """Of one address at the load balancer, where there is one."""
    minimum_backoff_s: float
    maximum_backoff_s: float
    max_delivery_attempts: int
    row_days: int
    message_days: int
    monthly_budget: int
    kept_images: int
    encryption_keys: int
    key_rotation_days: int
    edge_rules: int
    """Rules of the load balancer's policy, with the last one that refuses the rest."""

    @classmethod
    def read(cls, folder: Path = ROOT / "terraform") -> "Configured":
        """Read the defaults of both roots.

        Raises:
            ConfiguredError: naming the file and what was not found in it.
            DurationError: what should be a time is none.
        """
        services = _File(folder / "variables_services.tf")
        perimeter = _File(folder / "variables_perimeter.tf")
        main, pushes = _File(folder / "variables.tf"), _File(folder / "subscription.tf")
        bootstrap = _File(folder / "bootstrap" / "variables.tf")
        keys = _File(folder / "bootstrap" / "keys.tf")
        return cls(
            api=services.service("api"),
            function=services.service("function"),
            default_lookback_s=seconds(services.optional("api", "default_lookback")),
            dedup_window_s=seconds(services.optional("api", "dedup_window")),
            max_bytes_billed=services.optional("api", "max_bytes_billed"),
            rate_limit_per_minute=services.optional("api", "rate_limit_per_minute"),
            requests_per_minute_per_ip=perimeter.default("requests_per_minute_per_ip"),
            minimum_backoff_s=seconds(pushes.attribute("minimum_backoff")),
            maximum_backoff_s=seconds(pushes.attribute("maximum_backoff")),
            max_delivery_attempts=main.default("max_delivery_attempts"),
            row_days=main.optional("retention_days", "rows"),
            message_days=main.optional("retention_days", "messages"),
            monthly_budget=bootstrap.default("monthly_budget"),
            kept_images=bootstrap.default("kept_images"),
            encryption_keys=len(
                keys.each(r"^    \w+ += \{ location = ", "the table of encryption keys")
            ),
            key_rotation_days=int(seconds(keys.attribute("rotation_period")) // 86400),
            edge_rules=_edge_rules(_File(folder / "edge.tf")),
        )


class _File:
    """One file of HCL, as `terraform fmt` leaves it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._text = path.read_text("utf-8")
        except OSError as exc:
            raise ConfiguredError(f"{path.name}: cannot be read") from exc

    def default(self, variable: str) -> Any:
        """Take a variable's default."""
        return self._literal(
            r"^  default += (.+)$", self._block(variable), f"the default of {variable}"
        )

    def optional(self, variable: str, field: str) -> Any:
        """Take the default of a field that an object may leave out."""
        pattern = rf"^    {field} += optional\(\w+, (.+)\)$"
        return self._literal(pattern, self._block(variable), f"{variable}.{field}")

    def attribute(self, name: str) -> Any:
        """Take an attribute that the file sets once."""
        return self._literal(rf"^ +{name} += (\S+)", self._text, name)

    def each(self, pattern: str, what: str) -> list[str]:
        """Take what fits a pattern, one at least."""
        if not (found := re.findall(pattern, self._text, re.MULTILINE)):
            raise ConfiguredError(f"{self._path.name}: {what} is not found")
        return cast("list[str]", found)

    def service(self, variable: str) -> Service:
        """Take what one service may use."""
        memory = str(self.optional(variable, "memory"))
        if not (size := re.fullmatch(r"([0-9]+)(Mi|Gi)", memory)):
            raise ConfiguredError(f"{self._path.name}: {variable}.memory is {memory}")
        return Service(
            threads=self.optional(variable, "threads"),
            vcpus=int(self.optional(variable, "cpu")),
            memory_gib=int(size[1]) / (1024 if size[2] == "Mi" else 1),
            min_instances=self.optional(variable, "min_instances"),
            max_instances=self.optional(variable, "max_instances"),
        )

    def _block(self, variable: str) -> str:
        pattern = rf'^variable "{variable}" \{{\n(.*?)^\}}'
        if not (found := re.search(pattern, self._text, re.MULTILINE | re.DOTALL)):
            raise ConfiguredError(f"{self._path.name}: there is no variable {variable}")
        return found[1]

    def _literal(self, pattern: str, text: str, what: str) -> Any:
        found = re.findall(pattern, text, re.MULTILINE)
        if len(found) != 1:
            raise ConfiguredError(f"{self._path.name}: {what} is there {len(found)} times")
        try:
            return json.loads(found[0])
        except ValueError as exc:
            raise ConfiguredError(f"{self._path.name}: {what} is no literal: {found[0]}") from exc


def _edge_rules(edge: _File) -> int:
    """Count the rules: what is not reading, each of OWASP's, one that admits, and the last."""
    (names,) = edge.each(r"for name in \[(.*?)\] :", "the list of OWASP's rules")
    return 1 + len(json.loads(f"[{names}]")) + 2

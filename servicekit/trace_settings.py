"""Whether there are traces, under OpenTelemetry's own names; nothing of it is imported here."""

from dataclasses import dataclass
from importlib.util import find_spec

from servicekit.settings import Environment

EXPORTER = "opentelemetry.exporter.otlp.proto.http"


@dataclass(frozen=True, slots=True)
class TraceSettings:
    """Where spans go, and of how many requests."""

    endpoint: str
    """A collector that takes OTLP over HTTP; its path `/v1/traces` is added."""
    share: float
    """Of the requests, from 0 to 1."""

    @classmethod
    def read(cls, env: Environment) -> "TraceSettings | None":
        """Read `OTEL_EXPORTER_OTLP_ENDPOINT`, without which there are no traces, and the share.

        Complains into `env`, also where the image was built without OpenTelemetry.
        Source: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
        """
        share = env.share("OTEL_TRACES_SAMPLER_ARG", "0.01")
        if not env.optional("OTEL_EXPORTER_OTLP_ENDPOINT"):
            return None
        if not _installed():
            env.complain("OTEL_EXPORTER_OTLP_ENDPOINT needs what requirements/traces.txt installs")
        return cls(env.url("OTEL_EXPORTER_OTLP_ENDPOINT"), share)


def _installed() -> bool:
    try:
        return find_spec(EXPORTER) is not None
    except ModuleNotFoundError:  # not even what it is in
        return False

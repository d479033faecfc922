"""How much the services carry, from what Terraform gives them and how long their calls take."""

from dataclasses import dataclass, field

from monitoring.configured import Configured, Service
from monitoring.quotas import Quotas


@dataclass(frozen=True, slots=True, kw_only=True)
class Throughput:
    """What fits through the function and the API."""

    configured: Configured = field(default_factory=Configured.read)
    quotas: Quotas = field(default_factory=Quotas.read)
    push_s: float = 0.1
    """From a push to its answer. An assumption: BigQuery's own time was never measured."""
    push_cpu_s: float = 0.00088
    """Server CPU of a push, measured by `make bench` (README)."""
    read_s: float = 0.25
    """From a read to its answer, BigQuery asked. An assumption like `push_s`."""
    read_cpu_s: float = 0.00072
    """Server CPU of a read, measured likewise."""

    @property
    def messages_per_s(self) -> float:
        """What all instances of the function store."""
        return _rate(self.configured.function, self.push_s, self.push_cpu_s)

    @property
    def api_reads_per_s(self) -> float:
        """What all instances of the API answer, each read asking BigQuery."""
        return _rate(self.configured.api, self.read_s, self.read_cpu_s)

    @property
    def reads_per_s(self) -> float:
        """What is answered in the end, since BigQuery counts the API's queries."""
        return min(self.api_reads_per_s, float(self.quotas.value("bigquery_queries")))


def _rate(service: Service, call_s: float, cpu_s: float) -> float:
    """Give what all instances answer in a second: their threads are busy, or their processors."""
    return min(service.threads / call_s, service.vcpus / cpu_s) * service.max_instances

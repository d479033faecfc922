"""The ways in which the pipeline is broken on purpose, and who has to notice."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from local import layout, messaging
from local.caller import bearer, mint
from local.faults import Fault as Disturbance
from local.faults import FaultProxy
from local.observation.feed import Feed
from local.stack import Stack

POISON_RATE = 20


@dataclass(frozen=True, slots=True)
class Pipeline:
    """What can be broken."""

    stack: Stack
    way: FaultProxy
    """Between the services and BigQuery."""
    feed: Feed
    readers: "Readers"


@dataclass(slots=True)
class Readers:
    """Who reads, and what."""

    headers: dict[str, str]
    """Whoever changes them changes who reads."""
    curious: bool = False
    """Each asks for something else, so that no page that is kept helps."""
    _numbers: Iterator[int] = field(default_factory=count)

    def path(self) -> str:
        """Say what to ask for next."""
        return f"/data?limit={20 + next(self._numbers) % 100 if self.curious else 10}"


@dataclass(frozen=True, slots=True)
class Fault:
    """One of the ways."""

    name: str
    what: str
    seconds: int
    expected: frozenset[str]
    """Alerts that have to fire, meanwhile or before all is well again. Others may."""
    broken: Callable[[Pipeline], AbstractContextManager[None]]


def _undelivered(pipeline: Pipeline) -> AbstractContextManager[None]:
    return _pushing(pipeline, lambda _: {})


def _slow(pipeline: Pipeline) -> AbstractContextManager[None]:
    reads = Disturbance("slow", "/queries", seconds=1.2, times=None)
    return _disturbed(pipeline, reads, Disturbance("slow", seconds=3.5, times=None))


def _down(pipeline: Pipeline) -> AbstractContextManager[None]:
    return _disturbed(pipeline, Disturbance("status", "/", status=503, times=None))


@contextmanager
def _poisoned(pipeline: Pipeline) -> Iterator[None]:
    pipeline.feed.poison_rate = POISON_RATE
    try:
        yield
    finally:
        pipeline.feed.poison_rate = 0


@contextmanager
def _revoked(pipeline: Pipeline) -> Iterator[None]:
    """Push and read as somebody whom the platform or the service does not let in."""
    issuer = pipeline.stack.ports.url("issuer")
    headers = pipeline.readers.headers
    before = dict(headers)
    headers.update(bearer(mint(issuer, layout.STRANGER, layout.API_AUDIENCE)))
    token = {"audience": layout.FUNCTION_AUDIENCE, "service_account_email": layout.STRANGER}
    try:
        with _pushing(
            pipeline, lambda old: {"push_endpoint": old.push_endpoint, "oidc_token": token}
        ):
            yield
    finally:
        headers.update(before)


@contextmanager
def _disturbed(pipeline: Pipeline, *disturbances: Disturbance) -> Iterator[None]:
    pipeline.way.plan(*disturbances)
    pipeline.readers.curious = True
    try:
        yield
    finally:
        pipeline.readers.curious = False
        pipeline.way.plan()


@contextmanager
def _pushing(pipeline: Pipeline, change: Callable[[Any], Mapping[str, Any]]) -> Iterator[None]:
    """Let the subscription push in another way for a while."""
    with messaging.subscriber(f"127.0.0.1:{pipeline.stack.ports.pubsub}") as client:
        before = client.get_subscription(subscription=layout.SUBSCRIPTION).push_config
        client.modify_push_config(
            subscription=layout.SUBSCRIPTION, push_config=change(before), timeout=10
        )
        try:
            yield
        finally:
            client.modify_push_config(
                subscription=layout.SUBSCRIPTION, push_config=before, timeout=10
            )


FRESHNESS = frozenset({"IngestFreshnessBurn1h", "IngestFreshnessBurn6h"})
FAULTS = (
    Fault(
        "delivery",
        "Pub/Sub delivers nothing",
        19,
        frozenset({"BacklogHigh", "MessageTooOld"}) | FRESHNESS,
        _undelivered,
    ),
    Fault(
        "slow",
        "BigQuery reads 1.2 s late and writes 3.5 s late",
        20,
        frozenset({"ApiLatencyBurn6h", "ApiMeanLatencyHigh"}) | FRESHNESS,
        _slow,
    ),
    Fault(
        "poison",
        "half of what is published is poison",
        5,
        frozenset({"MessagesQuarantined"}),
        _poisoned,
    ),
    Fault(
        "bigquery",
        "BigQuery answers 503",
        18,
        frozenset({"FunctionErrorRatioHigh", "ApiAvailabilityBurn1h", "ApiProbeFailing"}),
        _down,
    ),
    # The last, since a dead letter waits until a person has looked.
    Fault(
        "identity",
        "the push identity and the readers lose their grants",
        28,
        frozenset(
            {"AuthenticationFailuresSurge", "RefusedBehindIam", "IngestSilent", "BacklogHigh"}
            | {"MessageTooOld", "DeadLettersWaiting"}
        )
        | FRESHNESS,
        _revoked,
    ),
)

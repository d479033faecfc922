"""Breaks a pipeline of its own in one way after the other, and records each second of it."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from local import layout
from local.caller import bearer, mint
from local.canary.load import Load
from local.faults import FaultProxy
from local.layout import LocalError, Ports
from local.observation.faults import FAULTS, Fault, Pipeline, Readers
from local.observation.feed import Feed
from local.observation.probes import Probes
from local.observation.recorder import PERIOD_S, Pace, Recorder, Sample
from local.serving import serving
from local.stack import Stack
from monitoring import catalogue

FOLDER = layout.FOLDER / "alerts"
PACE = Pace(waiting=60.0, arrived=20.0)
"""A second is written as a minute, so a message that waits ages sixty times as fast. The way of one
that arrives is made of requests, which take as long as ever; it is late from 3 s on."""
MESSAGE_RATE, READ_RATE, READERS = 20, 8.0, 8
"""Few readers, or the BigQuery emulator of a busy machine answers none of them in time: that is an
error, and no slow answer."""
HEALTHY_S, BEFORE_S, CALM_S = 15, 5, 4
CALM_TIMEOUT_S = 120
QUICK_S = 0.3
CHANGES = {"RATE_LIMIT_PER_MINUTE": "10000000", "CACHE_TTL": "30s", "QUERY_TIMEOUT": "8s"}
"""The emulator shares the cores with what is measured, so it is seldom asked while all is well, and
waited for as long as the API may."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of seconds in which all was well until something broke, or all along."""

    start: int
    broken: int
    mended: int
    end: int
    fault: Fault | None = None


@dataclass(slots=True)
class Recording:
    """All of it."""

    samples: Sequence[Sample]
    phases: list[Phase] = field(default_factory=list)


def record(report: Callable[[str], None], faults: Sequence[Fault] = FAULTS) -> Recording:
    """Run a pipeline on free ports under load, and break it.

    Raises:
        LocalError: something could not be started, or did not recover.
    """
    with ExitStack() as exits:
        report("start: pipeline")
        ports = Ports.free()
        way = FaultProxy(ports.url("bigquery"))
        address = exits.enter_context(serving(way.application()))
        bigquery = {"BIGQUERY_EMULATOR_HOST": address}
        stack = exits.enter_context(
            Stack(
                ports,
                pubsub="embedded",
                folder=FOLDER,
                api_changes={**CHANGES, **bigquery},
                function_changes=bigquery,
            )
        )
        host = f"127.0.0.1:{ports.pubsub}"
        headers = bearer(mint(ports.url("issuer"), layout.READER, layout.API_AUDIENCE))
        feed = exits.enter_context(Feed(host, MESSAGE_RATE))
        api = ports.url("api")
        readers = Readers(headers)
        exits.enter_context(
            Load(api, readers.path, headers=headers, rate=READ_RATE, callers=READERS)
        )
        probes = exits.enter_context(Probes(stack))
        recorder = exits.enter_context(
            Recorder(
                FOLDER,
                host,
                catalogue.read().logs,
                pace=PACE,
                probes=probes.passed,
            )
        )
        pipeline = Pipeline(stack, way, feed, readers)
        phases = list(_phases(recorder, pipeline, faults, report))
        report("stop")
    return Recording(list(recorder.samples), phases)


def _phases(
    recorder: Recorder,
    pipeline: Pipeline,
    faults: Sequence[Fault],
    report: Callable[[str], None],
) -> Iterator[Phase]:
    report("warm up")
    _calm_down(recorder)
    start = recorder.now()
    report("healthy")
    _wait(HEALTHY_S)
    end = recorder.now()
    yield Phase(start, end, end, end)
    start = end
    for fault in faults:
        report(f"{fault.name}: before")
        _wait(BEFORE_S)
        broken = recorder.now()
        report(f"{fault.name}: {fault.what}")
        with fault.broken(pipeline):
            _wait(fault.seconds)
        mended = recorder.now()
        report(f"{fault.name}: recovery")
        _calm_down(recorder)
        yield Phase(start, broken, mended, recorder.now(), fault)
        start = recorder.now()


def _wait(seconds: int) -> None:
    time.sleep(seconds * PERIOD_S)


def _calm_down(recorder: Recorder) -> None:
    """Wait until nothing has waited or been slow for some seconds on end.

    Raises:
        LocalError: it does not come to that.
    """
    until = time.monotonic() + CALM_TIMEOUT_S
    _wait(CALM_S)
    while not all(_is_calm(sample) for sample in list(recorder.samples)[-CALM_S:]):
        if time.monotonic() > until:
            raise LocalError(
                "the pipeline did not recover, or this machine is too slow or too busy"
            )
        _wait(1)


def _is_calm(sample: Sample) -> bool:
    slow = sum(seconds >= QUICK_S for seconds in sample.values.get("data-api", ()))
    return sample.waiting[1] <= PERIOD_S and max(sample.values.get("age", (0,))) < 1 and slow <= 1

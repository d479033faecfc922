"""Takes a sample of the running pipeline each second, from outside: logs and subscriptions."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple, Self

from local.observation import figures
from local.observation.backlog import Subscriptions, Waiting
from local.observation.entries import DOORS, SERVICES, Entry, Follower
from local.observation.figures import Figures
from monitoring.catalogue import LogMetric
from monitoring.log_filter import field

PERIOD_S = 1.0
KEPT = 3600
NOTED = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """One second."""

    number: int
    """Seconds since the recording began. A second that was missed has no sample."""
    counters: Mapping[str, float]
    gauges: Mapping[str, float]
    events: Mapping[str, int]
    """What the services and front doors reported so far, and how often."""
    values: Mapping[str, Sequence[float]]
    """Seconds of the requests that ended in this second, by service, and `age`s of messages."""
    waiting: tuple[int, float]
    """Messages on their way, and the age of the oldest in seconds."""
    dead: int


class Pace(NamedTuple):
    """How many times as old as they are messages are said to be."""

    waiting: float = 1.0
    arrived: float = 1.0


AS_IT_IS = Pace()


class Recorder:
    """Records from its start to its end."""

    def __init__(
        self,
        folder: Path,
        pubsub_host: str,
        metrics: Sequence[LogMetric],
        *,
        pace: Pace = AS_IT_IS,
        probes: Callable[[], Mapping[str, float]] = dict,
    ) -> None:
        """Follow the logs in `folder`.

        `probes` gives what somebody else measures, as gauges.
        """
        self._followers = [Follower(folder, name) for name in (*SERVICES, DOORS)]
        self._figures = Figures(metrics, pace.arrived)
        self._pace = pace.waiting
        self._probes = probes
        self._waiting = Waiting()
        self._subscriptions = Subscriptions(pubsub_host, self._waiting)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ended = threading.Event()
        self._exits = ExitStack()
        self.samples: deque[Sample] = deque(maxlen=KEPT)
        self.warnings: deque[Entry] = deque(maxlen=NOTED)
        """The newest entries that are worth a person's look. Their text is not ours."""

    def __enter__(self) -> Self:
        self._exits.enter_context(self._subscriptions)
        self._started = time.monotonic()
        self._thread.start()
        self._exits.callback(self._thread.join)
        self._exits.callback(self._ended.set)
        return self

    def __exit__(self, *_exception: object) -> None:
        self._exits.close()

    def now(self) -> int:
        """Tell the number of this second."""
        return int((time.monotonic() - self._started) / PERIOD_S)

    def _run(self) -> None:
        number = 0
        while not self._ended.wait(max(0.0, self._started + number * PERIOD_S - time.monotonic())):
            self.samples.append(self._sample(number))
            # Whoever comes late leaves a gap, and does not hurry to fill it with what is not known.
            number = max(number, self.now()) + 1

    def _sample(self, number: int) -> Sample:
        for follower in self._followers:
            for entry in follower.read():
                self._take(entry)
        waiting = self._waiting.look(time.time())
        dead = self._waiting.dead
        return Sample(
            number,
            self._figures.counters() | figures.dead_letters(dead),
            {**dict(figures.gauges(waiting, dead, self._pace)), **self._probes()},
            dict(self._figures.events),
            self._figures.drain(),
            waiting,
            dead,
        )

    def _take(self, entry: Entry) -> None:
        self._figures.take(entry)
        fields: Any = field(entry, "jsonPayload.fields")
        if field(fields, "status") == HTTPStatus.NO_CONTENT:
            self._waiting.settle(str(field(fields, "message_id")))
        if entry.get("severity") in {"WARNING", "ERROR", "CRITICAL"}:
            self.warnings.append(entry)

"""From samples to a test's input series: a second is written as a minute."""

from collections.abc import Iterator, Mapping, Sequence

from local.observation.recorder import Sample

GAP = "_"


def render(samples: Sequence[Sample], start: int, end: int) -> Iterator[tuple[str, str]]:
    """Write each series of the seconds from `start` to before `end`: its selector and its values.

    A second without a sample stays a gap. A counter is born in the second in which something was
    first counted; the sample before it gets a 0, or that first increase would be lost: Cloud
    Monitoring's counters are sums of what was gained, and have no such hole.
    """
    chosen = [sample for sample in samples if start <= sample.number < end]
    length = end - start
    counters: dict[str, dict[int, float]] = {}
    gauges: dict[str, dict[int, float]] = {}
    before: int | None = None
    for sample in chosen:
        place = sample.number - start
        for name, value in sample.counters.items():
            if name not in counters:
                counters[name] = {} if before is None else {before: 0}
            counters[name][place] = value
        for name, value in sample.gauges.items():
            gauges.setdefault(name, {})[place] = value
        before = place
    for name, points in (counters | gauges).items():
        yield name, _values(points, length)


def _values(points: Mapping[int, float], length: int) -> str:
    return " ".join(repr(points[place]) if place in points else GAP for place in range(length))

"""What each revision did, in the shape in which Cloud Monitoring tells it.

So the canary reads the figures of this machine with the code that reads the cloud's.
"""

import time

from local.time_series import Sample, TimeSeries

BOUNDS_MS = (5, 10, 25, 50, 100, 200, 300, 500, 1000, 2500, 5000, 10_000)
COUNT, LATENCIES = "run.googleapis.com/request_count", "run.googleapis.com/request_latencies"


class Measurements(TimeSeries):
    """The requests of one service."""

    def __init__(self, service: str) -> None:
        super().__init__(service, {COUNT: (), LATENCIES: BOUNDS_MS})

    def note(self, revision: str, status: int, seconds: float) -> None:
        """Remember a request that ends now."""
        ended = time.time()
        self.add(COUNT, Sample(ended, revision, 1, f"{status // 100}xx"))
        self.add(LATENCIES, Sample(ended, revision, seconds * 1000))

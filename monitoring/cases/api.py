"""Cases of the alerts on the API."""

from monitoring.cases.case import Case
from monitoring.cases.series import Samples, Series, counter

REVISION = {"monitored_resource": "cloud_run_revision", "service_name": "data-api"}


def _latency(total_ms: Samples, requests: Samples) -> list[Series]:
    name = "run_googleapis_com:request_latencies"
    return [
        Series(f"{name}_sum", REVISION, total_ms, loud=1e9),
        Series(f"{name}_count", REVISION, requests, loud=1e6),
    ]


def _probes(check: str, **places: str) -> list[Series]:
    """Probe every five minutes from each place: `+` passed, `-` failed, `.` nothing was heard."""
    meaning = {"+": 1.0, "-": 0.0, ".": None}
    return [
        Series(
            "monitoring_googleapis_com:uptime_check_check_passed",
            {"monitored_resource": "uptime_url", "check_id": check, "checker_location": place},
            [value for sign in signs for value in (meaning[sign], None, None, None, None)],
            loud=0,
            counts=False,
        )
        for place, signs in places.items()
    ]


LATENCY = [
    Case(
        alert="ApiMeanLatencyHigh",
        name="501 ms on average for ten minutes",
        series=_latency(counter((60 * 100, 20), (60 * 501, 30)), counter((60, 50))),
        fires=[30, 50],
        silent=[20, 24, 29],
    ),
    Case(
        alert="ApiMeanLatencyHigh",
        name="500 ms on average",
        series=_latency(counter((60 * 500, 60)), counter((60, 60))),
        silent=[10, 30, 60],
    ),
    Case(
        alert="ApiMeanLatencyHigh",
        name="slow until minute 40, then quick",
        series=_latency(counter((60 * 900, 40), (60 * 100, 20)), counter((60, 60))),
        fires=[6, 40, 42],
        silent=[43, 60],
    ),
    Case(
        alert="ApiMeanLatencyHigh",
        name="one request of three seconds, and no other",
        series=_latency(counter((0, 9), (3000, 1), (0, 20)), counter((0, 9), (1, 1), (0, 20))),
        silent=range(31),
    ),
    Case(
        alert="ApiMeanLatencyHigh",
        name="nobody asks",
        series=_latency(counter((0, 30)), counter((0, 30))),
        silent=[10, 30],
    ),
]


def _failing(alert: str, check: str) -> list[Case]:
    return [
        Case(
            alert=alert,
            name="two of three places fail from minute 25 on, and pass again at 50",
            series=_probes(
                check, europe="+++++-----+++", usa="+++++-----+++", asia="+++++++++++++"
            ),
            fires=[31, 49],
            silent=[20, 30, 50, 60],
        ),
        Case(
            alert=alert,
            name="one of three places fails",
            series=_probes(check, europe="+++--------", usa="+++++++++++", asia="+++++++++++"),
            silent=[20, 31, 50],
        ),
        Case(
            alert=alert,
            name="every second probe fails everywhere",
            series=_probes(check, europe="+-+-+-+-+-+", usa="+-+-+-+-+-+", asia="-+-+-+-+-+-"),
            silent=range(10, 55, 5),
        ),
        Case(
            alert=alert,
            name="nothing is heard after a success",
            series=_probes(check, europe="+++......", usa="+++......", asia="+++......"),
            silent=[15, 25, 45],
        ),
    ]


PROBES = [
    *_failing("ApiProbeFailing", "api-health"),
    *_failing("ForgedTokenNotRefused", "api-forged-token"),
    *(
        Case(
            alert="ProbeSilent",
            name=f"{gone} is not heard after minute 20",
            series=[
                *_probes(gone, europe="+++++....++", usa="+++++....++"),
                *_probes(stays, europe="+++++++++++", usa="-----------"),
            ],
            fires=[36, 44],
            silent=[20, 35, 45],
        )
        for gone, stays in (("api-health", "api-forged-token"), ("api-forged-token", "api-health"))
    ),
    Case(
        alert="ProbeSilent",
        name="one place of two is not heard",
        series=[
            *_probes("api-health", europe="+++++++++++", usa="++........."),
            *_probes("api-forged-token", europe="---........", usa="-----------"),
        ],
        silent=[30, 50],
    ),
]

CASES = [*LATENCY, *PROBES]

"""Cases of the alerts on the way into the table."""

from collections.abc import Sequence

from monitoring.cases.case import Case
from monitoring.cases.counted import cases as counted
from monitoring.cases.series import Samples, Series, counter, gauge, missing

REVISION = {"monitored_resource": "cloud_run_revision", "service_name": "pubsub-to-bigquery"}
OURS = {"monitored_resource": "cloud_run_revision"}


def _answers(**classes: Samples) -> list[Series]:
    """What the function answered: `of_2xx` and so on."""
    return [
        Series(
            "run_googleapis_com:request_count",
            {**REVISION, "response_code_class": name.removeprefix("of_")},
            samples,
            loud=1e6,
        )
        for name, samples in classes.items()
    ]


def _subscription(metric: str, samples: Samples, of: str = "data-ingest-subscription") -> Series:
    labels = {"monitored_resource": "pubsub_subscription", "subscription_id": of}
    counts = metric == "push_request_count"
    name = f"pubsub_googleapis_com:subscription_{metric}"
    return Series(name, labels, samples, loud=1e6, counts=counts)


def _logged(metric: str, samples: Samples) -> Series:
    return Series(f"logging_googleapis_com:user_{metric}", OURS, samples, loud=1e6)


ERRORS = [
    *(
        Case(
            alert="FunctionErrorRatioHigh",
            name=f"6 % are answered {kind}",
            series=_answers(of_2xx=counter((94, 40)), **{f"of_{kind}": counter((6, 40))}),
            fires=[5, 40],
        )
        for kind in ("4xx", "5xx")
    ),
    Case(
        alert="FunctionErrorRatioHigh",
        name="3 % are answered 4xx and 3 % 5xx, until minute 20",
        series=_answers(
            of_2xx=counter((100, 10), (94, 10), (100, 20)),
            of_4xx=counter((0, 10), (3, 10), (0, 20)),
            of_5xx=counter((0, 10), (3, 10), (0, 20)),
        ),
        fires=[15, 20],
        silent=[10, 14, 21, 40],
    ),
    Case(
        alert="FunctionErrorRatioHigh",
        name="5 % fail",
        series=_answers(of_2xx=counter((95, 40)), of_5xx=counter((5, 40))),
        silent=[5, 20, 40],
    ),
    Case(
        alert="FunctionErrorRatioHigh",
        name="20 pushes, all in one minute, all failed",
        series=_answers(of_5xx=counter((0, 9), (20, 1), (0, 20))),
        fires=[10, 14],
        silent=[9, 15],
    ),
    Case(
        alert="FunctionErrorRatioHigh",
        name="19 pushes, all failed",
        series=_answers(of_5xx=counter((0, 9), (19, 1), (0, 20))),
        silent=range(31),
    ),
    Case(
        alert="FunctionErrorRatioHigh",
        name="a fifth fails, and three samples do not come",
        series=_answers(
            of_2xx=missing(counter((80, 40)), range(21, 24)),
            of_5xx=missing(counter((20, 40)), range(21, 24)),
        ),
        fires=range(5, 41),
    ),
    Case(
        alert="FunctionErrorRatioHigh",
        name="nothing fails, and there is no series of failures",
        series=_answers(of_2xx=counter((100, 40))),
        silent=[5, 40],
    ),
]


def _waiting(alert: str, metric: str, limit: int, minutes: int) -> list[Case]:
    """Cases of a gauge that has to be above `limit` for so long, from minute 20 on."""
    fires = 20 + minutes
    above, dip = (limit + 1, 40), (limit, 1)
    return [
        Case(
            alert=alert,
            name="one above the limit, until minute 60",
            series=[_subscription(metric, gauge((limit, 20), above, (limit, 5)))],
            fires=[fires, 59],
            silent=[20, fires - 1, 60],
        ),
        Case(
            alert=alert,
            name="at the limit",
            series=[_subscription(metric, gauge((limit, 60)))],
            silent=[10, 30, 60],
        ),
        Case(
            alert=alert,
            name="above, but at the limit again just before it would fire",
            series=[
                _subscription(metric, gauge((limit, 20), (limit + 1, minutes - 1), dip, above))
            ],
            fires=[fires + minutes],
            silent=[fires - 1, fires, fires + minutes - 1],
        ),
    ]


DEAD_LETTERS = [
    Case(
        alert="DeadLettersWaiting",
        name="one waits from minute 10 to 70",
        series=[
            _subscription(
                "num_undelivered_messages",
                gauge((0, 10), (1, 60), (0, 5)),
                of="data-ingest-dead-letter",
            )
        ],
        fires=[10, 69],
        silent=[9, 70],
    ),
    Case(
        alert="DeadLettersWaiting",
        name="none waits",
        series=[
            _subscription("num_undelivered_messages", gauge((0, 30)), of="data-ingest-dead-letter")
        ],
        silent=[10, 30],
    ),
]


def _silence(
    name: str, pushed: Samples, *others: Series, fires: Sequence[int] = (), silent: Sequence[int]
) -> Case:
    series = [_subscription("push_request_count", pushed), *others]
    return Case(alert="IngestSilent", name=name, series=series, fires=fires, silent=silent)


RARELY = counter(*[(0, 14), (1, 1)] * 5)
SILENCE = [
    _silence(
        "nothing is committed after minute 30",
        counter((10, 80)),
        _logged("ingest_committed", counter((10, 30), (0, 50))),
        _logged("ingest_quarantined", counter((0, 80))),
        fires=[55, 80],
        silent=[30, 44, 54],
    ),
    _silence(
        "nothing was ever committed, and no series of it is there",
        counter((10, 80)),
        fires=[11, 80],
        silent=[10],
    ),
    _silence(
        "it goes on at minute 60",
        counter((10, 80)),
        _logged("ingest_committed", counter((10, 10), (0, 50), (10, 20))),
        fires=[35, 60],
        silent=[34, 61, 80],
    ),
    _silence(
        "one message every 15 minutes is never committed",
        RARELY,
        _logged("ingest_committed", counter((0, 75))),
        fires=[25, 40, 70],
        silent=[24],
    ),
    _silence(
        "one message every 15 minutes is committed",
        counter((10, 75)),
        _logged("ingest_committed", RARELY),
        silent=[24, 40, 70],
    ),
    _silence(
        "one message every 15 minutes is put into quarantine",
        counter((10, 75)),
        _logged("ingest_quarantined", RARELY),
        silent=[24, 40, 70],
    ),
    _silence(
        "nothing is published",
        counter((0, 80)),
        _logged("ingest_committed", counter((0, 80))),
        silent=[15, 40, 80],
    ),
]

CASES = [
    *ERRORS,
    *_waiting("BacklogHigh", "num_undelivered_messages", 100, 10),
    *_waiting("MessageTooOld", "oldest_unacked_message_age", 300, 5),
    *DEAD_LETTERS,
    *counted("MessagesQuarantined", "ingest_quarantined"),
    *SILENCE,
]

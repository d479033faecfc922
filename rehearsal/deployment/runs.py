"""What is rehearsed: the commits, what befalls them, and what must become of each.

They follow one another in one project: each begins where the one before left it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from deploy.plans.first import Stage
from local.faults import Fault as Trouble
from rehearsal.deployment import images
from rehearsal.workflows.faults import Fault

PUBLISHED = ("build-images", "build", "sign", "verify", "attest")
SHARES = (5, 25, 50, 100)
STEPS = tuple(f"{kind}-{share}" for share in SHARES for kind in ("step", "traffic", "canary"))
RELEASED = (*PUBLISHED, "plan", "apply", "smoke", *STEPS, "finish")
UNSIGNED = Fault(
    about="a commit takes the signing out of its workflow",
    job="verify",
    path=".github/workflows/sign.yml",
    old="run: make release-sign",
    new="run: make help",
)
BROKEN = {"data-api": Trouble("status", "/queries", status=403, times=None)}
"""BigQuery refuses the candidate's queries, as after a release that lost a grant."""
REFUSED = {"pubsub-to-bigquery": Trouble("status", "insertAll", status=403, times=None)}
"""The same of the function's rows: it is ready, and no message that it gets becomes one."""
PROMOTED = "PROMOTE: data-api-.*; pubsub-to-bigquery-"
"""Both candidates at one look; while one of them waits, the line says so instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One commit on main."""

    name: str
    about: str
    ends: Mapping[str, str]
    """What each job must come to; one that is not named must be left out."""
    says: Mapping[str, str] = field(default_factory=dict)
    """What a job's log must hold: regular expressions, each within a line."""
    serves: str
    """Who must have all requests at its end: `candidate`, or `stable`, as before."""
    planted: Fault | None = None
    trouble: Mapping[str, Trouble] = field(default_factory=dict)
    """By service: what befalls its candidate once callers reach it."""
    environment: Mapping[str, str] = field(default_factory=dict)
    of_both: bool = False
    """Whether it changes the function as well as the API."""
    attempts: int = 1
    """How often the whole run is started; `ends` is of the last."""
    dies_at: int = 0
    """At this share the runner dies in the first attempt, while the cloud works."""
    swaps_plan: bool = False
    """Somebody exchanges the saved plan once it was shown."""

    @property
    def begins_on_another(self) -> bool:
        """Whether an earlier release is needed: not for the first, nor where nothing is planned."""
        return "plan" in self.ends and self.attempts < len(Stage)

    @property
    def moves(self) -> bool:
        """Whether requests move, and with them a function's messages."""
        return "step-5" in self.ends

    @property
    def minute_s(self) -> int:
        """How many seconds stand for a minute of the canary's.

        At 5 % a function's candidate needs 180 messages a second where they are two, and 360 where
        it is one, which two cores do not carry beside all else.
        """
        return 2 if self.of_both else 1

    def complaints(
        self, results: Mapping[str, str], logs: Mapping[str, str], serves: str
    ) -> Iterator[str]:
        """Say what came out otherwise."""
        for job in sorted({*self.ends, *results}):
            wanted, got = self.ends.get(job, "skipped"), results.get(job, "skipped")
            if got != wanted:
                yield f"{job}: {got} instead of {wanted}"
        for job, words in self.says.items():
            if not re.search(words, logs.get(job, "")):
                yield f"{job}: its log does not say {words!r}"
        if serves != self.serves:
            yield f"the {serves} revision serves instead of the {self.serves}"


def _up_to(last: str, *, fails: bool = True) -> dict[str, str]:
    """All jobs of a release up to one, which fails."""
    jobs = RELEASED[: RELEASED.index(last) + 1]
    return dict.fromkeys(jobs, "success") | ({last: "failure"} if fails else {})


RUNS = (
    Run(
        name="first",
        about="the first deployment, into an empty project: three plans",
        ends=_up_to("smoke", fails=False),
        says={"smoke": "a message is read back"},
        serves="candidate",
        attempts=3,
    ),
    Run(
        name="good",
        about="a good commit, of both services",
        ends=dict.fromkeys(RELEASED, "success"),
        says={
            "smoke": "a message is read back",
            "canary-5": PROMOTED,
            "canary-100": PROMOTED,
            "finish": "done: finish",
        },
        serves="candidate",
        of_both=True,
    ),
    Run(
        name="failing",
        about="an API that fails once callers reach it",
        ends=_up_to("canary-5") | {"back": "success"},
        says={"canary-5": "ROLLBACK: data-api-", "back": "done: 0 %"},
        serves="stable",
        trouble=BROKEN,
    ),
    Run(
        name="killed",
        about="the runner dies at 25 %, and the run is started again",
        ends=dict.fromkeys(RELEASED, "success"),
        says={"apply": "of a run that died was taken away", "finish": "done: finish"},
        serves="candidate",
        attempts=2,
        dies_at=25,
    ),
    Run(
        name="unsigned",
        about="an image that nobody signed",
        ends=_up_to("verify"),
        says={"verify": "nobody signed it"},
        serves="stable",
        planted=UNSIGNED,
    ),
    Run(
        name="stale",
        about="a scan of the day before yesterday",
        ends=_up_to("verify"),
        says={"verify": "scan it again"},
        serves="stable",
        environment={images.STALE: "2"},
    ),
    Run(
        name="swapped",
        about="the plan is exchanged after it was shown",
        ends=_up_to("apply") | {"back": "success"},
        says={"apply": "somebody exchanged it"},
        serves="stable",
        swaps_plan=True,
    ),
    Run(
        name="failing-function",
        about="a function that fails once messages reach it",
        ends=_up_to("canary-5") | {"back": "success"},
        says={"canary-5": "ROLLBACK: pubsub-to-bigquery-", "back": "done: 0 %"},
        serves="stable",
        trouble=REFUSED,
        of_both=True,
    ),
)
QUICK = ("failing", "unsigned")

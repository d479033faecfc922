"""A release's steps as data: the variables that each gives Terraform, and what is left; no I/O.

What is still to do follows from where a state stands, so running again needs no memory of the run
that died.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from deploy.plans.standing import WHOLE, Service, Share, Standing, StandingError

TAG = "candidate"


@dataclass(frozen=True, slots=True, order=True)
class Move:
    """One step: the candidates' share of the requests."""

    percent: int
    tagged: bool = True
    """Whether the candidate keeps its tag, and with it an address of its own."""

    def __str__(self) -> str:
        """Name it as a person would."""
        return f"{self.percent} %" if self.tagged else "finish"


BACK = Move(0)
"""The candidate at 0 %: before the first step, and after a rollback from any."""
FINISH = Move(WHOLE, tagged=False)
STEPS = (Move(5), Move(25), Move(50), Move(WHOLE), FINISH)


@dataclass(frozen=True, slots=True)
class Pair:
    """The two revisions between which one service's traffic may move."""

    stable: str
    candidate: str


@dataclass(frozen=True, slots=True)
class Release:
    """What was approved: the images, and for each service that changes its two revisions."""

    images: Mapping[str, str]
    pairs: Mapping[str, Pair]

    def variables(self, move: Move) -> dict[str, Any]:
        """Give the values of the root's variables `images`, `canary` and `serving`."""
        canary = {
            service: {"stable_revision": pair.stable, "percent": move.percent}
            for service, pair in self.pairs.items()
        }
        return {
            "images": dict(self.images),
            "canary": canary if move.tagged else {},
            "serving": True,
        }

    def traffic(self, service: str, move: Move) -> tuple[Share, ...]:
        """Tell how a service's requests are to be shared, as terraform/service/ does it."""
        pair = self.pairs[service]
        new = Share(pair.candidate, move.percent, TAG if move.tagged else "")
        old = Share(pair.stable, WHOLE - move.percent)
        return (new,) if move.percent == WHOLE else (old, new)

    def remaining(self, standing: Standing) -> tuple[Move, ...]:
        """List the moves that are still to do, in their order.

        The first is the one that was reached last, as nobody knows whether it was decided on. Of
        services that were cut apart by a death, the one that is behind counts.

        Raises:
            StandingError: the candidate was never applied, or somebody else's revision serves.
        """
        for service, pair in self.pairs.items():
            self._refuse_others(service, pair, standing)
        if not self.pairs or all(
            standing[service].traffic == self.traffic(service, FINISH) for service in self.pairs
        ):
            return ()
        return tuple(move for move in STEPS if move.percent >= self._behind(standing))

    def open(self, standing: Standing) -> tuple[Move, ...]:
        """List the moves that may be taken now: what was reached last, and the step after it.

        Raises:
            StandingError: as `remaining` does.
        """
        remaining = self.remaining(standing)
        reached = remaining and remaining[0].percent == self._behind(standing)
        return remaining[: 2 if reached else 1]

    def _behind(self, standing: Standing) -> int:
        return min(standing[name].percent(pair.candidate) for name, pair in self.pairs.items())

    def _refuse_others(self, service: str, pair: Pair, standing: Standing) -> None:
        now = standing.get(service)
        if now is None or now.revision != pair.candidate:
            raise StandingError(
                f"{service}: the candidate {pair.candidate} was not applied: apply its plan first, "
                "or plan it anew if that is older than a day"
            )
        if foreign := {share.revision for share in now.traffic} - {pair.stable, pair.candidate}:
            raise StandingError(
                f"{service}: {', '.join(sorted(foreign))} gets requests, which is neither of the "
                "two approved revisions: somebody moved traffic by hand; plan a new candidate"
            )

    def applied(self, standing: Standing) -> bool:
        """Tell whether each service has its candidate, at whatever share: its plan was applied."""
        return all(
            service in standing and standing[service].revision == pair.candidate
            for service, pair in self.pairs.items()
        )

    def restored(self, standing: Standing) -> bool:
        """Tell whether the stable revision gets every request of each service."""
        return all(
            service in standing and standing[service].percent(pair.stable) == WHOLE
            for service, pair in self.pairs.items()
        )


def prepare(images: Mapping[str, str], revisions: Mapping[str, str], standing: Standing) -> Release:
    """Pair what serves with what would be made.

    A release that died half way begins again at 0 %, with the images that it had.

    Args:
        images: the images that were verified and attested, by service.
        revisions: the output `revisions` of a plan with these images and no canary.
        standing: of a look at the cloud, as that plan's `prior_state` has it.

    Raises:
        StandingError: an earlier release, of other images, is not at its end.
    """
    mixed = unfinished(standing)
    others = [name for name, pair in mixed.items() if revisions.get(name) != pair.candidate]
    if others:
        raise StandingError(
            f"{', '.join(sorted(others))}: two revisions serve: an earlier release is half done; "
            "run that again, or roll it back, before a new one"
        )
    serving = {
        name: mixed[name].stable if name in mixed else _serving(name, service)
        for name, service in standing.items()
    }
    return Release(
        dict(images),
        {
            name: Pair(serving[name], revisions[name])
            for name in images
            if name in serving and serving[name] != revisions[name]
        },
    )


def unfinished(standing: Standing) -> dict[str, Pair]:
    """Find the services that two revisions serve, for a rollback without the approval at hand."""
    found = {}
    for name, service in standing.items():
        others = {share.revision for share in service.traffic if share.percent}
        others.discard(service.revision)
        if len(others) == 1 and service.percent(service.revision):
            found[name] = Pair(others.pop(), service.revision)
    return found


def _serving(name: str, service: Service) -> str:
    whole = [share.revision for share in service.traffic if share.percent == WHOLE]
    if len(whole) != 1:
        raise StandingError(
            f"{name}: no revision gets all requests: somebody moved traffic by hand; give one of "
            "them 100 % first"
        )
    return whole[0]

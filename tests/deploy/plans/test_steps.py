"""A release's steps as data: whatever dies when, running again ends whole."""

from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.plans import steps
from deploy.plans.standing import Service, Share, StandingError
from deploy.plans.steps import BACK, FINISH, STEPS, Move, Pair, Release
from tests.deploy.plans.plans import NAMES, RELEASE

OLD_IMAGES = {name: image.replace("b" * 64, "a" * 64) for name, image in RELEASE.images.items()}


def revision(name, image):
    digit = "b" if image == RELEASE.images[name] else "a"
    return f"{NAMES[name]}-{digit * 12}"


def served(name, image, canary):
    """What terraform/service/ makes of its variables; test_rehearsed.py asks Terraform itself."""
    made = revision(name, image)
    if canary is None:
        return Service(made, image, (Share(made, 100),))
    left, percent = canary["stable_revision"], canary["percent"]
    assert left != made, "Terraform's precondition"
    rest = () if percent == 100 else (Share(left, 100 - percent),)
    return Service(made, image, (*rest, Share(made, percent, "candidate")))


class DeathError(Exception):
    pass


class Cloud:
    """Both services; each of them is changed whole or not at all, and a death comes in between."""

    def __init__(self, lives):
        self.now = {name: served(name, image, None) for name, image in OLD_IMAGES.items()}
        self.lives = lives
        self.changes = 0

    def apply(self, variables, order=tuple(NAMES)):
        for name in order:
            wanted = served(name, variables["images"][name], variables["canary"].get(name))
            if wanted != self.now[name]:
                if self.changes == self.lives:
                    raise DeathError
                self.changes += 1
                self.now[name] = wanted
            self.check()

    def check(self):
        for name, service in self.now.items():
            assert sum(share.percent for share in service.traffic) == 100
            pair = RELEASE.pairs[name]
            assert {share.revision for share in service.traffic} <= {pair.stable, pair.candidate}


def deploy(cloud, order):
    """Run a release, as the workflow does; it has no memory of an earlier run of it."""
    if not RELEASE.applied(cloud.now):
        made = {name: revision(name, image) for name, image in RELEASE.images.items()}
        assert steps.prepare(RELEASE.images, made, cloud.now) == RELEASE
        cloud.apply(RELEASE.variables(BACK), order)
    for move in RELEASE.remaining(cloud.now):
        cloud.apply(RELEASE.variables(move), order)


def roll_back(cloud, order):
    if not RELEASE.restored(cloud.now):
        cloud.apply(RELEASE.variables(BACK), order)


ORDERS = st.sampled_from([("api", "function"), ("function", "api")])


@given(
    deaths=st.lists(st.integers(0, 12), max_size=4),
    order=ORDERS,
    ending=st.sampled_from([deploy, roll_back]),
)
def test_from_any_death_running_again_ends_whole(deaths, order, ending):
    """At each of several deaths, in any order of the services, whichever way the last run goes."""
    cloud = Cloud(0)
    for lives in deaths:
        cloud.lives = cloud.changes + lives
        with suppress(DeathError):
            deploy(cloud, order)
    cloud.lives = None
    ending(cloud, order)
    wanted = FINISH if ending is deploy else BACK
    for name, service in cloud.now.items():
        pair = RELEASE.pairs[name]
        winner = pair.candidate if wanted is FINISH else pair.stable
        assert service.percent(winner) == 100
    if ending is deploy:
        assert RELEASE.remaining(cloud.now) == ()


@given(lives=st.integers(0, 12), again=st.integers(0, 3), order=ORDERS)
def test_a_rollback_that_dies_is_run_again(lives, again, order):
    cloud = Cloud(lives)
    with suppress(DeathError):
        deploy(cloud, order)
    cloud.lives = cloud.changes + again
    try:
        roll_back(cloud, order)
    except DeathError:
        cloud.lives = None
        roll_back(cloud, order)
    assert RELEASE.restored(cloud.now)


def at(*moves):
    """Both services, each after a move."""
    return {
        name: Service(
            RELEASE.pairs[name].candidate, RELEASE.images[name], RELEASE.traffic(name, move)
        )
        for name, move in zip(NAMES, moves, strict=True)
    }


@pytest.mark.parametrize("move", STEPS[:-1], ids=str)
def test_a_step_that_was_reached_is_decided_on_again(move):
    """Nobody knows whether the run that died had looked at its metrics."""
    assert RELEASE.remaining(at(move, move))[0] == move


def test_the_service_that_is_behind_counts():
    assert RELEASE.remaining(at(Move(50), Move(5)))[0] == Move(5)
    assert RELEASE.remaining(at(FINISH, Move(25)))[0] == Move(25)
    assert RELEASE.remaining(at(BACK, BACK)) == STEPS
    assert RELEASE.remaining(at(FINISH, Move(100))) == (Move(100), FINISH)
    assert RELEASE.remaining(at(FINISH, FINISH)) == ()


def test_a_share_that_is_no_step_goes_up_to_the_next():
    odd = at(Move(37), Move(37))
    assert RELEASE.remaining(odd)[0] == Move(50)


def test_a_candidate_that_was_never_applied_is_said():
    before = {name: served(name, image, None) for name, image in OLD_IMAGES.items()}
    with pytest.raises(StandingError, match="was not applied"):
        RELEASE.remaining(before)
    with pytest.raises(StandingError, match="was not applied"):
        RELEASE.remaining({})
    assert RELEASE.restored(before)
    assert not RELEASE.restored({})


def test_somebody_elses_revision_is_said():
    moved = at(Move(5), Move(5))
    by_hand = replace(moved["api"], traffic=(Share("data-api-cccccccccccc", 100),))
    with pytest.raises(StandingError, match="neither of the two approved revisions"):
        RELEASE.remaining({**moved, "api": by_hand})


def test_a_release_does_not_begin_on_one_that_is_half_done():
    made = {name: f"{NAMES[name]}-{'c' * 12}" for name in NAMES}
    with pytest.raises(StandingError, match="half done"):
        steps.prepare(RELEASE.images, made, at(Move(5), Move(25)))
    by_hand = replace(at(BACK, BACK)["api"], traffic=(Share("x", 60), Share("y", 40)))
    with pytest.raises(StandingError, match="no revision gets all requests"):
        steps.prepare(RELEASE.images, made, {"api": by_hand})


def test_the_same_release_begins_again_on_what_is_half_done():
    """Its run died: planned again, the candidate goes back to 0 % first."""
    made = {name: pair.candidate for name, pair in RELEASE.pairs.items()}
    for mixed in (at(Move(5), Move(25)), at(BACK, Move(5))):
        assert steps.prepare(RELEASE.images, made, mixed) == RELEASE


def test_what_is_half_done_can_be_rolled_back_without_the_approval():
    mixed = at(Move(5), Move(25))
    assert steps.unfinished(mixed) == RELEASE.pairs
    assert steps.unfinished(at(BACK, BACK)) == {}
    assert steps.unfinished(at(FINISH, Move(100))) == {}


def test_a_service_that_does_not_change_has_no_canary():
    """Its revision would be its own candidate, which Terraform refuses."""
    before = {name: served(name, image, None) for name, image in OLD_IMAGES.items()}
    made = {"api": RELEASE.pairs["api"].candidate, "function": RELEASE.pairs["function"].stable}
    release = steps.prepare(RELEASE.images, made, before)
    assert release.pairs == {"api": RELEASE.pairs["api"]}
    assert list(release.variables(BACK)["canary"]) == ["api"]
    assert Release(RELEASE.images, {}).remaining(before) == ()


def test_a_service_that_was_not_there_has_no_pair():
    made = {name: pair.candidate for name, pair in RELEASE.pairs.items()}
    alone = {"api": served("api", OLD_IMAGES["api"], None)}
    assert list(steps.prepare(RELEASE.images, made, alone).pairs) == ["api"]


def test_after_a_rollback_the_revision_that_serves_is_the_stable_one():
    """Not the one of the images that were applied last."""
    made = {name: f"{NAMES[name]}-{'c' * 12}" for name in NAMES}
    release = steps.prepare(RELEASE.images, made, at(BACK, BACK))
    assert release.pairs["api"] == Pair(RELEASE.pairs["api"].stable, made["api"])


def test_a_move_is_named_as_a_person_would():
    assert [str(move) for move in (BACK, *STEPS)] == [
        "0 %", "5 %", "25 %", "50 %", "100 %", "finish",
    ]  # fmt: skip

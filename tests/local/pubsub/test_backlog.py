"""Leases, back-off and dead letters, on a clock that the tests hold."""

import asyncio
from collections import defaultdict

import pytest
from google.pubsub_v1 import types
from hypothesis import given, settings
from hypothesis import strategies as st

from local.pubsub.backlog import IMMEDIATE_DELAY_S, Backlog
from tests.local.pubsub.doubles import Clock, message, seconds

DEADLINE_S = 10
A_MOMENT_S = 1e-6


class Topic:
    """A dead-letter topic that remembers; it can be gone."""

    def __init__(self, *, exists=True):
        self.exists = exists
        self.taken = []

    def __call__(self, *dead_letter):
        letter, attempts = dead_letter[-2:]
        if self.exists:
            self.taken.append((letter.message_id, attempts))
        return self.exists


def backlog_of(dead_letters=None, **fields):
    """Make a backlog on a clock of its own; returns both."""
    clock = Clock()
    name = "projects/p/subscriptions/abc"
    subscription = types.Subscription.pb()(name=name, ack_deadline_seconds=DEADLINE_S, **fields)
    return Backlog(subscription, dead_letters or Topic(exists=False), clock), clock


def backing_off(low_s, high_s):
    """Write a retry policy."""
    policy = types.RetryPolicy.pb()()
    policy.minimum_backoff.CopyFrom(seconds(low_s))
    policy.maximum_backoff.CopyFrom(seconds(high_s))
    return {"retry_policy": policy}


def dead_lettering(attempts):
    """Write a dead-letter policy."""
    policy = types.DeadLetterPolicy.pb()(dead_letter_topic="d", max_delivery_attempts=attempts)
    return {"dead_letter_policy": policy}


def take_one(backlog):
    """Lease the one message that is due."""
    [lease] = backlog.take(10)
    return lease


def ids(leases):
    """Tell which messages were leased."""
    return [lease.message.message_id for lease in leases]


def test_messages_are_leased_in_the_order_of_their_arrival_and_no_more_than_asked_for():
    backlog, _clock = backlog_of()
    for number in range(5):
        backlog.add(message(number=number))
    assert ids(backlog.take(3)) == ["0", "1", "2"]
    assert ids(backlog.take(3)) == ["3", "4"]
    assert backlog.take(3) == []


@pytest.mark.parametrize("limit", [0, -1])
def test_who_has_no_room_gets_nothing(limit):
    backlog, _clock = backlog_of()
    backlog.add(message())
    assert backlog.take(limit) == []
    assert len(backlog.take(1)) == 1


def test_a_lease_is_exclusive_until_its_deadline():
    backlog, clock = backlog_of()
    backlog.add(message())
    backlog.take(1)
    clock.sleep(DEADLINE_S - A_MOMENT_S)
    assert backlog.take(1) == []
    clock.sleep(A_MOMENT_S)
    assert backlog.take(1) == [], "the back-off comes on top"
    clock.sleep(IMMEDIATE_DELAY_S)
    assert len(backlog.take(1)) == 1


def test_every_delivery_has_an_ack_id_of_its_own():
    backlog, clock = backlog_of()
    backlog.add(message())
    ack_ids = set()
    for _ in range(20):
        lease = take_one(backlog)
        ack_ids.add(lease.ack_id)
        backlog.extend([lease.ack_id], 0)
        clock.sleep(IMMEDIATE_DELAY_S)
    assert len(ack_ids) == 20


def test_an_acknowledged_message_never_comes_again():
    backlog, clock = backlog_of()
    backlog.add(message())
    backlog.acknowledge([take_one(backlog).ack_id])
    clock.sleep(10 * DEADLINE_S)
    assert backlog.take(1) == []
    assert backlog.next_due_s() is None


@pytest.mark.parametrize("extension_s", [1, 60, 600])
def test_an_extended_lease_ends_so_many_seconds_from_then(extension_s):
    backlog, clock = backlog_of()
    backlog.add(message())
    lease = take_one(backlog)
    clock.sleep(4)
    backlog.extend([lease.ack_id], extension_s)
    clock.sleep(extension_s - A_MOMENT_S)
    assert backlog.still_leased({lease.ack_id})
    assert backlog.take(1) == []
    clock.sleep(A_MOMENT_S + IMMEDIATE_DELAY_S)
    backlog.take(0)
    clock.sleep(IMMEDIATE_DELAY_S)
    assert take_one(backlog).attempt == 2


def test_extending_by_zero_gives_the_message_back():
    backlog, clock = backlog_of()
    backlog.add(message())
    lease = take_one(backlog)
    backlog.extend([lease.ack_id], 0)
    assert not backlog.still_leased({lease.ack_id})
    clock.sleep(IMMEDIATE_DELAY_S)
    again = take_one(backlog)
    assert again.message == lease.message
    assert again.ack_id != lease.ack_id


def test_a_settled_lease_cannot_be_given_back():
    backlog, clock = backlog_of()
    backlog.add(message())
    lease = take_one(backlog)
    backlog.acknowledge([lease.ack_id])
    backlog.extend([lease.ack_id], 0)
    clock.sleep(DEADLINE_S)
    assert backlog.take(1) == []


def test_acknowledging_one_message_leaves_the_others():
    backlog, clock = backlog_of()
    for number in range(3):
        backlog.add(message(number=number))
    second = backlog.take(3)[1]
    backlog.acknowledge([second.ack_id, "unknown"])
    backlog.take(0)
    clock.sleep(DEADLINE_S)
    backlog.take(0)
    clock.sleep(IMMEDIATE_DELAY_S)
    assert ids(backlog.take(3)) == ["0", "2"]


def test_a_late_acknowledgement_does_not_lose_the_message():
    """Its lease has run out, so it belongs to the next one who asks."""
    backlog, clock = backlog_of()
    backlog.add(message())
    lease = take_one(backlog)
    clock.sleep(DEADLINE_S)
    backlog.acknowledge([lease.ack_id])
    clock.sleep(IMMEDIATE_DELAY_S)
    assert take_one(backlog).attempt == 2


def test_a_late_acknowledgement_does_not_end_the_lease_of_somebody_else():
    backlog, clock = backlog_of()
    backlog.add(message())
    late = take_one(backlog)
    clock.sleep(DEADLINE_S)
    backlog.take(0)
    clock.sleep(IMMEDIATE_DELAY_S)
    current = take_one(backlog)
    backlog.acknowledge([late.ack_id])
    backlog.extend([late.ack_id], 0)
    assert backlog.still_leased({late.ack_id, current.ack_id}) == {current.ack_id}
    clock.sleep(DEADLINE_S - A_MOMENT_S)
    assert backlog.take(1) == [], "nobody else may have it meanwhile"


def test_a_late_acknowledgement_does_not_revive_an_acknowledged_message():
    backlog, clock = backlog_of()
    backlog.add(message())
    late = take_one(backlog)
    clock.sleep(DEADLINE_S)
    backlog.take(0)
    clock.sleep(IMMEDIATE_DELAY_S)
    backlog.acknowledge([take_one(backlog).ack_id])
    backlog.acknowledge([late.ack_id])
    backlog.extend([late.ack_id], 0)
    clock.sleep(10 * DEADLINE_S)
    assert backlog.take(1) == []


def delays(backlog, clock, count):
    """Fail `count` deliveries; returns how long the message was away each time."""
    found = []
    for _ in range(count):
        backlog.extend([take_one(backlog).ack_id], 0)
        found.append(backlog.next_due_s())
        clock.sleep(found[-1] - A_MOMENT_S)
        assert backlog.take(1) == []
        clock.sleep(2 * A_MOMENT_S)
    return found


@pytest.mark.parametrize(
    ("low_s", "high_s", "expected"),
    [
        (1, 10, [1, 2, 4, 8, 10, 10]),
        (10, 600, [10, 20, 40, 80, 160, 320, 600, 600]),
        (0.1, 0.8, [0.1, 0.2, 0.4, 0.8, 0.8]),
        (5, 5, [5, 5, 5]),
        (0, 600, [0.1, 0.1, 0.1]),
    ],
)
def test_back_off_doubles_from_the_minimum_to_the_maximum(low_s, high_s, expected):
    backlog, clock = backlog_of(**backing_off(low_s, high_s))
    backlog.add(message())
    assert delays(backlog, clock, len(expected)) == pytest.approx(expected, abs=1e-4)


def test_back_off_stays_finite_for_ever():
    backlog, clock = backlog_of(**backing_off(0.001, 600))
    backlog.add(message())
    for _ in range(2000):
        backlog.extend([take_one(backlog).ack_id], 0)
        clock.sleep(600)
    assert take_one(backlog).attempt == 2001


def test_without_a_policy_the_delay_is_short_and_fixed():
    backlog, clock = backlog_of()
    backlog.add(message())
    assert delays(backlog, clock, 5) == pytest.approx([IMMEDIATE_DELAY_S] * 5, abs=1e-4)


def test_an_expired_lease_backs_off_like_a_refusal():
    backlog, clock = backlog_of(**backing_off(3, 600))
    backlog.add(message())
    take_one(backlog)
    clock.sleep(DEADLINE_S)
    assert backlog.take(1) == []
    assert backlog.next_due_s() == pytest.approx(3)


def test_one_messages_back_off_does_not_hold_up_another():
    backlog, _clock = backlog_of(**backing_off(100, 600))
    backlog.add(message(number=1))
    backlog.extend([take_one(backlog).ack_id], 0)
    backlog.add(message(number=2))
    assert ids(backlog.take(10)) == ["2"]


@pytest.mark.parametrize("fail", ["refuse", "expire"])
def test_attempts_are_counted_whatever_ends_them(fail):
    backlog, clock = backlog_of(**dead_lettering(100))
    backlog.add(message())
    for attempt in range(1, 8):
        lease = take_one(backlog)
        assert lease.attempt == attempt
        if fail == "refuse":
            backlog.extend([lease.ack_id], 0)
        else:
            clock.sleep(DEADLINE_S)
            backlog.take(0)
        clock.sleep(IMMEDIATE_DELAY_S)


@pytest.mark.parametrize("attempts", [5, 7])
def test_after_its_last_attempt_a_message_goes_to_the_dead_letters(attempts):
    topic = Topic()
    backlog, clock = backlog_of(topic, **dead_lettering(attempts))
    backlog.add(message(number=7))
    for _ in range(attempts):
        assert topic.taken == []
        backlog.extend([take_one(backlog).ack_id], 0)
        clock.sleep(IMMEDIATE_DELAY_S)
    assert topic.taken == [("7", attempts)]
    assert backlog.take(10) == []
    assert backlog.next_due_s() is None


def test_the_last_attempt_may_also_run_out():
    topic = Topic()
    backlog, clock = backlog_of(topic, **dead_lettering(1))
    backlog.add(message(number=7))
    take_one(backlog)
    clock.sleep(DEADLINE_S)
    assert backlog.take(10) == []
    assert topic.taken == [("7", 1)]


def test_the_last_attempt_may_succeed():
    topic = Topic()
    backlog, clock = backlog_of(topic, **dead_lettering(1))
    backlog.add(message())
    backlog.acknowledge([take_one(backlog).ack_id])
    clock.sleep(DEADLINE_S)
    assert backlog.take(10) == []
    assert topic.taken == []


def test_without_a_dead_letter_topic_the_message_stays():
    """It was deleted, perhaps: delivering on beats losing it."""
    topic = Topic(exists=False)
    backlog, clock = backlog_of(topic, **dead_lettering(5))
    backlog.add(message())
    for attempt in range(1, 12):
        lease = take_one(backlog)
        assert lease.attempt == attempt
        backlog.extend([lease.ack_id], 0)
        clock.sleep(IMMEDIATE_DELAY_S)
    topic.exists = True
    backlog.extend([take_one(backlog).ack_id], 0)
    assert topic.taken == [("1", 12)], "and once there is one, it goes there"


def test_without_a_policy_nothing_is_dead_lettered():
    topic = Topic()
    backlog, clock = backlog_of(topic)
    backlog.add(message())
    for _ in range(200):
        backlog.extend([take_one(backlog).ack_id], 0)
        clock.sleep(IMMEDIATE_DELAY_S)
    assert topic.taken == []


def test_settings_that_change_hold_for_the_next_delivery():
    """The subscription is shared with whoever updates it."""
    backlog, clock = backlog_of()
    backlog.add(message())
    backlog.subscription.ack_deadline_seconds = 100
    take_one(backlog)
    clock.sleep(99)
    assert backlog.take(1) == []


def test_next_due_is_whichever_comes_first():
    backlog, clock = backlog_of(**backing_off(3, 600))
    assert backlog.next_due_s() is None
    backlog.add(message(number=1))
    assert backlog.next_due_s() == 0
    backlog.take(1)
    assert backlog.next_due_s() == DEADLINE_S
    backlog.add(message(number=2))
    backlog.extend([take_one(backlog).ack_id], 0)
    assert backlog.next_due_s() == 3
    clock.sleep(1)
    assert backlog.next_due_s() == 2
    clock.sleep(100)
    assert backlog.next_due_s() == 0


@pytest.mark.parametrize("change", ["add", "extend", "refuse", "acknowledge"])
def test_whoever_waits_without_end_wakes_when_something_changes(change):
    async def scenario():
        backlog, _clock = backlog_of()
        backlog.add(message())
        lease = take_one(backlog)
        backlog.changed.clear()
        waiting = asyncio.create_task(backlog.wait(full=True))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        if change == "add":
            backlog.add(message(number=2))
        elif change == "acknowledge":
            backlog.acknowledge([lease.ack_id])
        else:
            backlog.extend([lease.ack_id], 5 if change == "extend" else 0)
        await asyncio.wait_for(waiting, 1)

    asyncio.run(scenario())


def test_waiting_ends_when_something_becomes_due():
    async def scenario():
        backlog, clock = backlog_of()
        backlog.add(message())
        take_one(backlog)
        backlog.changed.clear()
        clock.sleep(DEADLINE_S - 0.05)
        await asyncio.wait_for(backlog.wait(), 1)

    asyncio.run(scenario())


OPERATIONS = st.one_of(
    st.tuples(st.just("add")),
    st.tuples(st.just("take"), st.integers(0, 4)),
    st.tuples(st.just("sleep"), st.sampled_from([0.05, 0.1, 1, 4, 9.9, 10, 30])),
    st.tuples(st.just("acknowledge"), st.integers(0, 30)),
    st.tuples(st.just("extend"), st.integers(0, 30), st.sampled_from([0, 0, 1, 15])),
)
POLICIES = st.fixed_dictionaries(
    {},
    optional={
        "retry_policy": st.just(backing_off(1, 5)["retry_policy"]),
        "dead_letter_policy": st.just(dead_lettering(5)["dead_letter_policy"]),
    },
)


class Model:
    """What must be true of a backlog, kept without any of its machinery."""

    def __init__(self, policies):
        self.topic = Topic()
        self.backlog, self.clock = backlog_of(self.topic, **policies)
        self.added = 0
        self.given = []
        """Every lease ever, so that settled and expired ones are tried again, too."""
        self.until_s = {}
        self.acknowledged = set()
        self.attempts = defaultdict(int)

    def add(self):
        self.backlog.add(message(number=self.added))
        self.added += 1

    def take(self, limit):
        leases = self.backlog.take(limit)
        assert len(leases) <= limit
        for lease in leases:
            number = lease.message.message_id
            assert number not in self.acknowledged, "delivered after it was acknowledged"
            assert number not in self.dead, "delivered after it was dead-lettered"
            assert not self._holders(number), "leased to two at the same time"
            self.attempts[number] += 1
            assert lease.attempt == self.attempts[number]
            self.given.append(lease)
            self.until_s[lease.ack_id] = self.clock.now_s + DEADLINE_S

    def acknowledge(self, index):
        if lease := self._lease(index):
            self.backlog.acknowledge([lease.ack_id])
            if self._live(lease):
                self.acknowledged.add(lease.message.message_id)
                del self.until_s[lease.ack_id]

    def extend(self, index, duration_s):
        if lease := self._lease(index):
            self.backlog.extend([lease.ack_id], duration_s)
            if self._live(lease):
                self.until_s[lease.ack_id] = self.clock.now_s + duration_s

    def sleep(self, duration_s):
        self.clock.sleep(duration_s)

    @property
    def dead(self):
        return {number for number, _attempts in self.topic.taken}

    def finish(self):
        """Take and acknowledge until nothing is left."""
        for _ in range(100):
            self.clock.sleep(30)
            self.take(1000)
            for index in range(len(self.given)):
                self.acknowledge(index)
        assert len(self.topic.taken) == len(self.dead), "dead-lettered twice"
        assert not self.acknowledged & self.dead
        everything = {str(number) for number in range(self.added)}
        assert self.acknowledged | self.dead == everything, "lost"
        assert self.backlog.next_due_s() is None

    def _lease(self, index):
        return self.given[-1 - index % len(self.given)] if self.given else None

    def _live(self, lease):
        return self.until_s.get(lease.ack_id, 0) > self.clock.now_s

    def _holders(self, number):
        return [
            lease
            for lease in self.given
            if lease.message.message_id == number and self._live(lease)
        ]


@settings(max_examples=300, deadline=None)
@given(policies=POLICIES, operations=st.lists(OPERATIONS, max_size=60))
def test_whatever_happens_nothing_is_lost_or_delivered_to_two_or_after_its_acknowledgement(
    policies, operations
):
    model = Model(policies)
    for name, *arguments in operations:
        getattr(model, name)(*arguments)
    model.finish()

"""Those who ask the same at about the same time share one answer, and one failure."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from servicekit.single_flight import SingleFlight


class Maker:
    """Makes numbered answers, one call at a time released by the test; can fail."""

    def __init__(self, error=None, *, held=False):
        self.calls = 0
        self.error = error
        self.started, self.release = threading.Event(), threading.Event()
        if not held:
            self.release.set()

    def __call__(self):
        self.calls += 1
        number = self.calls
        self.started.set()
        assert self.release.wait(10)
        if self.error:
            raise self.error
        return number


class Clock:
    """Time that passes only when a test says so."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def flights(clock):
    return SingleFlight(2.0, max_entries=3, wait_s=10, clock=clock)


class Key:
    """A question that counts how often it was looked up."""

    def __init__(self):
        self.lookups = 0

    def __hash__(self):
        self.lookups += 1
        return 1


def ask_together(flights, make, threads):
    """Ask from many threads while the answer is being made."""
    key = Key()
    with ThreadPoolExecutor(threads) as pool:
        asked = [pool.submit(flights.get, key, make) for _ in range(threads)]
        assert make.started.wait(10)
        # Each looks for an answer and then for somebody who is making it.
        until = time.monotonic() + 10
        while key.lookups < 2 * threads + 1 and time.monotonic() < until:
            time.sleep(0.001)
        make.release.set()
    return key, asked


def test_many_threads_cause_one_call(flights):
    make = Maker(held=True)
    _, asked = ask_together(flights, make, 16)
    assert [answer.result() for answer in asked] == [1] * 16
    assert make.calls == 1


def test_an_answer_is_kept_for_its_time_and_not_longer(flights, clock):
    make = Maker()
    assert flights.get("key", make) == 1
    clock.now += 1.99
    assert flights.get("key", make) == 1
    clock.now += 0.01
    assert flights.get("key", make) == 2


def test_an_answers_time_begins_when_it_is_there(flights, clock):
    def slow():
        clock.now += 100
        return "slow"

    assert flights.get("key", slow) == "slow"
    clock.now += 1.99
    assert flights.get("key", Maker()) == "slow"


def test_without_time_to_live_nothing_is_kept(clock):
    flights = SingleFlight(0.0, max_entries=3, wait_s=10, clock=clock)
    make = Maker()
    assert [flights.get("key", make) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize("answer", [None, 0, False, "", []])
def test_an_answer_that_looks_like_none_is_kept_too(flights, answer):
    calls = []
    for _ in range(3):
        assert flights.get("key", lambda: calls.append(1) or answer) == answer
    assert len(calls) == 1


def test_different_questions_do_not_wait_for_each_other(flights):
    held = Maker(held=True)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(flights.get, "slow", held)
        assert held.started.wait(10)
        assert flights.get("quick", Maker()) == 1
        assert not waiting.done()
        held.release.set()


@pytest.mark.parametrize("error", [ValueError("first"), KeyboardInterrupt()])
def test_a_failure_is_shared_and_not_kept(flights, error):
    make = Maker(error, held=True)
    key, asked = ask_together(flights, make, 8)
    assert [answer.exception() for answer in asked] == [error] * 8
    assert make.calls == 1
    make.error = None
    assert flights.get(key, make) == 2


def test_a_waiter_gives_up_and_leaves_the_answer_to_others(clock):
    flights = SingleFlight(2.0, max_entries=3, wait_s=0.05, clock=clock)
    make = Maker(held=True)
    with ThreadPoolExecutor(1) as pool:
        maker = pool.submit(flights.get, "key", make)
        assert make.started.wait(10)
        with pytest.raises(TimeoutError):
            flights.get("key", make)
        make.release.set()
        assert maker.result() == 1
    assert flights.get("key", make) == 1


def test_no_more_answers_are_held_than_allowed_and_the_oldest_leaves(flights):
    makers = {key: Maker() for key in "abcd"}
    for key in "abcd":
        flights.get(key, makers[key])
    for key in "dcb":
        assert flights.get(key, makers[key]) == 1
    assert flights.get("a", makers["a"]) == 2
    assert flights.get("b", makers["b"]) == 2


def test_a_renewed_answer_counts_as_new(flights, clock):
    makers = {key: Maker() for key in "abcd"}
    for key in "abc":
        flights.get(key, makers[key])
    clock.now += 3
    flights.get("a", makers["a"])
    flights.get("d", makers["d"])
    assert flights.get("a", makers["a"]) == 2


def test_an_answer_that_nobody_may_get_any_more_is_not_held():
    """A page can be large: what has ended must not wait for others to push it out."""
    now = [0.0]
    flight = SingleFlight(2.0, max_entries=100, wait_s=1.0, clock=lambda: now[0])
    for number in range(50):
        now[0] = number
        flight.get(number, lambda number=number: number)
    assert list(flight._landed) == [48, 49]

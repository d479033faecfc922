"""Readiness is asked by anybody and found out seldom."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from servicekit.readiness import Readiness


class Check:
    """Counts how often it is asked; fails when told to."""

    def __init__(self, error=None):
        self.error = error
        self.calls = 0
        self.started, self.release = threading.Event(), threading.Event()
        self.release.set()

    def __call__(self):
        self.calls += 1
        self.started.set()
        assert self.release.wait(10)
        if self.error:
            raise self.error


def test_many_questions_cost_one_check():
    check = Check()
    readiness = Readiness(check)
    for _ in range(100):
        readiness.check()
    assert check.calls == 1


@pytest.mark.parametrize("error", [OSError("down"), RuntimeError("mistake"), TimeoutError()])
def test_a_failure_is_remembered_as_well(error):
    """Else a store that is down would be asked by every probe of every stranger."""
    check = Check(error)
    readiness = Readiness(check)
    for _ in range(100):
        with pytest.raises(type(error)) as caught:
            readiness.check()
        assert caught.value is error
    assert check.calls == 1


def test_many_threads_wait_for_one_check():
    check = Check()
    check.release.clear()
    readiness = Readiness(check)
    with ThreadPoolExecutor(16) as threads:
        asked = [threads.submit(readiness.check) for _ in range(16)]
        assert check.started.wait(10)
        assert not any(answer.done() for answer in asked)
        check.release.set()
        assert [answer.result() for answer in asked] == [None] * 16
    assert check.calls == 1


def test_an_interrupt_is_no_answer():
    check = Check(KeyboardInterrupt())
    readiness = Readiness(check)
    with pytest.raises(KeyboardInterrupt):
        readiness.check()
    check.error = None
    readiness.check()
    assert check.calls == 2

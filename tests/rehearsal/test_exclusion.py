"""One at a time, whoever they are."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from rehearsal.exclusion import alone
from rehearsal.origin import REPOSITORY


def test_threads_are_let_in_one_by_one(tmp_path):
    inside, most = [], []

    def enter(number):
        with alone(tmp_path / "new" / "lock"):
            inside.append(number)
            most.append(len(inside))
            time.sleep(0.01)
            inside.remove(number)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(enter, range(8)))
    assert most == [1] * 8


def test_another_process_waits_and_one_that_dies_lets_go(tmp_path):
    program = (
        "import pathlib, sys, time\n"
        "from rehearsal.exclusion import alone\n"
        "with alone(pathlib.Path(sys.argv[1])):\n"
        "    print('in', flush=True)\n"
        "    time.sleep(60)\n"
    )
    path = tmp_path / "lock"
    command = [sys.executable, "-c", program, path]
    with (
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) as first,
        subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE) as second,
        ThreadPoolExecutor(2) as pool,
    ):
        both = {pool.submit(each.stdout.readline): each for each in (first, second)}
        while not (ready := [each for each in both if each.done()]):
            time.sleep(0.02)
        time.sleep(0.2)
        assert [each for each in both if each.done()] == ready
        both[ready[0]].kill()
        assert [each.result(30) for each in both] == [b"in\n"] * 2
        first.kill()
        second.kill()


def test_a_failure_inside_lets_go(tmp_path):
    for _ in range(2):
        with pytest.raises(ZeroDivisionError), alone(tmp_path / "lock"):
            raise ZeroDivisionError

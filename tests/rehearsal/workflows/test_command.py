"""What a rehearsal says and exits with is what came of its runs."""

import signal
from contextlib import contextmanager
from dataclasses import dataclass

import click
import pytest

from rehearsal.errors import RehearsalError
from rehearsal.workflows.command import choose, rehearse


@dataclass(frozen=True)
class Run:
    name: str


@dataclass(frozen=True)
class Outcome:
    run: Run
    complaints: tuple[str, ...] = ()
    last_words: str = ""
    seconds: float = 1.0


RUNS = [Run("first"), Run("good"), Run("[bad]")]


@pytest.fixture(autouse=True)
def _ends_as_before():
    before = signal.getsignal(signal.SIGTERM)
    yield
    signal.signal(signal.SIGTERM, before)


class Stage:
    """Remembers whether it was taken away."""

    left = False

    @contextmanager
    def prepared(self):
        try:
            yield self
        finally:
            self.left = True


def play(outcomes):
    return lambda _stage, run: outcomes[run.name]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [((), ["first", "good", "[bad]"]), (("good", "first", "good"), ["first", "good"])],
)
def test_runs_keep_their_order(names, chosen):
    assert [run.name for run in choose(RUNS, names)] == chosen


def test_an_unknown_run_is_named_with_those_that_there_are():
    with pytest.raises(click.ClickException, match="no run others; there are first, good"):
        choose(RUNS, ("good", "others"))


def test_all_as_expected_is_status_0(capsys):
    stage = Stage()
    outcomes = {run.name: Outcome(run) for run in RUNS}
    with pytest.raises(SystemExit) as ended:
        rehearse(RUNS, stage.prepared(), play(outcomes), {"tree": lambda _: "of oak"})
    assert ended.value.code == 0
    assert stage.left
    said = capsys.readouterr().out
    assert "3 runs, 0 otherwise than expected" in said
    assert "of oak" in said


def test_one_otherwise_is_status_1_and_its_log_is_shown(capsys):
    outcomes = {run.name: Outcome(run) for run in RUNS}
    outcomes["good"] = Outcome(RUNS[1], ("apply: success instead of failure",), "[the log]")
    with pytest.raises(SystemExit) as ended:
        rehearse(RUNS, Stage().prepared(), play(outcomes), {})
    assert ended.value.code == 1
    said = capsys.readouterr().out
    assert "good: OTHERWISE" in said
    assert "apply: success instead of failure" in said
    assert "[the log]" in said


def test_what_cannot_be_rehearsed_is_an_error_in_a_line():
    def refuse(_stage, run):
        raise RehearsalError(f"{run.name}: cosign is missing")

    stage = Stage()
    with pytest.raises(click.ClickException, match="first: cosign is missing"):
        rehearse(RUNS, stage.prepared(), refuse, {})
    assert stage.left


def test_who_ends_it_has_everything_taken_away():
    def end(_stage, _run):
        signal.raise_signal(signal.SIGTERM)

    stage = Stage()
    with pytest.raises(SystemExit) as ended:
        rehearse(RUNS, stage.prepared(), end, {})
    assert ended.value.code == 128 + signal.SIGTERM
    assert stage.left

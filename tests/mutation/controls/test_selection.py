"""A sample is the same for the same seed, and spreads over the controls."""

import pytest

from mutation.controls import selection
from mutation.controls.operators import Mutant, MutationError
from tests.mutation.controls.conftest import git


def mutant(control, number, path="a.tf"):
    return Mutant(
        id=f"{control}:{path}:{number}",
        control=control,
        path=path,
        line=1,
        start=0,
        before="a",
        after="b",
        killer="any",
    )


MUTANTS = [mutant("many", number) for number in range(50)] + [
    mutant(f"control {number}", 1) for number in range(5)
]


def test_the_same_seed_draws_the_same_sample():
    assert selection.sample(MUTANTS, 10, 7) == selection.sample(list(MUTANTS), 10, 7)
    draws = {tuple(each.id for each in selection.sample(MUTANTS, 10, seed)) for seed in range(20)}
    assert len(draws) > 1


@pytest.mark.parametrize("seed", range(10))
def test_every_control_is_drawn_once_before_any_twice(seed):
    drawn = selection.sample(MUTANTS, 6, seed)
    assert len({each.control for each in drawn}) == 6


def test_a_sample_is_never_larger_than_all():
    assert len(selection.sample(MUTANTS, 1000, 1)) == len(MUTANTS)


def test_a_touched_file_brings_all_its_mutants():
    other = mutant("other", 1, "b.tf")
    assert selection.touched([*MUTANTS, other], {"b.tf", "README"}) == [other]


def test_a_change_is_what_the_branch_did_committed_or_not(project):
    git(project, "checkout", "-q", "-b", "branch")
    (project / "README").write_text("committed\n", "utf-8")
    git(project, "commit", "-qam", "second")
    (project / "service.conf").write_text("changed\n", "utf-8")
    assert selection.changed_since(project, "main") == {"README", "service.conf"}


def test_a_reference_that_is_not_there_is_an_error(project):
    with pytest.raises(MutationError, match="no-such-branch is no commit here"):
        selection.changed_since(project, "no-such-branch")

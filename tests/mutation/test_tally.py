"""A module's figures: what nobody can notice counts for nothing, and each argument is needed."""

import pytest

from mutation.tally import Tally

ALIVE = "m.f: a -> b"


def tally(killed, *alive, bare=(), argued=()):
    return Tally(
        path="m.py", killed=killed, alive=alive, bare=frozenset(bare), argued=frozenset(argued)
    )


@pytest.mark.parametrize(
    ("counted", "complaints"),
    [
        (tally(9, ALIVE), []),
        (tally(8, ALIVE), ["m.py: 88.9% killed; 90% are wanted"]),
        (tally(8, ALIVE, ALIVE), ["m.py: 80.0% killed; 90% are wanted"]),
        (tally(1, ALIVE, ALIVE, argued=[ALIVE]), []),
        (tally(0, ALIVE, argued=[ALIVE]), ["m.py: 0.0% killed; 90% are wanted"]),
        (tally(9, argued=[ALIVE]), [f"code.toml has it, but it is killed or gone: {ALIVE}"]),
        (tally(9, bare=["m.g"], argued=["m.g"]), []),
        (tally(9, bare=["m.g"]), ["no mutant in m.g, and code.toml does not say why"]),
        (tally(9, argued=["m.g"]), ["code.toml has it, but it is killed or gone: m.g"]),
    ],
)
def test_nine_of_ten_are_to_be_killed_and_every_argument_is_to_be_needed(counted, complaints):
    assert counted.complaints() == complaints


def test_two_mutants_of_one_text_are_two():
    facts = tally(7, ALIVE, ALIVE, "m.f: a -> c", argued=[ALIVE]).as_dict()
    assert facts == {
        "mutants": 10,
        "killed": 7,
        "equivalent": 2,
        "ratio": 0.875,
        "survivors": ["m.f: a -> c"],
    }

"""Every refusal has a name, and the document says what to do about it."""

from pathlib import Path

import pytest

from deploy.plans.lock import Why
from deploy.plans.refusal import PlanRefusedError, Reason, Refusal, decide

DOCUMENT = Path(__file__).parents[3] / "docs" / "rollout.md"


@pytest.mark.parametrize("word", [*Reason, *Why])
def test_the_document_explains_every_word(word):
    assert f"`{word}`" in DOCUMENT.read_text("utf-8")


def test_reasons_are_told_once_and_in_order():
    drift = Refusal(Reason.DRIFT, "b", "changed")
    action = Refusal(Reason.ACTION, "a", "deleted")
    with pytest.raises(PlanRefusedError) as info:
        decide([drift, action], [drift])
    assert str(info.value) == "action: a: deleted\ndrift: b: changed"


def test_without_a_refusal_nothing_happens():
    decide([], iter(()))


@pytest.mark.parametrize("error", [AttributeError, KeyError, IndexError, TypeError, ValueError])
def test_what_cannot_be_judged_does_not_pass(error):
    def judge():
        yield from ()
        raise error("hunter2-hunter2")

    with pytest.raises(PlanRefusedError, match="another shape") as info:
        decide(judge())
    assert "hunter2" not in str(info.value)

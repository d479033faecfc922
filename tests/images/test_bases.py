"""The pinned bases are used where they can be had; a stand-in is told and never taken in CI."""

import pytest

from images import bases
from images.layout import ImageError


class Shelf:
    """An engine with these images in its reach; it notes what it is asked for."""

    def __init__(self, *there):
        self.there = there
        self.asked = []
        self.made = []

    def pull(self, reference):
        self.asked.append(reference)
        return reference in self.there

    def make_base(self, name, folder):
        self.made.append((name, sorted(path.name for path in folder.iterdir())))
        return f"container-image://localhost/{name}"


@pytest.fixture
def told():
    return []


@pytest.fixture
def script(tmp_path, monkeypatch):
    """A quick script in the place of the one that makes root file systems."""
    path = tmp_path / "standins.sh"

    def write(text='echo x >> "$1/runs"; touch "$1/builder.tar" "$1/runtime.tar"'):
        path.write_text(f"#!/bin/sh\n{text}\n", "utf-8")
        path.chmod(0o755)
        return path

    monkeypatch.setattr(bases, "SCRIPT", write())
    monkeypatch.setattr(bases, "STANDINS", tmp_path / "standins")
    return write


@pytest.mark.parametrize("wanted", ["", "pinned ", "PINNED", "standins", "none", "0"])
def test_another_wish_than_the_three_is_refused(monkeypatch, told, wanted):
    monkeypatch.setenv("BASES", wanted)
    shelf = Shelf()
    with pytest.raises(ImageError, match="must be auto, pinned or standin") as refused:
        bases.choose(shelf, told.append)
    assert repr(wanted) in str(refused.value)
    assert (shelf.asked, told) == ([], [])


@pytest.mark.parametrize("wanted", ["auto", "pinned", None])
def test_nothing_replaces_a_base_that_a_registry_gives(monkeypatch, told, wanted):
    monkeypatch.delenv("BASES", raising=False)
    if wanted:
        monkeypatch.setenv("BASES", wanted)
    shelf = Shelf(*bases.pinned().values())
    assert bases.choose(shelf, told.append) == {}
    assert told == []
    assert shelf.asked == [*bases.pinned().values()]


def test_ci_never_takes_a_stand_in(monkeypatch, told, script):
    monkeypatch.setenv("BASES", "pinned")
    runtime, builder = bases.pinned().values()
    shelf = Shelf(runtime)
    with pytest.raises(ImageError, match="cannot be fetched") as refused:
        bases.choose(shelf, told.append)
    assert builder in str(refused.value)
    assert runtime not in str(refused.value)
    assert "is the registry reached?" in str(refused.value)
    assert (shelf.made, told) == ([], [])


@pytest.mark.parametrize("there", [0, 1])
def test_where_one_base_is_missing_both_are_replaced_and_it_is_told(
    monkeypatch, told, script, there
):
    """Half of a pair would be for another Python."""
    monkeypatch.setenv("BASES", "auto")
    pinned = bases.pinned()
    shelf = Shelf(*[*pinned.values()][:there])
    replaced = bases.choose(shelf, told.append)
    assert replaced.keys() == set(pinned.values())
    assert all("/standin-" in image for image in replaced.values())
    assert len(told) == 1
    assert "STAND-INS" in told[0]
    assert "not the pinned images" in told[0]


def test_a_wish_for_stand_ins_asks_no_registry(monkeypatch, told, script):
    monkeypatch.setenv("BASES", "standin")
    shelf = Shelf(*bases.pinned().values())
    assert bases.choose(shelf, told.append).keys() == set(bases.pinned().values())
    assert shelf.asked == []
    assert len(told) == 1


def test_a_stand_in_is_named_after_the_script_that_made_it(script):
    pinned = bases.pinned()
    shelf = Shelf()
    first = bases.standins(shelf, pinned)
    assert bases.standins(shelf, pinned) == first
    (folder,) = bases.STANDINS.iterdir()
    assert (folder / "runs").read_text("utf-8") == "x\n"
    assert shelf.made[0] == (f"standin-runtime:{folder.name}", ["Containerfile", "root.tar"])
    script('touch "$1/builder.tar" "$1/runtime.tar"  # another')
    assert bases.standins(shelf, pinned) != first
    assert len([*bases.STANDINS.iterdir()]) == 2


def test_a_stand_in_starts_as_the_user_of_the_real_one(script):
    bases.standins(Shelf(), bases.pinned())
    (folder,) = bases.STANDINS.iterdir()
    text = (folder / "runtime" / "Containerfile").read_text("utf-8")
    assert text.startswith("FROM scratch\n")
    assert "\nUSER 65532\n" in text
    assert '\nENTRYPOINT ["/usr/bin/python3.13"]\n' in text


def test_a_script_that_fails_tells_why_and_is_run_again(script):
    script('echo no mirror >&2; touch "$1/builder.tar"; exit 3')
    for _ in range(2):
        with pytest.raises(ImageError, match=r"failed \(3\):\n  no mirror"):
            bases.standins(Shelf(), bases.pinned())


def test_what_an_ended_run_left_half_is_not_taken_for_a_base(script):
    """Somebody pressed Ctrl-C while the last archive was being written."""
    script('echo half > "$1/runtime.tar"; exit 1')
    with pytest.raises(ImageError):
        bases.standins(Shelf(), bases.pinned())
    with pytest.raises(ImageError):
        bases.standins(Shelf(), bases.pinned())

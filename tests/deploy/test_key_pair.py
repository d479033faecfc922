"""Where Sigstore's servers cannot be built, a key pair signs, and the output says so."""

from contextlib import ExitStack
from dataclasses import replace

import pytest
from rich.console import Console

from deploy import signing
from deploy.reference import RefusedError
from deploy.verification import Demands, verify
from local.release import publication
from tests.deploy.conftest import BILL, COMMIT, SOURCE
from toolchain.install import TamperedError, ToolError

DEMANDS = Demands(commit=COMMIT, source=SOURCE, bill_of_materials=BILL)


@pytest.fixture
def with_key(world, monkeypatch):
    """Sign as a release does that cannot build Sigstore; how it signs, and what it said."""

    def missing(_folder):
        raise ToolError("fulcio can be neither downloaded nor built: install Go")

    monkeypatch.setattr(publication, "Sigstore", missing)
    console = Console(record=True, width=200)
    with ExitStack() as exits:
        cosign, how = publication._signing(COMMIT, world.key, world.folder, exits, console)
    return cosign, how, console.export_text()


def test_a_key_pair_signs_and_the_output_says_what_that_lacks(world, with_key):
    cosign, how, said = with_key
    assert "with a KEY PAIR, which tells nobody who signed" in said
    assert "install Go" in said
    image = world.push()
    signing.sign(cosign, image, how, COMMIT, world.documents(image))
    verify(cosign, image, how, DEMANDS)
    with pytest.raises(RefusedError, match="says another repository or commit"):
        verify(cosign, image, how, replace(DEMANDS, commit="d" * 40))


def test_another_key_is_refused(world, with_key):
    cosign, how, _ = with_key
    image = world.push(key=None)
    signing.sign(cosign, image, how, COMMIT, world.documents(image))
    other = replace(how, public_key=world.skopeo.make_key("stranger").public_key)
    with pytest.raises(RefusedError, match="another key signed it"):
        verify(cosign, image, other, DEMANDS)


def test_what_is_not_what_was_pinned_ends_the_release(world, monkeypatch):
    """A key pair would be a way to a release that nobody's certificate vouches for."""

    def tampered(_folder):
        raise TamperedError("cosign: the download is not what is pinned")

    monkeypatch.setattr(publication, "Sigstore", tampered)
    with ExitStack() as exits, pytest.raises(TamperedError):
        publication._signing(COMMIT, world.key, world.folder, exits, Console())

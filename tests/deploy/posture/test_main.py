"""The command: 0 as applied, 1 changed, 2 not seen."""

import json
from dataclasses import asdict
from functools import partial

import pytest
from click.testing import CliRunner

from deploy.google import Google
from deploy.posture import __main__ as command
from deploy.posture.expectation import Expectation, ExpectationError
from local.serving import serving
from tests.deploy.posture.project import OURS, WANTED, Apis, seen

TOKEN = "of-nightly"


@pytest.fixture
def run(tmp_path, monkeypatch):
    """Run it against a project."""
    expected = tmp_path / "posture.json"
    expected.write_text(json.dumps(asdict(WANTED)), "utf-8")

    def look(of, token=TOKEN):
        monkeypatch.setenv("GOOGLE_OAUTH_ACCESS_TOKEN", token)
        with serving(Apis(of).application()) as url:
            at = partial(Google, endpoint=f"{url}/{{service}}")
            monkeypatch.setattr(command, "Google", at)
            return CliRunner().invoke(command.main, [f"--expected={expected}"])

    return look


def test_as_applied(run):
    ended = run(seen())
    assert ended.exit_code == 0, ended.output
    assert (
        ended.output == "acme-data: 1 services, 1 jobs, 1 worker pools, 2 accounts, 0 complaints\n"
    )


def test_changed(run):
    ended = run(seen(lambda it: it.keys[OURS].append({"name": "keys/\x1b[2Jabc"})))
    assert ended.exit_code == 1
    assert f"{OURS}: has the key ?[2Jabc" in ended.output


@pytest.mark.parametrize("token", ["of-somebody", ""])
def test_not_seen(run, token):
    ended = run(seen(), token)
    assert ended.exit_code == 2
    assert "not seen: " in ended.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "make bootstrap writes it"),
        ("{", "no JSON"),
        ("[]", "does not hold"),
        ("{}", "does not hold"),
        (json.dumps(asdict(WANTED) | {"more": 1}), "does not hold"),
        (json.dumps(asdict(WANTED) | {"grants": {}}), "does not hold"),
        (json.dumps(asdict(WANTED) | {"condition": ""}), "does not hold"),
    ],
)
def test_without_an_expectation_nothing_is_as_expected(tmp_path, text, said):
    path = tmp_path / "posture.json"
    if text is not None:
        path.write_text(text, "utf-8")
    with pytest.raises(ExpectationError, match=said):
        Expectation.read(path)

"""`python -m monitoring` ends with 0, with complaints, or without a proof."""

import pytest
from click.testing import CliRunner

from monitoring import mutation, objectives, promtool, rules
from monitoring.__main__ import main


def run(*arguments):
    return CliRunner().invoke(main, arguments)


@pytest.fixture
def rules_of_its_own(tmp_path, monkeypatch):
    path = tmp_path / "rules.yaml"
    path.write_text(rules.PATH.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(rules, "PATH", path)
    return path


def test_generated_rules_that_are_right_are_left_alone(rules_of_its_own):
    before = rules_of_its_own.read_text("utf-8")
    assert run("generate", "--check").exit_code == 0
    assert run("generate").exit_code == 0
    assert rules_of_its_own.read_text("utf-8") == before


def test_a_generated_rule_that_somebody_changed_is_found_and_mended(rules_of_its_own):
    before = rules_of_its_own.read_text("utf-8")
    rules_of_its_own.write_text(before.replace("> 0.0144", "> 0.5"), "utf-8")
    found = run("generate", "--check")
    assert (found.exit_code, "not what slo.yaml asks for" in found.output) == (1, True)
    assert run("generate").exit_code == 0
    assert rules_of_its_own.read_text("utf-8") == before


def test_a_promise_that_somebody_changed_is_found(rules_of_its_own, tmp_path, monkeypatch):
    slo = objectives.PATH.read_text("utf-8")
    (tmp_path / "slo.yaml").write_text(slo.replace("goal: 0.999", "goal: 0.99"), "utf-8")
    read = objectives.read
    monkeypatch.setattr(objectives, "read", lambda: read(tmp_path / "slo.yaml"))
    assert run("generate", "--check").exit_code == 1


def test_clean_rules_pass_the_lint():
    assert run("lint").exit_code == 0


def test_the_lint_says_what_is_wrong(monkeypatch):
    wrong = rules.parse(rules.PATH.read_text("utf-8").replace("[5m]", "[2m]"))
    monkeypatch.setattr(rules, "read", lambda: wrong)
    found = run("lint")
    assert found.exit_code == 1
    assert (
        "ApiMeanLatencyHigh: run_googleapis_com:request_latencies_sum is read over" in found.output
    )


def test_mutants_of_one_alert_are_noticed():
    if not promtool.find():
        pytest.skip(promtool.MISSING)
    found = run("mutate", "DeadLettersWaiting")
    assert (found.exit_code, found.output) == (0, "9 of 9 mutants were noticed\n")


def test_an_alert_that_does_not_exist_is_no_proof():
    found = run("mutate", "DeadLettersWaitin")
    assert found.exit_code == 2
    assert "no alert DeadLettersWaitin" in found.output


def test_a_survivor_is_named(monkeypatch):
    monkeypatch.setattr(mutation, "survivors", lambda chosen, _whole: chosen[:1])
    found = run("mutate", "DeadLettersWaiting")
    assert found.exit_code == 1
    assert "survives: DeadLettersWaiting: metric 1: pubsub" in found.output
    assert "8 of 9 mutants were noticed" in found.output


def test_without_promtool_there_is_no_proof(monkeypatch):
    monkeypatch.setenv("PATH", "")
    found = run("mutate", "DeadLettersWaiting")
    assert found.exit_code == 2
    assert "apt-get install" in found.output

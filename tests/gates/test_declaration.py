"""A gate that could not fail cannot be declared, and those that are declared count everything."""

import pytest

from gates import declaration
from gates.finding import Level
from gates.outcome import BrokenError
from gates.readers import READERS
from toolchain.install import pins

GOOD = {
    "about": '"x"',
    "command": '["tool", "{files}"]',
    "package": '"tool"',
    "reads": '["*.py"]',
    "report": '"ruff"',
    "finds": "[1]",
}
GATES = declaration.read()


def read(folder, **changes):
    keys = {key: value for key, value in (GOOD | changes).items() if value is not None}
    path = folder / "gates.toml"
    path.write_text("[tool]\n" + "\n".join(f"{k} = {v}" for k, v in keys.items()), "utf-8")
    return declaration.read(path)


def test_a_gate_is_one_table(tmp_path):
    gate = read(tmp_path)["tool"]
    assert (gate.name, gate.threshold, gate.finds) == ("tool", "note", [1])


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"finds": "[]"}, "finds"),
        ({"finds": None}, "finds"),
        ({"finds": "[0]"}, "0 is how a tool passes"),
        ({"finds": "[0, 1]"}, "0 is how a tool passes"),
        ({"finds": "[true]"}, "finds"),
        ({"finds": '["1"]'}, "finds"),
        ({"passes": "[0, 1]"}, "passes"),
        ({"threshold": '"never"'}, "threshold"),
        ({"threshold": '"none"'}, "threshold"),
        ({"command": "[]"}, "command"),
        ({"command": '"tool"'}, "command"),
        ({"command": '["tool", "--exit-zero"]'}, "--exit-zero lets it pass"),
        ({"command": '["tool", "--soft-fail"]'}, "--soft-fail lets it pass"),
        ({"command": '["tool", "--soft-fail-on=X"]'}, "--soft-fail-on=X lets it pass"),
        ({"command": '["tool", "--no-fail"]'}, "--no-fail lets it pass"),
        ({"command": '["tool", "--exit-code=0"]'}, "--exit-code=0 lets it pass"),
        ({"command": '["tool", "{data}"]'}, "they go together"),
        ({"offline": '["--set={advisories}"]'}, "they go together"),
        ({"reads": "[]"}, "reads"),
        ({"reads": None}, "reads"),
        ({"report": None}, "report"),
        ({"report": '"anything"'}, "no reader"),
        ({"package": None}, "name its package or what it needs"),
        ({"timeout_s": "0"}, "timeout_s"),
        ({"timeout_s": "-5"}, "timeout_s"),
        ({"skip": "true"}, "skip"),
        ({"enabled": "false"}, "enabled"),
        ({"continue_on_error": "true"}, "continue_on_error"),
        ({"environment": '"mine"'}, "environment"),
        ({"given": '"nothing"'}, "given"),
    ],
)
def test_a_gate_that_could_not_fail_is_refused(tmp_path, changes, says):
    with pytest.raises(BrokenError, match="tool: ") as caught:
        read(tmp_path, **changes)
    assert says in str(caught.value)


@pytest.mark.parametrize("text", ["", "[", "x = 1", "[Tool]\n", "[[tool]]\n"])
def test_a_file_of_another_shape_is_no_judgement(tmp_path, text):
    path = tmp_path / "gates.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(BrokenError, match=r"gates\.toml"):
        declaration.read(path)


def test_no_file_is_no_judgement(tmp_path):
    with pytest.raises(BrokenError, match="cannot be read"):
        declaration.read(tmp_path / "gone.toml")


@pytest.mark.parametrize("gate", GATES.values(), ids=GATES)
def test_each_gate_counts_every_finding(gate):
    """Who raises a threshold has to change this, too."""
    assert gate.threshold == "note"
    assert all(gate.counts(level) for level in Level)


@pytest.mark.parametrize("gate", GATES.values(), ids=GATES)
def test_each_gate_has_a_reader_and_a_pinned_tool(gate):
    assert gate.report in READERS
    assert set(gate.needs) <= {*pins(), "terraform"}


def test_all_gates_are_there():
    assert set(GATES) == {
        "actionlint",
        "bandit",
        "checkov",
        "format",
        "gitleaks",
        "hadolint",
        "mypy",
        "pip-audit",
        "ruff",
        "shellcheck",
        "suppressions",
        "terraform-fmt",
        "trivy-configuration",
        "trivy-image",
        "trivy-licences",
        "trivy-secrets",
        "trivy-vulnerabilities",
        "zizmor",
    }


@pytest.mark.parametrize(
    ("threshold", "counted"),
    [("note", "error warning note"), ("warning", "error warning"), ("error", "error")],
)
def test_a_threshold_counts_what_is_as_bad(tmp_path, threshold, counted):
    gate = read(tmp_path, threshold=f'"{threshold}"')["tool"]
    assert [level.value for level in Level if gate.counts(level)] == counted.split()

"""Whatever a tool does that it does not do when it judges, the gate could not judge."""

import json
import time

import pytest

from gates.command import Subject
from gates.execution import execute, printable
from gates.outcome import Status
from tests.gates.tools_of_ours import gate, is_alive, lay_out, printing

CRASH = "import os; os.abort()"
NOT_JSON = "print('all is well'); import sys; sys.exit({})"
SLOW = """
import subprocess, sys, pathlib
child = subprocess.Popen(["sleep", "300"])
pathlib.Path("children").write_text(str(child.pid))
child.wait()
"""


@pytest.fixture
def judge(tmp_path, monkeypatch):
    """Run one gate whose tool is the given script."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a.py").write_text("", "utf-8")

    def judge(script, files=("a.py",), subject=None, version=None, **changes):
        options = {} if version is None else {"version": version}
        folder = lay_out(tmp_path / f"venv-{time.monotonic_ns()}", script, **options)
        monkeypatch.setenv("GATES_VENV", str(folder))
        return execute(gate(**changes), files, subject or Subject(root=root))

    judge.root = root
    return judge


def test_a_tool_that_looked_and_found_nothing_passes(judge):
    outcome = judge(printing(1))
    assert (outcome.status, outcome.scanned, outcome.reason) == (Status.PASSED, 1, "")
    assert outcome.version


def test_what_a_tool_found_is_in_the_outcome(judge):
    outcome = judge(printing(1, "R1", "R2", status=1))
    assert outcome.status is Status.FOUND
    assert [(each.gate, each.rule) for each in outcome.findings] == [("twin", "R1"), ("twin", "R2")]


@pytest.mark.parametrize(
    ("script", "says"),
    [
        (CRASH, "ended with status -6"),
        ("raise SystemExit(3)", "ended with status 3"),
        (printing(1, status=2), "ended with status 2"),
        (printing(1, "R1", status=2), "ended with status 2"),
        (NOT_JSON.format(0), "printed no JSON"),
        (NOT_JSON.format(1), "printed no JSON"),
        ("", "printed no JSON"),
        ("print('{}')", "another shape"),
        ("print('[]')", "another shape"),
        ("print('null')", "another shape"),
        (printing(1, "R1", status=0), "status 0 and reports 1 findings"),
        (printing(1, status=1), "status 1 and reports 0 findings"),
        (printing(0), "it looked at no files"),
        (printing(-1), "it looked at no files"),
        (printing(2), "it looked at 2 of 1 files"),
        ("raise RuntimeError('a fault of its own')", "printed no JSON"),
    ],
)
def test_a_tool_that_did_not_judge_is_red(judge, script, says):
    outcome = judge(script)
    assert outcome.status is Status.BROKEN
    assert says in outcome.reason
    assert outcome.findings == ()


def test_a_pass_of_fewer_files_than_there_are_is_red(judge):
    """A tool's own configuration may leave something out."""
    (judge.root / "b.py").write_text("", "utf-8")
    outcome = judge(printing(1), files=("a.py", "b.py"))
    assert outcome.status is Status.BROKEN
    assert "1 of 2 files" in outcome.reason


def test_no_file_to_look_at_is_red(judge):
    outcome = judge(printing(1), files=())
    assert outcome.status is Status.BROKEN
    assert "no file for it" in outcome.reason


@pytest.mark.parametrize(
    ("version", "says"),
    [("", "bandit is missing"), ("0.0.1", "bandit is 0.0.1, and requirements/gates.txt pins")],
)
def test_a_tool_that_is_missing_or_of_another_version_is_red(judge, version, says):
    outcome = judge(printing(1), version=version)
    assert outcome.status is Status.BROKEN
    assert says in outcome.reason
    assert "make" in outcome.reason


def test_a_program_that_is_not_there_is_red(judge):
    outcome = judge(printing(1), command=["bandits", "{files}"])
    assert (outcome.status, outcome.reason) == (
        Status.BROKEN,
        "bandits is missing: make setup-gates",
    )


def test_a_package_that_no_lock_pins_is_red(judge):
    outcome = judge(printing(1), package="bandits")
    assert outcome.status is Status.BROKEN
    assert "does not pin bandits" in outcome.reason


def test_a_tool_that_takes_too_long_is_red_and_leaves_nothing_running(judge):
    outcome = judge(SLOW, timeout_s=5)
    assert outcome.status is Status.BROKEN
    assert "took longer than 5 s" in outcome.reason
    assert not is_alive(int((judge.root / "children").read_text("utf-8")))


def test_a_finding_below_the_threshold_is_only_counted(judge):
    script = printing(1, "R1", status=1).replace("'level': 'error'", "'level': 'note'")
    outcome = judge(script, threshold="warning")
    assert (outcome.status, outcome.findings) == (Status.PASSED, ())
    assert outcome.notes == ("1 below warning",)


def test_a_tool_sees_nothing_of_the_callers_environment(judge, monkeypatch):
    monkeypatch.setenv("BANDIT_CONFIG", "hostile")
    monkeypatch.setenv("GITHUB_TOKEN", "secret")
    script = (
        "import os, pathlib, json\n"
        "seen = [dict(os.environ), os.listdir(os.environ['HOME'])]\n"
        "pathlib.Path('seen').write_text(json.dumps(seen))\n"
    )
    judge(script + printing(1))
    environment, home = json.loads((judge.root / "seen").read_text("utf-8"))
    assert {"hostile", "secret"}.isdisjoint(environment.values())
    assert home == []


def test_a_file_that_looks_like_an_option_is_a_file(judge):
    script = "import sys, pathlib\npathlib.Path('seen').write_text(repr(sys.argv[1:]))\n"
    (judge.root / "--exit-zero.py").write_text("", "utf-8")
    judge(script + printing(1), files=("--exit-zero.py",))
    assert (judge.root / "seen").read_text("utf-8") == "['./--exit-zero.py']"


def test_a_name_is_not_filled_in_twice(judge):
    script = "import sys, pathlib\npathlib.Path('seen').write_text(repr(sys.argv[1:]))\n"
    (judge.root / "{root}.py").write_text("", "utf-8")
    judge(script + printing(1), files=("{root}.py",), command=["bandit", "{files}", "--at={root}"])
    seen = (judge.root / "seen").read_text("utf-8")
    assert seen == repr(["{root}.py", f"--at={judge.root}"])


@pytest.mark.parametrize(
    ("advisories", "expected"), [(None, "['x']"), ("/set.json", "['--set=/set.json', 'x']")]
)
def test_a_local_set_is_named_only_where_one_is_asked(judge, advisories, expected):
    script = "import sys, pathlib\npathlib.Path('seen').write_text(repr(sys.argv[1:]))\n"
    judge(
        script + printing(1),
        subject=Subject(root=judge.root, advisories=advisories),
        command=["bandit", "{data}", "x"],
        offline=["--set={advisories}"],
    )
    assert (judge.root / "seen").read_text("utf-8") == expected


def test_a_staged_tool_sees_its_files_and_no_other(judge):
    (judge.root / ".checkov.yaml").write_text("skip-check: [all]", "utf-8")
    (judge.root / "deep").mkdir()
    (judge.root / "deep" / "b.py").write_text("B", "utf-8")
    script = (
        "import json, pathlib, sys\n"
        "seen = sorted(str(p) for p in pathlib.Path().rglob('*') if p.is_file())\n"
        "print(json.dumps({'scanned': 2, 'findings': [\n"
        "  {'rule': each, 'level': 'error', 'message': 'm'} for each in seen]}))\n"
        "sys.exit(1)"
    )
    outcome = judge(script, files=("a.py", "deep/b.py"), staged=True)
    assert [each.rule for each in outcome.findings] == ["a.py", "deep/b.py"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain \u00e9", "plain \u00e9"),
        ("a\nb\tc", "a b c"),
        ("\x1b[31mred\x07", "\\u001b[31mred\\u0007"),
        ("safe\u202egnp.exe", "safe\\u202egnp.exe"),
        ("\udce9", "\\udce9"),
        ("\r::add-mask::x", "\\u000d::add-mask::x"),
    ],
)
def test_what_steers_a_terminal_is_shown_as_what_it_is(text, shown):
    assert printable(text) == shown


def test_a_hostile_message_reaches_nobody_as_it_is(judge):
    script = printing(1, "R\x1b[2J", status=1)
    assert judge(script).findings[0].rule == "R\\u001b[2J"

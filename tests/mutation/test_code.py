"""Mutants of the security code are counted honestly: what proves nothing is never a pass."""

import json
import subprocess
import sys

import pytest

from local.layout import ROOT

STRONG = {
    "product/double.py": "def double(number):\n    return number * 2\n",
    "tests/test_double.py": (
        "from product.double import double\n\ndef test_it():\n    assert double(3) == 6\n"
    ),
}
WEAK = {
    "product/clamp.py": (
        "from functools import lru_cache\n\n\ndef clamp(number):\n"
        "    if number > 0:\n        return number\n    return 0\n\n\n"
        "@lru_cache\ndef cached(number):\n    return number + 1\n"
    ),
    "tests/test_clamp.py": (
        "from product.clamp import clamp\n\ndef test_it():\n    assert clamp(5) == 5\n"
    ),
}
SETTINGS = """\
[tool.mutmut]
source_paths = ["product"]
only_mutate = [{modules}]
pytest_add_cli_args_test_selection = ["tests"]
"""
AT_ZERO = "product.clamp.clamp: if number > 0: -> if number >= 0:"


@pytest.fixture
def project(tmp_path):
    """Lay out a project; returns what runs the command in it."""

    def write(files, argued=()):
        modules = ", ".join(f'"{name}"' for name in files if name.startswith("product/"))
        entries = [f"[[argued]]\nreason = '{why}'\nof = ['{what}']\n" for what, why in argued]
        whole = files | {
            "pyproject.toml": SETTINGS.format(modules=modules),
            "product/__init__.py": "",
            "mutation/code.toml": "\n".join(entries) or "argued = []\n",
        }
        for name, text in whole.items():
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).write_text(text, "utf-8")
        subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
        return run

    def run(*arguments):
        command = [sys.executable, "-m", "mutation.code", "--root", tmp_path, *arguments]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout + done.stderr

    return write


def test_code_whose_tests_notice_everything_passes_with_its_report(project, tmp_path):
    run = project(STRONG)
    status, output = run("--write")
    assert status == 0, output
    module = {"mutants": 2, "killed": 2, "equivalent": 0, "ratio": 1.0, "survivors": []}
    report = {"mutants": 2, "killed": 2, "equivalent": 0}
    path = tmp_path / "mutation" / "code.json"
    assert json.loads(path.read_text("utf-8")) == {
        **report,
        "modules": {"product/double.py": module},
    }
    assert run()[0] == 0
    path.write_text(path.read_text("utf-8").replace('"killed": 2', '"killed": 3'), "utf-8")
    status, output = run()
    assert status == 1
    assert "tells another story" in output


def test_code_whose_tests_notice_too_little_fails_and_each_survivor_is_shown(project):
    status, output = project(STRONG | WEAK)("product/clamp.py")
    assert status == 1
    assert f"survives: {AT_ZERO}" in output
    assert "survives: product.clamp.clamp: return 0 -> return 1" in output
    assert "product/clamp.py: 0.0% killed; 90% are wanted" in output
    assert "no mutant in product.clamp.cached, and code.toml does not say why" in output
    assert "double" not in output


def test_what_is_argued_for_counts_for_nothing_and_must_still_be_there(project):
    argued = [
        (AT_ZERO, "zero is zero"),
        ("product.clamp.cached", "decorated"),
        ("product.clamp.clamp: return 0 -> return 1", ""),
        ("product.clamp.clamp: return 0 -> return 2", "gone"),
        ("product.clamp.double", "gone, too"),
    ]
    status, output = project(WEAK, argued)("product/clamp.py")
    assert status == 1
    assert AT_ZERO not in output
    assert "cached" not in output
    assert "survives: product.clamp.clamp: return 0 -> return 1" in output
    assert "but it is killed or gone: product.clamp.clamp: return 0 -> return 2" in output
    assert "but it is killed or gone: product.clamp.double" in output


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"product/limit.py": "LIMIT = 3\n"}, "product/limit.py: nothing was mutated"),
        (
            {"tests/test_double.py": "def test_it():\n    assert False\n"},
            "mutmut ended with status",
        ),
        ({"tests/test_double.py": "def test_it():\n    pass\n"}, "mutmut ended with status"),
    ],
    ids=["nothing to mutate", "red tests", "tests of something else"],
)
def test_a_run_that_proves_nothing_is_no_pass(project, change, reason):
    status, output = project(STRONG | change)("--write")
    assert status == 2
    assert reason in output


def test_only_what_is_declared_can_be_asked_for(project):
    status, output = project(STRONG)("product/other.py")
    assert status == 2
    assert "not in [tool.mutmut] only_mutate: product/other.py" in output

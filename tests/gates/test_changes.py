"""SINCE leaves out only what no change can have concerned."""

import pytest

from gates import changes, declaration, tree
from gates.outcome import BrokenError

GATES = declaration.read()
BASE = {
    "app/a.py": "A = 1\n",
    "main.tf": "locals {}\n",
    "run.sh": "echo\n",
    "README.md": "x\n",
    "gates/gates.toml": "",
    "requirements/gates.txt": "",
    "policies/waivers.toml": "",
    "policies/vulnerabilities.toml": "",
    "policies/checkov/one.py": "",
    "pyproject.toml": "",
    "toolchain/pins.toml": "",
}
SOME = ("mypy", "shellcheck", "terraform-fmt", "trivy-vulnerabilities", "hadolint")


@pytest.fixture
def root(plant, tmp_path):
    return plant(tmp_path, BASE)


def concerned(root, since="main"):
    changed = changes.since(root, since)
    for name in SOME:
        gate = GATES[name]
        files = tree.files(root, gate.reads, gate.interpreters)
        if changes.concerns(root, gate, files, changed):
            yield name


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("app/a.py", {"mypy"}),
        ("app/new.py", {"mypy"}),
        ("run.sh", {"shellcheck"}),
        ("main.tf", {"terraform-fmt"}),
        ("README.md", set()),
        ("policies/vulnerabilities.toml", {"trivy-vulnerabilities"}),
        ("gates/gates.toml", set(SOME)),
        ("gates/new/reader.py", set(SOME)),
        ("policies/waivers.toml", set(SOME)),
        ("pyproject.toml", set(SOME)),
        ("toolchain/pins.toml", set(SOME)),
        ("requirements/gates.txt", set(SOME)),
    ],
)
@pytest.mark.parametrize("is_committed", [True, False], ids=["committed", "not committed"])
def test_a_change_concerns_the_gates_that_read_it(root, plant, path, expected, is_committed):
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("# changed\n", "utf-8")
    since = "main"
    if is_committed:
        plant(root, {})
        since = "main~1"
    assert set(concerned(root, since)) == expected


def test_without_a_change_nobody_is_concerned(root):
    assert set(concerned(root)) == set()


def test_a_file_that_is_gone_concerns_everybody(root, plant):
    plant(root, {"README.md": None})
    assert set(concerned(root, "main~1")) == set(SOME)


def test_a_moved_file_concerns_everybody(root):
    (root / "README.md").rename(root / "READYOU.md")
    assert set(concerned(root)) == set(SOME)


def test_only_what_this_branch_did_counts(root, plant):
    """What came to main since the branch left it is judged on main."""
    tree.git(root, "switch", "--quiet", "--create", "branch")
    plant(root, {"app/a.py": "A = 2\n"})
    tree.git(root, "switch", "--quiet", "main")
    plant(root, {"main.tf": "locals { a = 1 }\n"})
    tree.git(root, "switch", "--quiet", "branch")
    assert set(concerned(root)) == {"mypy"}


@pytest.mark.parametrize("reference", ["nowhere", "--all", "--output=x", "main~9", ""])
def test_an_unknown_commit_is_no_judgement(root, reference):
    with pytest.raises(BrokenError, match="leave SINCE out"):
        changes.since(root, reference)
    assert not (root / "x").exists()

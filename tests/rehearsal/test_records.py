"""What was planned, read once however many ask."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from rehearsal import records
from rehearsal.errors import RehearsalError
from rehearsal.records import Run, planned, runs
from tests.rehearsal.trees import OURS, planted

ROOT = """
variable "names" {
  type    = set(string)
  default = ["a", "b"]
  validation {
    condition     = !contains(var.names, "bad")
    error_message = "No topic is bad."
  }
}
data "google_project" "here" {}
resource "google_pubsub_topic" "t" {
  for_each = var.names
  name     = "topic-${each.key}"
}
"""
TESTS = """
mock_provider "google" {}
run "two" {
  command = plan
  assert {
    condition     = length(google_pubsub_topic.t) == 2
    error_message = "There are two."
  }
}
run "refused" {
  command = plan
  variables {
    names = ["bad"]
  }
  expect_failures = [var.names]
}
run "applied" {
  variables {
    names = ["c"]
  }
}
"""
FAILING = """
mock_provider "google" {}
run "three" {
  command = plan
  assert {
    condition     = length(google_pubsub_topic.t) == 3
    error_message = "There are three."
  }
}
run "after" {
  command = plan
}
"""


@pytest.fixture
def tree(tmp_path):
    files = {"terraform/main.tf": ROOT, "terraform/tests/a.tftest.hcl": TESTS}
    return planted(tmp_path / "tree", files)


def started(noting):
    """How often the tests ran."""
    lines = (noting / "commands").read_text("utf-8").splitlines()
    return sum(line.startswith("test ") for line in lines)


def test_each_run_gives_what_it_planned(rehearsed, cache, tree):
    two, refused, applied = runs("terraform", tree)
    assert (two.file, two.name, two.status) == ("tests/a.tftest.hcl", "two", "pass")
    assert [(each.address, each.index, each.values["name"]) for each in planned(two)] == [
        ('google_pubsub_topic.t["a"]', "a", "topic-a"),
        ('google_pubsub_topic.t["b"]', "b", "topic-b"),
    ]
    assert {(each.type, each.name) for each in planned(two)} == {("google_pubsub_topic", "t")}
    assert (refused.status, planned(refused)) == ("pass", [])
    assert [each.values["name"] for each in planned(applied)] == ["topic-c"]


def test_what_did_not_change_is_not_run_again(rehearsed, cache, tree, noting):
    assert runs("terraform", tree) == runs("terraform", tree)
    assert started(noting) == 1


@pytest.mark.parametrize(
    "changed",
    ["terraform/main.tf", "terraform/tests/a.tftest.hcl", "terraform/x.json", "schema/t.json",
     "terraform/a.tftpl", "schema/of_any.kind"],
)  # fmt: skip
def test_whatever_changes_makes_it_run_again(rehearsed, cache, tree, changed):
    before = records._digest("terraform", tree, OURS)
    path = tree / changed
    path.parent.mkdir(exist_ok=True)
    path.write_text((path.read_text("utf-8") if path.exists() else "") + "\n", "utf-8")
    assert records._digest("terraform", tree, OURS) != before


def test_several_who_ask_at_once_share_one_run(rehearsed, cache, tree, noting):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: runs("terraform", tree), range(4)))
    assert found[1:] == found[:-1]
    assert started(noting) == 1


def test_a_record_that_was_cut_off_is_made_again(rehearsed, cache, tree):
    before = runs("terraform", tree)
    (kept,) = cache.glob("*.json")
    kept.write_text(kept.read_text("utf-8")[:100], "utf-8")
    assert [run.name for run in runs("terraform", tree)] == [run.name for run in before]


def test_old_records_go(cache, tree):
    report = records.Report("terraform", "", 0, (), ())
    cache.mkdir()
    for number in range(records.KEPT + 3):
        records._keep(cache / f"{number}.json", report)
    assert len(list(cache.glob("*.json"))) == records.KEPT


def test_a_failed_run_is_told_with_what_terraform_said_each_time(rehearsed, cache, tree, noting):
    planted(tree, {"terraform/tests/b.tftest.hcl": FAILING})
    for _ in range(2):
        with pytest.raises(RehearsalError) as failed:
            runs("terraform", tree)
        lines = str(failed.value).splitlines()
        assert lines == [
            "terraform: tests/b.tftest.hcl: run 'three': fail",
            "  error: tests/b.tftest.hcl:6: Test assertion failed: There are three.",
        ]
    assert started(noting) == 1


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"terraform/main.tf": "resource {"}, "terraform init failed"),
        ({"terraform/main.tf": "output x { value = y.z }"}, "error: main.tf:15: .*undeclared"),
        ({"terraform/tests/a.tftest.hcl": ""}, "there are no runs in: tests/a.tftest.hcl"),
        ({"terraform/tests/b.tftest.hcl": "# gone"}, "there are no runs in: tests/b.tftest.hcl"),
        ({"terraform/tests/a.tftest.hcl": "run {"}, "terraform init failed"),
        ({"terraform/tests/a.tftest.hcl": 'run "x" {\n nothing = 1\n}'}, "terraform init failed"),
        ({"terraform/tests/a.tftest.hcl": 'run "x" {\n variables {\n a = b.c\n }\n}'}, "error: "),
    ],
    ids=[
        "syntax",
        "reference",
        "no_runs",
        "no_runs_in_one",
        "test_syntax",
        "test_argument",
        "test_reference",
    ],
)
def test_a_root_without_a_good_run_does_not_pass(rehearsed, cache, tree, files, said):
    planted(tree, files)
    with pytest.raises(RehearsalError, match=f"(?s)terraform: .*{said}"):
        runs("terraform", tree)


def test_without_a_test_file_a_root_does_not_pass(rehearsed, cache, tree):
    (tree / "terraform" / "tests" / "a.tftest.hcl").unlink()
    with pytest.raises(RehearsalError, match=r"^terraform: there are no runs$"):
        runs("terraform", tree)


def test_what_kept_the_tests_from_running_is_not_remembered(rehearsed, cache, tree, noting):
    """It may have been the network, and that comes back."""
    good = (tree / "terraform" / "main.tf").read_text("utf-8")
    planted(tree, {"terraform/main.tf": "resource {"})
    for _ in range(2):
        with pytest.raises(RehearsalError, match="init failed"):
            runs("terraform", tree)
    assert (noting / "commands").read_text("utf-8").count("init ") == 2
    (tree / "terraform" / "main.tf").write_text(good, "utf-8")
    assert len(runs("terraform", tree)) == 3


@pytest.mark.parametrize("dying", ["validate", "test"])
def test_a_command_that_dies_without_a_word_does_not_pass(rehearsed, noting, cache, tree, dying):
    script = noting / "terraform"
    text = script.read_text("utf-8").replace("exec ", f'[ "$1" = {dying} ] && kill -9 $$\nexec ')
    script.write_text(text, "utf-8")
    with pytest.raises(RehearsalError, match=f"terraform {dying} ended with -9"):
        runs("terraform", tree)


def test_a_root_that_is_not_there_is_told(rehearsed, cache, tree):
    with pytest.raises(RehearsalError, match="there is no root terraform/none"):
        runs("terraform/none", tree)


def test_opentofu_is_not_asked_for_plans(pretending):
    """It lacks what the tests use, so that a run of them would say nothing."""
    pretending('{"terraform_version": "1.12.6", "platform": "linux_amd64"}')
    with pytest.raises(RehearsalError, match="tests that OpenTofu cannot run"):
        runs("terraform")


def test_a_terraform_that_dies_does_not_pass():
    """Its last words are no records."""
    ran, loose = records.parse(
        json.dumps({"type": "test_abstract", "test_abstract": {"a": ["x"]}}) + "\npanic: gone\n"
    )
    assert ran == (Run("a", "x", "skip"),)
    assert loose == []
    assert not records.Report("terraform", "", 0, ran, ()).passed

"""A whole life, as the command goes through it."""

import pytest

from rehearsal import attachment, life
from rehearsal.errors import MissingError, RehearsalError
from tests.rehearsal.trees import planted

ROOT = """
terraform {
  backend "gcs" {}
}
variable "protected" {
  type    = bool
  default = true
}
resource "google_pubsub_topic" "t" {
  name            = "t"
  deletion_policy = var.protected ? "PREVENT" : "DELETE"
}
resource "google_pubsub_topic_iam_binding" "b" {
  topic   = google_pubsub_topic.t.id
  role    = "roles/pubsub.publisher"
  members = []
}
"""


@pytest.fixture
def root(rehearsed, tmp_path, monkeypatch):
    tree = planted(tmp_path / "tree", {"terraform/main.tf": ROOT})
    begin = life.begin
    monkeypatch.setattr(life, "begin", lambda root, variables: begin(root, variables, tree))


def test_a_life_has_drift_in_it_and_leaves_nothing(root):
    steps = list(life.rehearse("terraform", {}, {"protected": False}))
    assert [(step.split(":")[0], outcome) for step, outcome, _ in steps] == [
        ("plan", "2 to create"),
        ("apply of the saved plan", "2 created"),
        ("second plan", "nothing to change"),
        ("drift", "create google_pubsub_topic.t"),
        ("apply", "put right"),
        ("destroy", "nothing left"),
    ]


def test_opentofu_goes_through_it_too(root, tofu):
    outcomes = [outcome for _, outcome, _ in life.rehearse("terraform", {}, {"protected": False})]
    assert outcomes[-1] == "nothing left"


def test_a_life_of_what_stays_protected_ends_with_the_reason(root):
    with pytest.raises(RehearsalError, match="cannot destroy google_pubsub_topic"):
        list(life.rehearse("terraform", {}, {}))


def test_a_life_never_touches_a_cloud_whatever_is_asked_for(root, monkeypatch, noting):
    """Neither the backend of the root nor a real provider."""
    monkeypatch.setenv("PROVIDER", "registry")
    list(life.rehearse("terraform", {}, {"protected": False}))
    assert "TF_REATTACH_PROVIDERS" in (noting / "environment").read_text("utf-8")


def test_a_plan_is_applied_by_another_process_and_two_roots_share_a_world(rehearsed, tmp_path):
    second = 'resource "google_pubsub_subscription" "s" {\n  name  = "s"\n  topic = "t"\n}\n'
    tree = planted(tmp_path / "tree", {"terraform/main.tf": ROOT, "terraform/b/main.tf": second})
    world = tmp_path / "world"
    for root in ("terraform", "terraform/b"):
        with life.begin(root, {}, tree, world) as one:
            one.plan()
            before = one.saved.read_bytes()
        with life.begin(root, {}, tree, world) as one:
            one.saved.write_bytes(before)
            assert "added, 0 changed, 0 destroyed" in one.apply()
    with life.begin("terraform", {}, tree, world) as one:
        assert not one.changed()
        assert len(list(one.world.records())) == 3


def test_without_terraform_or_our_provider_it_is_said_at_once(monkeypatch, tmp_path):
    monkeypatch.setattr(attachment, "PYTHON", tmp_path / "python")
    with pytest.raises(MissingError, match=r"make setup-terraform|install Terraform"):
        life.begin("terraform", {})
    monkeypatch.setenv("TERRAFORM", "/nowhere")
    with pytest.raises(MissingError, match="install Terraform"):
        life.begin("terraform", {})


GRANT = """
resource "google_project_iam_member" "%s" {
  project = "p"
  role    = "roles/r"
  member  = "user:a@example.com"
}
"""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            'resource "google_pubsub_topic" "t" {\n name = "t"\n labels = { at = timestamp() }\n}',
            "a second plan would change something",
        ),
        ("", "there is nothing to create"),
        (GRANT % "a" + GRANT % "b", "2 planned, and 1 are there"),
    ],
    ids=["changes", "empty", "twice"],
)
def test_a_root_that_could_not_live_is_told(rehearsed, tmp_path, monkeypatch, text, said):
    tree = planted(tmp_path / "tree", {"terraform/main.tf": text})
    begin = life.begin
    monkeypatch.setattr(life, "begin", lambda root, variables: begin(root, variables, tree))
    with pytest.raises(RehearsalError, match=said):
        list(life.rehearse("terraform", {}, {}))

"""Terraform with our provider: what it finds wrong, and how resources live."""

import json

import pytest

from rehearsal import facts, life, renewal, terraform
from rehearsal.errors import RehearsalError
from tests.rehearsal.trees import OURS, planted

TOPIC = 'resource "google_pubsub_topic" "t" {\n  name = "t"\n}\n'
WRONG = {
    "unknown_argument": (
        'resource "google_pubsub_topic" "t" {\n name = "t"\n nam = "t"\n}',
        'An argument named "nam" is not expected here',
    ),
    "missing_argument": (
        'resource "google_pubsub_topic" "t" {}',
        'The argument "name" is required',
    ),
    "wrong_type": (
        'resource "google_pubsub_topic" "t" {\n name = "t"\n labels = ["a"]\n}',
        'Inappropriate value for attribute "labels": map of string required',
    ),
    "too_many_blocks": (
        (
            'resource "google_pubsub_topic" "t" {\n name = "t"\n'
            ' schema_settings { schema = "a" }\n schema_settings { schema = "b" }\n}'
        ),
        'No more than 1 "schema_settings" blocks are allowed',
    ),
    "too_few_blocks": (
        'resource "google_cloud_run_v2_service" "s" {\n name = "s"\n location = "l"\n}',
        "At least 1",
    ),
    "unknown_block": (
        'resource "google_pubsub_topic" "t" {\n name = "t"\n retries {}\n}',
        'Blocks of type "retries" are not expected here',
    ),
    "computed_argument": (
        'resource "google_pubsub_topic" "t" {\n name = "t"\n effective_labels = {}\n}',
        'Can\'t configure a value for "effective_labels"',
    ),
    "computed_argument_of_data": (
        'data "google_project" "p" {\n number = "1"\n}',
        'Can\'t configure a value for "number"',
    ),
    "wrong_type_inside": (
        (
            'resource "google_cloud_run_v2_service" "s" {\n name = "s"\n location = "l"\n'
            ' template {\n max_instance_request_concurrency = "many"\n }\n}'
        ),
        "a number is required",
    ),
    "unknown_attribute_of_another": (
        f'{TOPIC}output "x" {{ value = google_pubsub_topic.t.nam }}',
        'This object has no argument, nested block, or exported attribute named "nam"',
    ),
    "unknown_resource": (
        'resource "google_pubsub_topik" "t" {}',
        'does not support resource type "google_pubsub_topik"',
    ),
    "unknown_data_source": (
        'data "google_projekt" "p" {}',
        'does not support data source "google_projekt"',
    ),
}


@pytest.fixture(scope="module")
def complaints(installed, tmp_path_factory):
    """What `validate` says of each; all are roots of one tree."""
    files = {f"terraform/{name}/main.tf": text for name, (text, _) in WRONG.items()}
    files["terraform/right/main.tf"] = TOPIC
    tree = planted(tmp_path_factory.mktemp("wrong"), files)
    found = {}
    with terraform.workspace(tree, OURS) as space:
        for name in (*WRONG, "right"):
            terraform.initialize(space, f"terraform/{name}", "-backend=false")
            done = space.run(f"terraform/{name}", "validate", "-json")
            found[name] = terraform.diagnostics(json.loads(done.stdout)["diagnostics"])
    return found


@pytest.mark.parametrize("name", WRONG)
def test_what_the_schema_forbids_is_found(complaints, name):
    assert any(WRONG[name][1] in said for said in complaints[name]), complaints[name]
    assert all(said.startswith("error: main.tf:") for said in complaints[name])


def test_what_the_schema_allows_is_valid(complaints):
    assert complaints["right"] == []


def test_terraform_sees_the_schema_as_the_real_provider_has_it(rehearsed, tmp_path):
    """Sample types with every kind of nesting, deprecated, sensitive and write-only arguments."""
    names = ["google_cloud_run_v2_service", "google_secret_manager_secret_version"]
    names += ["google_storage_bucket", "google_pubsub_subscription", "google_sql_user"]
    tree = planted(tmp_path, {"terraform/main.tf": "# " + " ".join(names)})
    with terraform.workspace(tree, OURS) as space:
        terraform.initialize(space, "terraform")
        told = json.loads(space.do("terraform", "providers", "schema", "-json"))
    seen = renewal.bare(told["provider_schemas"][facts.SOURCE])
    assert seen["resource_schemas"].keys() >= {*names}
    for kind in ("resource_schemas", "data_source_schemas"):
        for name, schema in seen[kind].items():
            assert schema == facts.whole()[kind][name], name
    assert seen["provider"] == facts.whole()["provider"]


def start(tmp_path, text, variables=None):
    tree = planted(tmp_path / "tree", {"terraform/main.tf": text})
    return life.begin("terraform", variables or {}, tree)


def applied(one, **variables):
    if variables:
        one.set(variables)
    one.plan()
    one.apply()


def after(plan):
    """What each address becomes."""
    return {change["address"]: change["change"] for change in plan["resource_changes"]}


EVERYTHING = """
variable "image" {
  type    = string
  default = "a"
}
variable "name" {
  type    = string
  default = "data-api"
}
data "google_project" "here" {}
data "google_storage_project_service_account" "agent" {}
resource "google_service_account" "api" {
  account_id = var.name
}
resource "google_pubsub_topic" "records" {
  name   = "records"
  labels = { a = "b" }
}
resource "google_pubsub_topic_iam_binding" "publishers" {
  topic   = google_pubsub_topic.records.id
  role    = "roles/pubsub.publisher"
  members = [google_service_account.api.member]
}
resource "google_cloud_run_v2_service" "api" {
  name                = "api"
  location            = "europe-west1"
  deletion_protection = false
  template {
    revision        = "api-${var.image}"
    service_account = google_service_account.api.email
    containers {
      image = "registry.test/api@sha256:${var.image}"
    }
  }
}
output "number" {
  value = data.google_project.here.number
}
output "agent" {
  value = data.google_storage_project_service_account.agent.member
}
"""


def test_a_plan_knows_names_and_leaves_open_what_the_cloud_chooses(rehearsed, tmp_path):
    with start(tmp_path, EVERYTHING) as one:
        plan = one.plan()
    found = after(plan)
    email = "data-api@rehearsal-4711.iam.gserviceaccount.com"
    service = found["google_cloud_run_v2_service.api"]
    assert service["after"]["template"][0]["service_account"] == email
    assert service["after_unknown"]["uri"] is True
    assert service["after_unknown"]["latest_ready_revision"] is True
    binding = found["google_pubsub_topic_iam_binding.publishers"]["after"]
    assert binding["topic"] == "projects/rehearsal-4711/topics/records"
    assert binding["members"] == [f"serviceAccount:{email}"]
    assert plan["planned_values"]["outputs"]["number"]["value"] == "123456789012"
    assert "gs-project-accounts" in plan["planned_values"]["outputs"]["agent"]["value"]


def test_the_saved_plan_is_applied_and_nothing_is_left_to_change(rehearsed, tmp_path):
    with start(tmp_path, EVERYTHING) as one:
        applied(one)
        assert not one.changed()
        (service,) = one.world.records("google_cloud_run_v2_service")
        assert service["values"]["uri"] == "https://api-123456789012.europe-west1.run.app"
        assert service["values"]["latest_ready_revision"] == "api-a"
        created = [each for each in one.world.operations() if each["operation"] == "create"]
        assert len(created) == len(list(one.world.records())) == 4
        states = {resource["address"] for resource in
                  one.state()["values"]["root_module"]["resources"]}  # fmt: skip
        assert len(states) == 6


def test_a_changed_image_is_one_update_in_place(rehearsed, tmp_path):
    with start(tmp_path, EVERYTHING) as one:
        applied(one)
        one.set({"image": "b"})
        assert life.actions(one.plan()) == ["update google_cloud_run_v2_service.api"]
        one.apply()
        assert not one.changed()
        (service,) = one.world.records("google_cloud_run_v2_service")
        assert service["values"]["latest_ready_revision"] == "api-b"
        (updated,) = [each for each in one.world.operations() if each["operation"] == "update"]
        assert {"template", "latest_ready_revision"} <= {*updated["changed"]}


def test_another_name_is_another_resource(rehearsed, tmp_path):
    with start(tmp_path, EVERYTHING) as one:
        applied(one)
        one.set({"name": "renamed"})
        planned = life.actions(one.plan())
        assert "delete+create google_service_account.api" in planned
        one.apply()
        assert not one.changed()
        (account,) = one.world.records("google_service_account")
        assert account["values"]["email"] == "renamed@rehearsal-4711.iam.gserviceaccount.com"


def test_what_was_changed_or_removed_from_outside_is_seen_and_put_right(rehearsed, tmp_path):
    with start(tmp_path, EVERYTHING) as one:
        applied(one)
        (binding,) = one.world.records("google_pubsub_topic_iam_binding")
        (topic,) = one.world.records("google_pubsub_topic")
        changed = binding["values"] | {"members": ["allUsers"]}
        one.world.put(binding["type"], binding["id"], changed)
        one.world.remove(topic["type"], topic["id"])
        assert one.changed()
        plan = one.plan()
        assert life.actions(plan) == [
            "create google_pubsub_topic.records",
            "update google_pubsub_topic_iam_binding.publishers",
        ]
        assert {drift["address"] for drift in plan["resource_drift"]} == {
            "google_pubsub_topic.records",
            "google_pubsub_topic_iam_binding.publishers",
        }
        one.apply()
        assert not one.changed()
        (binding,) = one.world.records("google_pubsub_topic_iam_binding")
        assert binding["values"]["members"] != ["allUsers"]


def test_after_a_destroy_nothing_is_left(rehearsed, tmp_path):
    with start(tmp_path, EVERYTHING) as one:
        applied(one)
        one.destroy()
        assert list(one.world.records()) == []
        gone = [each for each in one.world.operations() if each["operation"] == "delete"]
        assert len(gone) == 4


PROTECTED = {
    "by_default": (
        'resource "google_bigquery_table" "x" {\n dataset_id = "d"\n table_id = "t"\n%s\n}',
        "",
        "deletion_protection = false",
    ),
    "by_flag": (
        (
            'resource "google_cloud_run_v2_service" "x" {\n name = "x"\n location = "l"\n'
            " template {}\n%s\n}"
        ),
        "deletion_protection = true",
        "deletion_protection = false",
    ),
    "by_policy": (
        'resource "google_kms_crypto_key" "x" {\n name = "x"\n key_ring = "r"\n%s\n}',
        'deletion_policy = "PREVENT"',
        'deletion_policy = "DELETE"',
    ),
}


@pytest.mark.parametrize("name", PROTECTED)
def test_what_is_protected_is_destroyed_only_after_the_protection_was_taken_away(
    rehearsed, tmp_path, name
):
    text, on, off = PROTECTED[name]
    with start(tmp_path, text % on) as one:
        applied(one)
        assert not one.changed()
        with pytest.raises(RehearsalError, match="cannot destroy google_"):
            one.destroy()
        assert len(list(one.world.records())) == 1
        planted(one.space.folder, {"terraform/main.tf": text % off})
        with pytest.raises(RehearsalError, match="cannot destroy google_"):
            one.destroy()
        applied(one)
        one.destroy()
        assert list(one.world.records()) == []


def test_what_is_abandoned_stays_in_the_world(rehearsed, tmp_path):
    text = 'resource "google_pubsub_topic" "t" {\n name = "t"\n deletion_policy = "ABANDON"\n}'
    with start(tmp_path, text) as one:
        applied(one)
        one.destroy()
        assert len(list(one.world.records())) == 1
        assert "delete" not in {each["operation"] for each in one.world.operations()}


def test_what_is_there_already_is_not_created_but_taken_over(rehearsed, tmp_path):
    with start(tmp_path, TOPIC) as one:
        applied(one)
        (one.world.folder / "terraform.tfstate").unlink()
        one.plan()
        with pytest.raises(RehearsalError, match="projects/rehearsal-4711/topics/t already exists"):
            one.apply()
        for name, fits in (
            ("projects/rehearsal-4711/topics/u", False),
            ("projects/rehearsal-4711/topics/t", True),
        ):
            done = one.space.run("terraform", "import", "-no-color", "google_pubsub_topic.t", name)
            assert (done.returncode == 0) is fits, done.stderr
        assert not one.changed()


def test_the_name_of_a_key_ring_is_never_given_again(rehearsed, tmp_path):
    text = 'resource "google_kms_key_ring" "r" {\n name = "r"\n location = "europe"\n}'
    with start(tmp_path, text) as one:
        applied(one)
        one.destroy()
        assert list(one.world.records()) == []
        one.plan()
        with pytest.raises(RehearsalError, match="its name stays taken after a destroy"):
            one.apply()


def test_a_grant_takes_over_what_is_there(rehearsed, tmp_path):
    """As setIamPolicy does: a binding replaces whoever had the role."""
    text = (
        'resource "google_project_iam_binding" "b" {\n project = "p"\n role = "r"\n'
        ' members = ["user:a@example.com"]\n}'
    )
    with start(tmp_path, text) as one:
        identifier = "p/r"
        one.world.put("google_project_iam_binding", identifier, {"id": identifier})
        applied(one)
        assert not one.changed()

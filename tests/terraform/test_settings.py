"""The services' environment: Terraform sets what the code reads, and nothing else."""

import ast
from pathlib import Path

import pytest

from app.settings import Settings as ApiSettings
from function.settings import Settings as FunctionSettings
from local import layout

ROOT = Path(__file__).parents[2]
SERVICES = {
    "api": ("app", ApiSettings, "module.api[0].google_cloud_run_v2_service.this"),
    "function": (
        "function",
        FunctionSettings,
        "module.function[0].google_cloud_run_v2_service.this",
    ),
}
NOT_SET = {
    "PORT": "Cloud Run sets it",
    "K_SERVICE": "Cloud Run sets it",
    "HOST": "the default, every interface of the container, is what Cloud Run needs",
    "KEYS_URL": "Google's keys are the default",
    "BIGQUERY_EMULATOR_HOST": "there is none in the cloud",
    "OTEL_EXPORTER_OTLP_ENDPOINT": "there are no traces until a deployment names its collector",
    "OTEL_TRACES_SAMPLER_ARG": "the default share is enough then",
}
READERS = {"text", "choice", "words", "number", "duration_s", "share", "url", "optional", "get"}


def names_read(*folders):
    """Find the names that code reads from an environment: first arguments of its readers."""
    for folder in folders:
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    name = node.args[0] if node.args else None
                    if (
                        node.func.attr in READERS
                        and isinstance(name, ast.Constant)
                        and isinstance(name.value, str)
                        and name.value.isupper()
                    ):
                        yield name.value


def environment(find, service):
    (template,) = find(SERVICES[service][2])["template"]
    (container,) = template["containers"]
    return template, {each["name"]: each["value"] for each in container["env"]}


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_set_is_read_and_what_is_read_is_set(find, service):
    _, env = environment(find, service)
    read = set(names_read(SERVICES[service][0], "servicekit"))
    assert set(env) == read - set(NOT_SET)


@pytest.mark.parametrize("service", SERVICES)
def test_the_service_starts_with_it(find, service):
    """The code's own settings accept it, behind IAM, as Cloud Run would start it."""
    template, env = environment(find, service)
    settings = SERVICES[service][1].from_env(env | {"K_SERVICE": "service", "PORT": "8080"})
    assert settings.identity.mode == "iam"
    assert settings.table_name == layout.TABLE
    assert int(env["THREADS"]) == template["max_instance_request_concurrency"]
    assert env["WORKERS"] == "1"


def test_the_audience_is_the_platforms_too(find):
    """IAM accepts the custom audience, and the service looks for the same one."""
    for service, (_, _, address) in SERVICES.items():
        _, env = environment(find, service)
        assert find(address)["custom_audiences"] == [env["AUDIENCES"]]


def test_the_api_answers_to_those_whom_iam_lets_through(find):
    _, env = environment(find, "api")
    invokers = find("google_cloud_run_v2_service_iam_binding.api_callers[0]")["members"]
    # The uptime check's identity gets past the platform, and is nobody to the API.
    probe = "service-123456789012@gcp-sa-monitoring-notification.iam.gserviceaccount.com"
    let_through = {member.split(":")[1] for member in invokers}
    assert set(env["ALLOWED_CALLERS"].split(",")) == let_through - {probe}
    assert probe in let_through
    assert env["SMOKE_CALLERS"] in env["ALLOWED_CALLERS"].split(",")
    assert env["SMOKE_CALLERS"].startswith("release-smoke@")


def test_the_function_takes_the_planned_subscriptions_pushes(find):
    _, env = environment(find, "function")
    subscription = find("google_pubsub_subscription.ingest[0]")
    (push,) = subscription["push_config"]
    (token,) = push["oidc_token"]
    name = f"projects/{subscription['project']}/subscriptions/{subscription['name']}"
    assert env["SUBSCRIPTIONS"] == name
    assert env["ALLOWED_CALLERS"] == token["service_account_email"]
    assert env["AUDIENCES"] == token["audience"]
    deadline_s = FunctionSettings.from_env(env | {"K_SERVICE": "s"}).delivery_deadline_s
    assert deadline_s < subscription["ack_deadline_seconds"]


def test_the_function_knows_a_replay_by_its_planned_subscription(find):
    _, env = environment(find, "function")
    replay = find("google_pubsub_subscription.replay[0]")
    name = f"projects/{replay['project']}/subscriptions/{replay['name']}"
    assert env["REPLAY_SUBSCRIPTIONS"] == name
    assert replay["push_config"] == find("google_pubsub_subscription.ingest[0]")["push_config"]


def test_nobody_but_people_publishes_replays(find):
    """Whoever does may say which message a row is of, and when it was published."""
    members = find("google_pubsub_topic_iam_binding.replayers[0]")["members"]
    assert members
    assert all(member.startswith(("group:", "user:")) for member in members)


def test_the_local_pipeline_has_the_same_names(find):
    """What works on one machine is what is deployed."""
    assert layout.TOPIC.endswith(f"/{find('google_pubsub_topic.ingest')['name']}")
    assert layout.SUBSCRIPTION.endswith(f"/{find('google_pubsub_subscription.ingest[0]')['name']}")
    assert layout.DEAD_LETTER_TOPIC.endswith(f"/{find('google_pubsub_topic.dead_letters')['name']}")
    dead = find("google_pubsub_subscription.dead_letters")["name"]
    assert layout.DEAD_LETTER_SUBSCRIPTION.endswith(f"/{dead}")
    assert find("google_bigquery_dataset.analytics")["dataset_id"] == layout.DATASET
    assert find("google_bigquery_table.rows")["table_id"] == layout.TABLE
    assert find("google_bigquery_table.quarantine")["table_id"] == layout.QUARANTINE_TABLE
    ack = find("google_pubsub_subscription.ingest[0]")["ack_deadline_seconds"]
    assert ack == layout.ACK_DEADLINE_S
    _, env = environment(find, "function")
    assert int(env["THREADS"]) == layout.FUNCTION_THREADS

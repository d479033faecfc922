"""An ordinary project, as a person describes it, and the images of its first two releases."""

BOOTSTRAP = {
    "project_id": "data-prod-4711",
    "region": "europe-west1",
    "repository": {"name": "acme/pipeline", "id": "987654321", "owner_id": "1234567"},
    "data_owner": "group:data-owners@example.com",
    "operators": ["group:operators@example.com"],
}
REGISTRY = "europe-west1-docker.pkg.dev/data-prod-4711/images"
CALLERS = ["serviceAccount:reader@data-prod-4711.iam.gserviceaccount.com"]


def images(release):
    """Name both images of a release, `release` being one hexadecimal digit."""
    digest = release * 64
    return {
        "api": f"{REGISTRY}/data-api@sha256:{digest}",
        "function": f"{REGISTRY}/pubsub-to-bigquery@sha256:{digest}",
    }

"""What a person sets up in a project, made on this machine by Terraform itself, in a rehearsal."""

from collections.abc import Callable
from typing import Any

from deploy.binary_authorization.signer import KEY_ID
from local.issuer import number_of
from local.layout import PROJECT, LocalError
from local.release.workflow_identity import REPOSITORY
from rehearsal import life
from rehearsal.errors import MissingError, RehearsalError
from rehearsal.life import Life

ROOT = "terraform/bootstrap"
KEY = "google_kms_crypto_key.attestation"
VARIABLES = {
    "project_id": PROJECT,
    "region": "europe-west1",
    "repository": {
        "name": REPOSITORY,
        "id": number_of(REPOSITORY),
        "owner_id": number_of(REPOSITORY.partition("/")[0]),
    },
    "data_owner": "group:data-owners@example.com",
}


def resources(make_key: Callable[[str], str]) -> list[dict[str, Any]]:
    """Give all resources that are there after `applied`."""
    found: list[dict[str, Any]] = applied(make_key)["root_module"]["resources"]
    return found


def applied(make_key: Callable[[str], str]) -> dict[str, Any]:
    """Plan and apply the root that holds the policy; gives its state's resources and outputs.

    Args:
        make_key: makes the version of the attestation key of this name, and gives its public key
            in PEM, as KMS does.

    Raises:
        LocalError: Terraform is missing, or it failed.
    """
    try:
        with life.begin(ROOT, VARIABLES) as bootstrap:
            return _applied(bootstrap, make_key)
    except (MissingError, RehearsalError) as exc:
        raise LocalError(f"what may run is what Terraform plans: {exc}") from exc


def _applied(bootstrap: Life, make_key: Callable[[str], str]) -> dict[str, Any]:
    planned = bootstrap.plan()["planned_values"]["root_module"]["resources"]
    (key,) = (each["values"] for each in planned if each["address"] == KEY)
    version = f"{key['key_ring']}/cryptoKeys/{key['name']}/cryptoKeyVersions/1"
    algorithm = key["version_template"][0]["algorithm"]
    # Terraform finds it where it looks for the public key, and puts it into the attestor.
    public = {"public_key": [{"algorithm": algorithm, "pem": make_key(version)}]}
    bootstrap.world.put("google_kms_crypto_key_version", KEY_ID.format(version), public)
    bootstrap.apply()
    found: dict[str, Any] = bootstrap.state()["values"]
    return found

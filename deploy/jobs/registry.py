"""The way into the image registry for cosign and skopeo: an access token in a file of this job's.

Source: https://cloud.google.com/artifact-registry/docs/docker/authentication#token
"""

import base64
import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from deploy.surroundings import surroundings

USER = "oauth2accesstoken"
TIMEOUT_S = 600
LONGEST = 600
"""Characters of what skopeo says, in which an image is named three times."""


@contextmanager
def logged_in(host: str, token: str) -> Iterator[dict[str, str]]:
    """Write the token down for as long as this lasts; gives the variables that name the file.

    Args:
        host: of the registry, the first part of an image's name.
        token: an OAuth access token.
    """
    secret = base64.b64encode(f"{USER}:{token}".encode()).decode("ascii")
    with tempfile.TemporaryDirectory() as private:
        # For cosign it has to have this name.
        path = Path(private, "config.json")
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"auths": {host: {"auth": secret}}}, file)
        yield {"DOCKER_CONFIG": private, "REGISTRY_AUTH_FILE": str(path)}


def copy(environment: Mapping[str, str], *arguments: str) -> str:
    """Copy an image with skopeo, byte for byte; gives why it was not, or nothing.

    Args:
        environment: as `logged_in` gives it.
        arguments: flags, from where, to where.
    """
    command = ["skopeo", "--insecure-policy", "copy", "--preserve-digests", "--retry-times=2"]
    try:
        done = subprocess.run(
            [*command, *arguments],
            env=surroundings(environment),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as exc:
        return f"skopeo did not run: {type(exc).__name__}"
    if not done.returncode:
        return ""
    return (done.stderr.strip() or "it did not say why").splitlines()[-1][:LONGEST]

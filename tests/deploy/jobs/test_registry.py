"""The registry's login: for one host, for as long as it is needed, for nobody else."""

import base64
import json
from pathlib import Path

from deploy.jobs.registry import logged_in


def test_a_login_is_a_file_of_this_job_and_soon_gone():
    with logged_in("europe-docker.pkg.dev", "of-the-job") as told:
        path = Path(told["REGISTRY_AUTH_FILE"])
        assert path.parent == Path(told["DOCKER_CONFIG"])
        assert path.stat().st_mode & 0o777 == 0o600
        (entry,) = json.loads(path.read_text("utf-8"))["auths"].items()
        assert entry[0] == "europe-docker.pkg.dev"
        assert base64.b64decode(entry[1]["auth"]) == b"oauth2accesstoken:of-the-job"
    assert not path.parent.exists()

"""Lists what Cloud Run holds of a project, wherever it is."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from deploy.google import Google

REGIONS = Path(__file__).parent.parent / "terraform" / "regions.json"


def everywhere(google: Google, project: str, kind: str) -> Iterator[dict[str, Any]]:
    """List all `services`, `jobs` or `workerPools` of a project, as version 2 tells of them.

    The API lists one region at a time; what somebody adds by hand may be in any of them.

    Raises:
        GoogleError: a region could not be looked at.
    """
    for region in json.loads(REGIONS.read_text("utf-8"))["regions"]:
        path = f"v2/projects/{project}/locations/{region}/{kind}"
        yield from google.pages("run", path, kind)

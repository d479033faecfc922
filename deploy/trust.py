"""Which Sigstore is believed: the public one, or an organization's own that variables name."""

import os
from pathlib import Path

from deploy.cosign import Keyless

ISSUER = "https://token.actions.githubusercontent.com"
"""Who says which workflow a run of GitHub's is."""


def keyless(identity: str) -> Keyless:
    """Sign as a workflow, or believe no other, `https://github.com/OWNER/NAME/.github/...@REF`."""
    trusted_root, config = (
        Path(os.environ[name]) if os.environ.get(name) else None
        for name in ("SIGSTORE_TRUSTED_ROOT", "SIGSTORE_SIGNING_CONFIG")
    )
    return Keyless(
        identity=identity,
        issuer=os.environ.get("SIGSTORE_ISSUER") or ISSUER,
        trusted_root=trusted_root,
        signing_config=config,
    )

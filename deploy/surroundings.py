"""What cosign and skopeo see of the caller's environment: a list, since many names change trust."""

import os
from collections.abc import Mapping

KEPT = {
    *("HOME", "PATH", "TMPDIR", "XDG_RUNTIME_DIR"),
    # Where the way to a registry goes, and what opens it.
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"),
    *("SSL_CERT_DIR", "SSL_CERT_FILE"),
    *("DOCKER_CONFIG", "GOOGLE_APPLICATION_CREDENTIALS", "REGISTRY_AUTH_FILE"),
    # How a workflow's run asks for its token.
    *("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_URL", "GITHUB_ACTIONS"),
}


def surroundings(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Take what is kept of the environment, and `more`."""
    kept = {name: value for name, value in os.environ.items() if name in KEPT}
    return {**kept, **(more or {})}

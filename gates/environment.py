"""What a tool gets to see of the caller's environment: as little as it runs with."""

import os
from collections.abc import Mapping
from pathlib import Path

INHERITED = ("PATH", "LANG", "LC_ALL", "TMPDIR")
NETWORK = (
    "HTTPS_PROXY",
    "HTTP_PROXY",
    "NO_PROXY",
    "https_proxy",
    "http_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
)


def sanitised(
    caller: Mapping[str, str], home: Path, root: Path, *, network: bool
) -> dict[str, str]:
    """Take what is named above from the caller's environment, and nothing else.

    A variable such as `CHECKOV_SKIP_CHECK` or `GITLEAKS_CONFIG`, or a file in the home folder,
    could switch off what is asked of a tool.

    Args:
        caller: usually `os.environ`.
        home: an empty folder in the home's place.
        root: the project that is judged; git reads it whoever owns it.
        network: whether the gate may ask a service outside.
    """
    names = INHERITED + NETWORK * network
    return {name: caller[name] for name in names if name in caller} | {
        "HOME": str(home),
        "PYTHONSAFEPATH": "1",
        "PYTHONUTF8": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "safe.directory",
        "GIT_CONFIG_VALUE_0": str(root),
        "CHECKPOINT_DISABLE": "1",
        "NO_COLOR": "1",
    }

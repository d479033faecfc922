"""How a container is run: as in production, and stricter where the engine can."""

from images.layout import ROOT

MEMORY = "512m"
PROCESSES = 128
"""Threads count too; the function's server has 64."""
SECCOMP = ROOT / "policies" / "seccomp.json"


def flags() -> list[str]:
    """Write the flags for `docker run` and `podman run` alike."""
    return [
        "--user=65532:65532",
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        f"--security-opt=seccomp={SECCOMP}",
        "--tmpfs=/tmp:rw,noexec,nosuid,nodev,size=64m",
        f"--memory={MEMORY}",
        f"--memory-swap={MEMORY}",
        f"--pids-limit={PROCESSES}",
        "--ipc=private",
    ]

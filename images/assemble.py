"""Runs in the Dockerfile's builder: puts one service together under /app, ready to be copied.

    python3 assemble.py MODULE...    the modules that the service imports until its first answer

What a start imports is compiled, of the service, its dependencies and the runtime's own standard
library: the runtime's files cannot be written, so Python would compile them at each start anew.
Needs /stdlib, the runtime's standard library, and its locks beside it, `*.txt`, all of which are
installed; leaves in /compiled what to lay over it.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

APP, DEPENDENCIES = Path("/app"), Path("/app/dependencies")
STDLIB, COMPILED = Path("/stdlib"), Path("/compiled")
RUNTIME_STDLIB = Path(f"/usr/lib/python{sys.version_info.major}.{sys.version_info.minor}")
_IMPORTED = """
import importlib, importlib.util, sys
tried = []
for name in sys.argv[1:]:
    try:
        importlib.import_module(name)
    except (ImportError, SystemExit):  # it asks for more than the builder has, as it may at a start
        tried.append(importlib.util.find_spec(name).origin)
for module in list(sys.modules.values()):
    print(getattr(module, "__file__", None) or "")
print(*tried, sep="\\n")
"""


def install() -> None:
    """Install the locked wheels where no `.pth` file is run and no path of the builder is kept."""
    # What pip compiles holds the time, so two builds would differ.
    subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"),
            *("--no-cache-dir", "--root-user-action=ignore", "--no-compile"),
            *("--require-hashes", "--only-binary", ":all:", "--no-deps"),
            *("--target", str(DEPENDENCIES)),
            *(f"--requirement={lock}" for lock in sorted(Path().glob("*.txt"))),
        ],
        check=True,
    )
    # Console scripts begin with the builder's path of Python: they could never run.
    shutil.rmtree(DEPENDENCIES / "bin", ignore_errors=True)
    # From here Python runs none of them; nobody should have to know that to trust the image.
    for path in DEPENDENCIES.glob("*.pth"):
        path.unlink()


def imported(modules: list[str]) -> list[Path]:
    """Import the modules in a new Python and list the files that came with them."""
    done = subprocess.run(
        [sys.executable, "-B", "-c", _IMPORTED, *modules],
        env={**os.environ, "PYTHONPATH": f"{DEPENDENCIES}:{APP}"},
        check=True,
        capture_output=True,
        text=True,
    )
    return sorted({Path(line) for line in done.stdout.splitlines() if line.endswith(".py")})


def compile_files(files: list[Path], root: Path, runtime_root: Path) -> None:
    """Compile files below `root` that will be below `runtime_root`."""
    # unchecked-hash: nobody can change the files, and no time gets into the image.
    subprocess.run(
        [
            *(sys.executable, "-m", "compileall", "-q", "--invalidation-mode", "unchecked-hash"),
            *("-s", str(root), "-p", str(runtime_root), "-i", "-"),
        ],
        input="\n".join(map(str, files)),
        check=True,
        text=True,
    )


def compile_start(modules: list[str]) -> None:
    """Compile what the start needs; the rest is compiled at its first use, as ever."""
    files = imported(modules)
    compile_files([path for path in files if path.is_relative_to(APP)], APP, APP)
    builder_stdlib = Path(sysconfig.get_path("stdlib"))
    names = [
        path.relative_to(builder_stdlib) for path in files if path.is_relative_to(builder_stdlib)
    ]
    ours = [STDLIB / name for name in names if (STDLIB / name).exists()]
    compile_files(ours, STDLIB, RUNTIME_STDLIB)
    for path in STDLIB.rglob("*.pyc"):
        target = COMPILED / path.relative_to(STDLIB)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)


def protect(root: Path) -> None:
    """Let nobody write and nothing be run, whatever the modes were in the checkout."""
    for folder, _, files in os.walk(root):
        Path(folder).chmod(0o555)
        for name in files:
            (Path(folder) / name).chmod(0o444)


if __name__ == "__main__":
    install()
    compile_start(sys.argv[1:])
    protect(APP)
    protect(COMPILED)

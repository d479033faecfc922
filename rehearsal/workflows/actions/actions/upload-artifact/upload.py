"""What the stand-in of an upload does: copy, and refuse what GitHub refuses."""

import os
import shutil
import sys
from pathlib import Path

STORE = Path(os.environ["REHEARSAL_ARTIFACTS"])


def main() -> None:
    """Keep a file or folder under a name that is not taken yet."""
    source, target = Path(os.environ["FROM"]), STORE / os.environ["NAME"]
    hidden = any(part.startswith(".") for part in source.parts)
    there = source.is_file() or (source.is_dir() and any(source.rglob("*")))
    if not there or (hidden and os.environ["HIDDEN"] != "true"):
        print(f"no files were found at {source}")
        sys.exit(os.environ["EMPTY"] == "error")
    if target.exists():
        sys.exit(f"there is already an artifact {target.name}")
    target.mkdir(parents=True)
    if source.is_file():
        shutil.copy(source, target)
    else:
        shutil.copytree(source, target, dirs_exist_ok=True)


if __name__ == "__main__":
    main()

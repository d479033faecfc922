"""What the stand-in of a download does: copy, and refuse what GitHub refuses."""

import fnmatch
import os
import shutil
import sys
from pathlib import Path

STORE = Path(os.environ["REHEARSAL_ARTIFACTS"])


def main() -> None:
    """Fetch one artifact by name, or all that match a pattern."""
    name, pattern, to = os.environ["NAME"], os.environ["PATTERN"], Path(os.environ["TO"])
    if name and not (STORE / name).is_dir():
        sys.exit(f"there is no artifact {name}")
    for artifact in sorted(STORE.iterdir()):
        if artifact.name == name or (pattern and fnmatch.fnmatch(artifact.name, pattern)):
            merged = name or os.environ["MERGE"] == "true"
            shutil.copytree(artifact, to if merged else to / artifact.name, dirs_exist_ok=True)


if __name__ == "__main__":
    main()

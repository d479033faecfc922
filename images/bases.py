"""The base images: the pinned ones, or stand-ins made here where no registry can be reached."""

import hashlib
import os
import re
from collections.abc import Callable
from pathlib import Path

from dockerfile_parse import DockerfileParser

from images.engine import Engine, run
from images.layout import FOLDER, ROOT, ImageError

STANDINS = FOLDER / "standins"
SCRIPT = ROOT / "images" / "standins.sh"
STANDIN_TIMEOUT_S = 600
_CONTAINERFILES = {
    "builder": "ENV LANG=C.UTF-8 PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\n"
    'CMD ["python3"]\n',
    "runtime": 'ENV LANG=C.UTF-8\nUSER 65532\nENTRYPOINT ["/usr/bin/python3.13"]\n',
}


def pinned(root: Path = ROOT) -> dict[str, str]:
    """Read the Dockerfile's bases: stage name to reference with digest.

    Raises:
        ImageError: a stage begins with an image that is not pinned by digest.
    """
    stages: dict[str, str] = {}
    bases: dict[str, str] = {}
    for line in DockerfileParser(path=str(root / "Dockerfile")).structure:
        if line["instruction"] != "FROM":
            continue
        image, _, stage = re.split(r"\s+(AS)\s+", line["value"], flags=re.IGNORECASE)
        stages[stage] = image
        if image in stages:
            continue
        if not re.search(r"@sha256:[0-9a-f]{64}$", image):
            raise ImageError(f"stage {stage} begins with {image}, which is not pinned by digest")
        bases[stage] = image
    return bases


def choose(engine: Engine, report: Callable[[str], None]) -> dict[str, str]:
    """Tell what replaces the pinned bases: nothing where a registry has them, else stand-ins.

    BASES=pinned never takes stand-ins and BASES=standin always does; a release's CI sets pinned.
    """
    wanted = os.environ.get("BASES", "auto")
    if wanted not in {"auto", "pinned", "standin"}:
        raise ImageError(f"BASES is {wanted!r}: it must be auto, pinned or standin")
    bases = pinned()
    if wanted != "standin":
        missing = [reference for reference in bases.values() if not engine.pull(reference)]
        if not missing:
            return {}
        if wanted == "pinned":
            raise ImageError(f"cannot be fetched: {', '.join(missing)}; is the registry reached?")
    report("bases: STAND-INS made from Debian's packages, not the pinned images")
    return standins(engine, bases)


def standins(engine: Engine, bases: dict[str, str]) -> dict[str, str]:
    """Make the stand-ins, unless the same script made them before."""
    version = hashlib.sha256(SCRIPT.read_bytes()).hexdigest()[:12]
    folder = STANDINS / version
    if not (folder / "runtime.tar").exists():
        folder.mkdir(parents=True, exist_ok=True)
        run([str(SCRIPT), str(folder)], {}, STANDIN_TIMEOUT_S)
    replaced = {}
    for stage, reference in bases.items():
        context = folder / stage
        if not context.exists():
            context.mkdir()
            (context / "root.tar").hardlink_to(folder / f"{stage}.tar")
            text = f"FROM scratch\nADD root.tar /\n{_CONTAINERFILES[stage]}"
            (context / "Containerfile").write_text(text, "utf-8")
        replaced[reference] = engine.make_base(f"standin-{stage}:{version}", context)
    return replaced

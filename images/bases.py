"""The base images: the pinned ones, or stand-ins made here where no registry can be reached."""

import hashlib
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from dockerfile_parse import DockerfileParser

from images.engine import Engine, run
from images.layout import CACHE, ROOT, ImageError

STANDINS = CACHE / "images" / "standins"
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
        ImageError: something is fetched that is not pinned by digest, or a stage has no name.
    """
    stages: set[str] = set()
    bases: dict[str, str] = {}
    for line in DockerfileParser(path=str(root / "Dockerfile")).structure:
        if re.match(r"#\s*syntax\s*=", line["content"]):
            raise ImageError("a `# syntax=` line fetches a builder that is not pinned by digest")
        if line["instruction"] == "FROM":
            image, stage = _stage(line["value"])
            if image not in stages:
                bases[stage] = _digest(stage, image)
            stages.add(stage)
        elif foreign := set(re.findall(r"\bfrom=([^\s,]+)", line["value"])) - stages:
            raise ImageError(f"{foreign.pop()} is no stage, and not pinned by digest")
    if not bases:
        raise ImageError("the Dockerfile has no stage")
    return bases


def _digest(stage: str, image: str) -> str:
    if not re.search(r"@sha256:[0-9a-f]{64}$", image):
        raise ImageError(f"stage {stage} begins with {image}, not pinned by digest")
    return image


def _stage(value: str) -> tuple[str, str]:
    """Read `[--platform=...] IMAGE AS NAME`."""
    found = re.fullmatch(r"(?:--\S+\s+)*(\S+)\s+AS\s+(\S+)", value, re.IGNORECASE)
    if found is None:
        raise ImageError(
            f"FROM {value}: name the stage with AS, or nobody sees whether it is pinned"
        )
    return found[1], found[2]


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
    if not folder.exists():
        # Elsewhere first: what an ended run left half would be taken for a base.
        partial = folder.with_suffix(".partial")
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        run([str(SCRIPT), str(partial)], {}, STANDIN_TIMEOUT_S)
        partial.rename(folder)
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

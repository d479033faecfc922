"""From a name to the program: on PATH, installed before, downloaded, or built, in this order."""

import tempfile
from pathlib import Path

from toolchain import pins as pinned
from toolchain.build import build
from toolchain.download import download
from toolchain.pins import Pin, TamperedError, ToolError, pins
from toolchain.search import answers, on_path

__all__ = ["TamperedError", "ToolError", "find", "install", "pins", "there"]


def find(name: str) -> Path | None:
    """Find the program that would be used; None if it is still to be installed."""
    return there(pins()[name])


def install(pin: Pin) -> Path:
    """Install a program unless it is there already.

    Raises:
        ToolError: no place has it.
        TamperedError: what came is not what is pinned.
    """
    if found := there(pin):
        return found
    pinned.FOLDER.mkdir(parents=True, exist_ok=True)
    # Put in place whole or not at all.
    with tempfile.TemporaryDirectory(dir=pinned.FOLDER) as private:
        program = _bring(pin, Path(private))
        if pin.asked and not answers(program, pin):
            raise ToolError(
                f"{pin.name}: what came does not answer {pin.answer!r} to "
                f"{' '.join(pin.asked)!r}; does it run on this machine?"
            )
        program.replace(pin.path)
    return pin.path


def there(pin: Pin) -> Path | None:
    """Find the program on PATH, else where it was installed before."""
    return on_path(pin) or (pin.path if pin.installed else None)


def _bring(pin: Pin, folder: Path) -> Path:
    """Download or build it into a private folder."""
    content = download(pin)
    if content is None:
        return build(pin, folder)
    program = folder / "downloaded"
    program.write_bytes(content)
    program.chmod(0o755)
    return program

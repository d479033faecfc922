"""Tries from inside of a container what it must not be able to do; prints what it could, as JSON.

Runs there alone, from standard input: `podman exec -i CONTAINER python3.13 - ARGUMENTS < probe.py`.
The one argument is JSON: `reachable` and `unreachable`, lists of `host:port`. What is printed maps
each attempt to `refused: WHY`, or to what came of it; an attempt that could not be made is a fault.
"""

import ctypes
import errno
import json
import os
import platform
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

USER = "65532"
WRITABLE = {"/tmp", "/dev/shm", "/dev/mqueue"}  # noqa: S108 # nosec B108 - what is expected
SHELLS = ("sh", "bash", "dash", "ash", "busybox", "zsh", "python3-config", "apt", "dpkg", "pip")
CALLS = {
    # Numbers on x86-64 and on ARM64; from 424 on they are the same everywhere.
    "add_key": (248, 217),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clone3": (435, 435),
    "delete_module": (176, 106),
    "fsopen": (430, 430),
    "init_module": (175, 105),
    "io_uring_setup": (425, 425),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "memfd_create": (319, 279),
    "mount": (165, 40),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "perf_event_open": (298, 241),
    "personality": (135, 92),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "reboot": (169, 142),
    "setgid": (106, 144),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "setuid": (105, 146),
    "swapon": (167, 224),
    "symlinkat": (266, 36),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
}
NEW_USER_NAMESPACE = 0x10000000
"""Source: CLONE_NEWUSER in the kernel's include/uapi/linux/sched.h"""
FAMILIES = {"AF_NETLINK": 16, "AF_PACKET": 17, "AF_ALG": 38, "AF_VSOCK": 40}
TIMEOUT_S = 2.0
REFUSED = "refused: "

attempts: dict[str, Callable[[], str]] = {}


def attempt(name: str) -> Callable[[Callable[[], str]], Callable[[], str]]:
    """Name something to try."""

    def register(function: Callable[[], str]) -> Callable[[], str]:
        attempts[name] = function
        return function

    return register


def refused(number: int | None) -> str:
    """Write a refusal by its error's name."""
    return REFUSED + errno.errorcode.get(number or 0, str(number))


def call(number: int, *arguments: object) -> str:
    """Make one system call in a process of its own, since it may succeed."""
    libc = ctypes.CDLL(None, use_errno=True)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        ctypes.set_errno(0)
        libc.syscall(number, *arguments)
        os.write(writer, struct.pack("i", ctypes.get_errno()))
        os._exit(0)
    os.close(writer)
    answer = os.read(reader, 4)
    os.close(reader)
    os.waitpid(child, 0)
    if not answer:
        return "refused: killed"
    (number,) = struct.unpack("i", answer)
    # Blocked means blocked by the filter or for want of a right, not for a wrong argument.
    return (
        refused(number)
        if number in {errno.EPERM, errno.ENOSYS, errno.EACCES}
        else (f"let through ({errno.errorcode.get(number, 'no error')})")
    )


def _system_calls() -> None:
    arm = platform.machine() == "aarch64"
    for name, numbers in CALLS.items():
        arguments = (0x10000000, 0, 0, 0, 0) if name == "unshare" else (0, 0, 0, 0, 0)
        attempts[f"system call {name}"] = lambda number=numbers[arm], arguments=arguments: call(  # type: ignore[misc]  # a bound lambda
            number, *arguments
        )
    clone = 220 if arm else 56
    attempts["system call clone with a new user namespace"] = lambda: call(
        clone, NEW_USER_NAMESPACE | signal.SIGCHLD, 0, 0, 0, 0
    )


def _sockets() -> None:
    def make(family: int, kind: int, protocol: int = 0) -> str:
        try:
            socket.socket(family, kind, protocol).close()
        except OSError as exc:
            return refused(exc.errno)
        return "made"

    for name, family in FAMILIES.items():
        attempts[f"socket {name}"] = lambda family=family: make(family, socket.SOCK_RAW)  # type: ignore[misc]  # a bound lambda
    attempts["socket raw"] = lambda: make(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)


def _programs() -> None:
    def start(path: str) -> str:
        try:
            subprocess.run([path, "-c", "exit 0"], check=False, capture_output=True)
        except OSError as exc:
            return refused(exc.errno)
        return "ran"

    for name in SHELLS:
        attempts[f"program {name}"] = lambda name=name: start(name)  # type: ignore[misc]  # a bound lambda

    def start_from(folder: str) -> str:
        path = Path(folder, "probe")
        flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY
        try:
            with os.fdopen(os.open(path, flags, mode=0o700), "wb") as copy:
                copy.write(Path(sys.executable).read_bytes())
        except OSError as exc:
            return refused(exc.errno)
        try:
            return start(str(path))
        finally:
            path.unlink()

    for folder in ("/tmp", "/dev/shm"):  # noqa: S108 # nosec B108 - the folders that can be written
        attempts[f"program written to {folder}"] = lambda folder=folder: start_from(folder)  # type: ignore[misc]  # a bound lambda


@attempt("files written outside of /tmp")
def _files() -> str:
    written = []
    for folder, _folders, _files in os.walk("/"):
        if folder.startswith(("/proc/", "/sys/")):
            continue
        path = Path(folder, ".probe")
        with suppress(OSError):
            path.touch()
            path.unlink()
            if folder not in WRITABLE and not folder.startswith("/tmp/"):  # noqa: S108 # nosec B108 - see above
                written.append(folder)
    shown = ", ".join(written[:5])
    return f"written in {len(written)} folders: {shown}" if written else "refused: EROFS"


@attempt("files written in /sys or /proc/sys")
def _kernel_files() -> str:
    for path in ("/proc/sys/kernel/hostname", "/sys/kernel/mm/ksm/run", "/proc/sysrq-trigger"):
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY))
            return f"opened {path}"
    return "refused: EACCES"


@attempt("identity and rights of the service's own process")
def _identity() -> str:
    lines = Path("/proc/1/status").read_text("ascii").splitlines()
    status = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
    wanted = {
        "Uid": "\t".join([USER] * 4),
        "Gid": "\t".join([USER] * 4),
        **dict.fromkeys(("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"), "0" * 16),
        "NoNewPrivs": "1",
        "Seccomp": "2",
    }
    wrong = [
        f"{key} {status.get(key)}" for key, value in wanted.items() if status.get(key) != value
    ]
    return ", ".join(wrong) if wrong else "refused: none left"


@attempt("more processes than allowed")
def _processes() -> str:
    children: list[int] = []
    most = 1000
    try:
        while len(children) < most:
            child = os.fork()
            if child == 0:
                signal.pause()
            children.append(child)
    except OSError as exc:
        return refused(exc.errno)
    else:
        return f"{most} processes"
    finally:
        for child in children:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)


@attempt("more memory than allowed")
def _memory() -> str:
    child = os.fork()
    if child == 0:
        # Whoever has to die for it is this one, not the service.
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
        held = [b"x" * (16 << 20) for _ in range(64)]
        os._exit(0 if held else 1)
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    return "refused: killed" if killed else "1 GiB taken"


def _connections(unreachable: list[str]) -> None:
    for address in unreachable:
        attempts[f"connection to {address}"] = lambda address=address: (  # type: ignore[misc]  # a bound lambda
            "connected" if connects(address) else "refused: no way there"
        )


def connects(address: str) -> bool:
    """Tell whether somebody answers at `host:port`."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), TIMEOUT_S).close()
    except OSError:
        return False
    return True


def main() -> None:
    """Try everything; print each outcome."""
    places = json.loads(sys.argv[1])
    _system_calls()
    _sockets()
    _programs()
    _connections(places["unreachable"])
    outcomes = {}
    for name, function in attempts.items():
        try:
            outcomes[name] = function()
        except Exception as exc:  # noqa: BLE001 - an attempt that fails otherwise proves nothing
            outcomes[name] = f"could not be tried: {exc!r}"
    for address in places["reachable"]:
        # Else everything would be unreachable for want of a network.
        outcomes[f"needed: {address}"] = (
            "refused: nothing, it answers" if connects(address) else "not reached"
        )
    print(json.dumps({"outcomes": outcomes, "time": time.time()}))  # noqa: T201 - the answer


if __name__ == "__main__":
    main()

"""What the kernel may be asked for: what is on the list, and nothing that leads out."""

import json

import pytest

from images import hardening, probe
from images.layout import ROOT

PROFILE = json.loads((ROOT / "policies" / "seccomp.json").read_text("utf-8"))
ALLOW = "SCMP_ACT_ALLOW"
NAMESPACES = {
    # CLONE_NEW* of the kernel's include/uapi/linux/sched.h
    "mount": 0x0002_0000,
    "cgroup": 0x0200_0000,
    "uts": 0x0400_0000,
    "ipc": 0x0800_0000,
    "user": 0x1000_0000,
    "pid": 0x2000_0000,
    "net": 0x4000_0000,
}
COMPARE = {
    "SCMP_CMP_EQ": lambda given, rule: given == rule["value"],
    "SCMP_CMP_MASKED_EQ": lambda given, rule: given & rule["value"] == rule.get("valueTwo", 0),
}


def rules(name):
    return [rule for rule in PROFILE["syscalls"] if name in rule["names"]]


def allowed(name, *arguments):
    """Whether a call with these arguments is let through."""
    return any(
        rule["action"] == ALLOW
        and all(
            COMPARE[each["op"]](arguments[each["index"]], each) for each in rule.get("args", [])
        )
        for rule in rules(name)
    )


def test_what_is_not_named_is_refused():
    assert PROFILE["defaultAction"] == "SCMP_ACT_ERRNO"
    assert PROFILE["defaultErrnoRet"] == 1


def test_containers_are_run_with_this_profile():
    assert f"--security-opt=seccomp={ROOT / 'policies' / 'seccomp.json'}" in hardening.flags()


def test_no_other_machine_s_numbers_are_let_in():
    """By their 32-bit numbers all these calls could be made once more, past the list."""
    found = {each["architecture"]: each["subArchitectures"] for each in PROFILE["archMap"]}
    assert found == {"SCMP_ARCH_X86_64": [], "SCMP_ARCH_AARCH64": []}


def test_each_rule_allows_or_refuses_and_nothing_else():
    assert {rule["action"] for rule in PROFILE["syscalls"]} == {ALLOW, "SCMP_ACT_ERRNO"}
    assert {
        rule["names"] == ["clone3"] for rule in PROFILE["syscalls"] if rule["action"] != ALLOW
    } == {True}
    for rule in PROFILE["syscalls"]:
        assert rule["comment"]
        assert not {"includes", "excludes"} & rule.keys()


def test_no_call_is_named_twice_but_socket():
    names = [name for rule in PROFILE["syscalls"] for name in rule["names"]]
    assert {name for name in names if names.count(name) > 1} == {"socket"}


@pytest.mark.parametrize(
    "name",
    [
        *(
            "acct",
            "add_key",
            "adjtimex",
            "bpf",
            "chown",
            "chroot",
            "clock_adjtime",
            "clock_settime",
        ),
        *("create_module", "delete_module", "execveat", "fanotify_init", "fchown", "fchownat"),
        *(
            "finit_module",
            "fsconfig",
            "fsetxattr",
            "fsmount",
            "fsopen",
            "fspick",
            "get_kernel_syms",
        ),
        *("init_module", "io_uring_enter", "io_uring_register", "io_uring_setup", "ioperm", "iopl"),
        *(
            "kcmp",
            "kexec_file_load",
            "kexec_load",
            "keyctl",
            "lchown",
            "link",
            "linkat",
            "lookup_dcookie",
        ),
        *(
            "lsetxattr",
            "mbind",
            "memfd_create",
            "memfd_secret",
            "migrate_pages",
            "mknod",
            "mknodat",
        ),
        *("modify_ldt", "mount", "mount_setattr", "move_mount", "move_pages", "name_to_handle_at"),
        *("nfsservctl", "open_by_handle_at", "open_tree", "perf_event_open", "personality"),
        *("pidfd_getfd", "pidfd_open", "pidfd_send_signal", "pivot_root", "process_madvise"),
        *("process_vm_readv", "process_vm_writev", "ptrace", "query_module", "quotactl", "reboot"),
        *(
            "remap_file_pages",
            "request_key",
            "seccomp",
            "set_mempolicy",
            "setdomainname",
            "setfsgid",
        ),
        *("setfsuid", "setgid", "setgroups", "sethostname", "setns", "setregid", "setresgid"),
        *(
            "setresuid",
            "setreuid",
            "settimeofday",
            "setuid",
            "setxattr",
            "shmat",
            "shmget",
            "splice",
        ),
        *("stime", "swapoff", "swapon", "symlink", "symlinkat", "sysfs", "syslog", "tee", "umount"),
        *("umount2", "unshare", "uselib", "userfaultfd", "ustat", "vhangup", "vm86", "vm86old"),
        *("vmsplice",),
    ],
)
def test_a_dangerous_call_is_not_allowed(name):
    assert rules(name) == []


@pytest.mark.parametrize("name", [name for name in probe.CALLS if name != "clone3"])
def test_what_the_probe_tries_is_not_allowed(name):
    assert rules(name) == []


@pytest.mark.parametrize("flag", NAMESPACES.values(), ids=NAMESPACES.keys())
@pytest.mark.parametrize("more", [17, 0x003D_0F00], ids=["fork", "thread"])
def test_a_process_or_thread_in_a_new_namespace_is_not_made(flag, more):
    assert allowed("clone", more)
    assert not allowed("clone", flag | more)


def test_clone_is_not_allowed_without_a_look_at_its_flags():
    assert all(rule["args"] for rule in rules("clone"))


def test_the_call_that_hides_its_flags_looks_like_an_old_kernel():
    """The C library then uses clone."""
    (rule,) = rules("clone3")
    assert (rule["action"], rule["errnoRet"]) == ("SCMP_ACT_ERRNO", 38)
    assert "args" not in rule


@pytest.mark.parametrize("family", [*range(64), (1 << 32) | 2])
def test_sockets_are_local_or_of_the_internet(family):
    assert allowed("socket", family) == (family in {1, 2, 10})


def test_families_that_the_probe_tries_are_not_allowed():
    assert not [name for name, family in probe.FAMILIES.items() if allowed("socket", family)]

"""Each thing that must not be in an image is complained about, by its name; a good image is not."""

import json
import tarfile

import pytest

from images import inspection
from images.oci import Image, LayoutError
from tests.images.layouts import ELF, device, file, folder, hard, link, pack, write_layout

SCRIPT = b"#!/usr/bin/python3.13\n"
PYTHON = "/usr/bin/python3.13"
CONFIG = {
    "User": "65532:65532",
    "Env": [
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG=C.UTF-8",
        "PYTHONPATH=/app/dependencies:/app",
        "PYTHONDONTWRITEBYTECODE=1",
        "PYTHONUNBUFFERED=1",
        "HOME=/tmp",
    ],
    "Entrypoint": [PYTHON, "-m", "gunicorn", "--config=app/gunicorn_conf.py"],
    "WorkingDir": "/app",
    "Labels": {"io.buildah.version": "1.28.2"},
}
DEBIANS_HOOK = (
    "# install the apport exception handler if available\n"
    "try:\n    import apport_python_hook\nexcept ImportError:\n    pass\n"
    "else:\n    apport_python_hook.install()\n"
)
GOOD = {
    "app": folder(),
    "app/app": folder(0o555),
    "app/app/server.py": file("x = 1\n", 0o444),
    "app/app/__pycache__/server.cpython-313.pyc": file("c", 0o444),
    "app/dependencies": folder(0o555),
    "app/dependencies/google/_upb.cpython-313-x86_64-linux-gnu.so": file(ELF, 0o444),
    "app/dependencies/crypto/_rust.abi3.so": file(ELF, 0o444),
    "bin": link("usr/bin"),
    "etc/python3.13/sitecustomize.py": file(DEBIANS_HOOK),
    "etc/os-release": link("../usr/lib/os-release"),
    "home/nonroot": folder(0o700, owner=(65532, 65532)),
    "lib64": link("usr/lib64"),
    "tmp": folder(0o1777),
    "usr/bin": folder(),
    "usr/bin/python": link("python3.13"),
    "usr/bin/python3": link(PYTHON),
    "usr/bin/python3.13": file(ELF, 0o755),
    "usr/lib/os-release": 'ID=debian\nVERSION_ID="13"\n',
    "usr/lib/python3.13/os.py": "x = 1\n",
    "usr/lib/python3.13/pdb.py": file(SCRIPT, 0o755),
    "usr/lib/python3.13/sitecustomize.py": link("/etc/python3.13/sitecustomize.py"),
    "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2": file(ELF, 0o755),
    "usr/lib/x86_64-linux-gnu/libc.so.6": file(ELF, 0o755),
    "usr/lib64/ld-linux-x86-64.so.2": link("../lib/x86_64-linux-gnu/ld-linux-x86-64.so.2"),
    "usr/share/doc/ca-certificates/examples/debian/rules": file("#!/usr/bin/make -f\n", 0o755),
    "var/lib/dpkg/status.d/libc6": "Package: libc6\nVersion: 2.41-12\n",
}
READ_ONLY = {"mode": 0o444}
PROGRAM = {"content": ELF, "mode": 0o755}


def look(tmp_path, *layers, config=CONFIG, left_out=()):
    """What there is to complain about in the good image with these layers above it."""
    base = {path: member for path, member in GOOD.items() if path not in left_out}
    return inspection.complaints(
        Image(write_layout(tmp_path / "image", base, *layers, config=config))
    )


def test_a_good_image_gives_no_complaint(tmp_path):
    assert look(tmp_path) == []


def test_its_packages_programs_and_special_files_are_counted(tmp_path):
    more = {
        "var/lib/dpkg/status.d/libc6.md5sums": "0  usr/lib/libc.so.6\n",
        "var/lib/dpkg/status": "Package: bash\nVersion: 5\n\nPackage: dash\nVersion: 0.5\n\n",
        "usr/sbin/su": file(ELF, 0o4755),
        "usr/local/bin/pip": file(SCRIPT, 0o755),
        "usr/bin/data": file(ELF, 0o644),
    }
    image = Image(write_layout(tmp_path / "image", GOOD, more, config=CONFIG))
    assert inspection.packages(image) == {"libc6": "2.41-12", "bash": "5", "dash": "0.5"}
    assert inspection.executables(image) == [
        *("usr/bin/python3.13", "usr/local/bin/pip", "usr/sbin/su")
    ]
    assert inspection.special_files(image) == ["usr/sbin/su"]


@pytest.mark.parametrize(
    "path",
    [
        *("bin/sh", "bin/bash", "sbin/sh", "usr/bin/sh", "usr/bin/dash", "usr/bin/busybox"),
        *("usr/sbin/sh", "usr/local/bin/pip", "usr/local/sbin/x", "usr/bin/deeper/sh"),
        *(
            "app/bin/gunicorn",
            "app/dependencies/bin/x",
            "usr/bin/python3.12",
            "usr/bin/python3.13t",
        ),
    ],
)
@pytest.mark.parametrize(
    "member",
    [
        file(ELF, 0o555),
        file(SCRIPT, 0o555),
        # The mode may be changed by nobody, but the loader runs what can be read.
        file(ELF, 0o444),
        link("/opt/busybox"),
        link("../lib/python3.13/sh"),
        hard("opt/x.so", 0o444),
    ],
    ids=["program", "script", "unmarked", "link", "relative_link", "hard_link"],
)
def test_whatever_lies_where_programs_are_looked_for_is_a_program(tmp_path, path, member):
    layer = {"opt/x.so": file(ELF, 0o444), path: member}
    assert look(tmp_path, layer) == [f"/{path} is a program; only {PYTHON} is allowed"]


@pytest.mark.parametrize(
    "path",
    [
        *("app/dependencies/x/data", "app/run", "opt/busybox", "tmp/x", "home/nonroot/sh", "sh"),
        *("usr/libexec/x", "usr/lib/x86_64-linux-gnu/ld-linux", "usr/lib/sh.so.x", "etc/x"),
        *("usr/lib/git-core/git", "usr/games/x", "dev/x", "proc/x", "var/lib/dpkg/info/x.postinst"),
    ],
)
@pytest.mark.parametrize("mode", [0o500, 0o511, 0o555, 0o401, 0o410])
@pytest.mark.parametrize("content", [ELF, SCRIPT], ids=["program", "script"])
def test_a_program_anywhere_else_is_found_by_its_content(tmp_path, path, mode, content):
    assert look(tmp_path, {path: file(content, mode)}) == [f"/{path} can be run as a program"]


@pytest.mark.parametrize("path", ["bin/sh", "usr/bin/busybox", "opt/sh"])
def test_a_program_that_a_later_layer_hides_is_no_complaint(tmp_path, path):
    folder_, _, name = path.rpartition("/")
    assert look(tmp_path, {path: file(**PROGRAM)}, {f"{folder_}/.wh.{name}": ""}) == []


SPECIAL = "is setuid, setgid or has capabilities"
CAPABILITY = {"SCHILY.xattr.security.capability": "\x01\x00\x00\x02"}


@pytest.mark.parametrize("mode", [0o4755, 0o2755, 0o6755, 0o4000, 0o2644])
@pytest.mark.parametrize("path", ["usr/lib/x.so", "usr/lib/python3.13/x.py", "usr/share/doc/x"])
def test_a_file_that_runs_as_another_user_is_found(tmp_path, path, mode):
    assert look(tmp_path, {path: file("x", mode)}) == [f"/{path} {SPECIAL}"]


def test_a_file_with_capabilities_is_found(tmp_path):
    layer = {"usr/lib/x.so": file(ELF, pax=CAPABILITY)}
    assert look(tmp_path, layer) == [f"/usr/lib/x.so {SPECIAL}"]


def test_the_interpreter_itself_may_not_have_special_rights(tmp_path):
    for number, member in enumerate([file(ELF, 0o4755), file(ELF, 0o755, pax=CAPABILITY)]):
        found = look(tmp_path / str(number), {"usr/bin/python3.13": member})
        assert found == [f"{PYTHON} {SPECIAL}"]


HOOK = "would run code at each start of Python"


@pytest.mark.parametrize(
    "path",
    [
        *("app/dependencies/x.pth", "app/dependencies/a/b.pth", "app/x.pth", "tmp/x.pth"),
        *("usr/lib/python3/dist-packages/x.pth", "usr/lib/python3.13/site-packages/x.pth"),
        *("usr/local/lib/python3.13/dist-packages/distutils-precedence.pth", "x.pth"),
        *("app/sitecustomize.py", "app/dependencies/sitecustomize.py", "app/usercustomize.py"),
        *("app/dependencies/usercustomize.pyc", "app/sitecustomize.pyc"),
        *("app/dependencies/sitecustomize/__init__.py", "app/usercustomize/__init__.py"),
        *("usr/lib/python3/dist-packages/sitecustomize.py", "usr/lib/python3.13/usercustomize.py"),
    ],
)
@pytest.mark.parametrize("member", [file("", 0o444), link("/opt/x")], ids=["file", "link"])
def test_start_up_code_is_found(tmp_path, path, member):
    assert look(tmp_path, {path: member}) == [f"/{path} {HOOK}"]


@pytest.mark.parametrize(
    "path", ["app/dependencies/x.pth.txt", "app/app/customize.py", "app/app/mysitecustomize.py"]
)
def test_what_only_sounds_like_start_up_code_is_not_found(tmp_path, path):
    assert look(tmp_path, {path: file("", 0o444)}) == []


@pytest.mark.parametrize(
    ("path", "member"),
    [
        ("etc/passwd", file("", 0o666)),
        ("etc/x", file("", 0o646)),
        ("usr/lib/python3.13/os.py", file("", 0o602)),
        ("opt", folder(0o777)),
        ("srv", folder(0o757)),
        ("tmp", folder(0o777)),
        ("opt/sda", device(mode=0o666)),
        ("opt/pipe", device(tarfile.FIFOTYPE, 0o622)),
    ],
)
def test_what_everybody_can_write_is_found(tmp_path, path, member):
    assert f"/{path} can be written by everybody" in look(tmp_path, {path: member})


@pytest.mark.parametrize("path", ["tmp", "var/tmp", "dev/shm"])
def test_a_sticky_folder_for_everybody_s_own_files_is_fine(tmp_path, path):
    assert look(tmp_path, {path: folder(0o1777)}) == []


@pytest.mark.parametrize("mode", [0o644, 0o464, 0o600, 0o420, 0o1755, 0o755])
@pytest.mark.parametrize("member", [file, folder])
def test_nothing_below_app_can_be_written(tmp_path, mode, member):
    made = member(mode=mode)
    assert look(tmp_path, {"app/app/x": made}) == ["/app/app/x is not read-only"]


@pytest.mark.parametrize("owner", [(65532, 65532), (65532, 0), (0, 65532), (1000, 1000)])
@pytest.mark.parametrize(
    ("path", "member", "mode"), [("app", folder, 0o755), ("app/app/x.py", file, 0o444)]
)
def test_app_belongs_to_root_alone(tmp_path, path, member, mode, owner):
    layer = {path: member(mode=mode, owner=owner)}
    told = ":".join(map(str, owner))
    assert look(tmp_path, layer) == [f"/{path} belongs to {told}, not to root"]


def test_an_image_without_app_is_none_of_ours(tmp_path):
    left_out = [path for path in GOOD if path.startswith("app")]
    assert look(tmp_path, left_out=left_out) == ["there is no /app"]


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "root"),
        ("", "root"),
        ("0", "0"),
        ("0:0", "0:0"),
        ("root", "root"),
        ("65532", "65532"),
        ("65532:0", "65532:0"),
        ("0:65532", "0:65532"),
        ("nonroot:nonroot", "nonroot:nonroot"),
        (" 65532:65532", " 65532:65532"),
        ("65532:65532 ", "65532:65532 "),
        ("+65532:65532", "+65532:65532"),
        (65532, "65532"),
    ],
)
def test_only_the_numeric_user_and_group_are_right(tmp_path, value, told):
    """A name is looked up in a file of the image, and no group means root's."""
    config = CONFIG | {"User": value}
    assert look(tmp_path, config=config) == [f"runs as {told}, not as 65532:65532"]


@pytest.mark.parametrize(
    "value",
    [
        ["/bin/sh", "-c", "python3.13 -m gunicorn"],
        ["python3.13", "-m", "gunicorn"],
        ["/usr/bin/python3", "-m", "gunicorn"],
        ["/usr/bin/env", PYTHON],
        ["/usr/lib64/ld-linux-x86-64.so.2", PYTHON],
        f"{PYTHON} -m gunicorn",
        [[PYTHON]],
        [""],
    ],
)
def test_what_starts_is_the_interpreter_and_no_shell(tmp_path, value):
    told = json.dumps(value)
    assert look(tmp_path, config=CONFIG | {"Entrypoint": value}) == [
        f"starts with {told}, not with {PYTHON} itself"
    ]


@pytest.mark.parametrize("value", [None, []])
def test_an_image_without_an_entry_point_is_not_started(tmp_path, value):
    config = CONFIG | {"Entrypoint": value}
    assert look(tmp_path, config=config) == [f"starts with [], not with {PYTHON} itself"]


@pytest.mark.parametrize("value", [["-c", "import os"], ["/bin/sh"], "x"])
def test_there_is_no_cmd_that_adds_to_the_entry_point(tmp_path, value):
    told = json.dumps(value)
    assert look(tmp_path, config=CONFIG | {"Cmd": value}) == [
        f"has a CMD, {told}: the entry point is the whole command"
    ]


def test_an_image_without_configuration_is_complained_about(tmp_path):
    for number, config in enumerate([{}, None]):
        layout = write_layout(tmp_path / str(number), GOOD, config=config or {})
        image = Image(layout)
        if config is None:
            del image.config["config"]
        assert inspection.complaints(image)[0] == "runs as root, not as 65532:65532"


@pytest.mark.parametrize(
    "member",
    [
        file('VERSION_ID="12"\n'),
        file('VERSION_ID="130"\n'),
        file('ID=ubuntu\nVERSION_ID="13"\n'),
        file('OLD_VERSION_ID="13"\n'),
        file('# VERSION_ID="13"\n'),
        file(""),
        file(b"\xff\xfe"),
        folder(),
        link("/etc/other"),
        hard("etc/gone"),
        device(),
    ],
    ids=[
        *("debian_12", "longer", "other", "other_name", "comment", "empty", "binary"),
        *("folder", "link", "hard_link", "device"),
    ],
)
def test_another_release_than_debian_13_is_found(tmp_path, member):
    try:
        found = look(tmp_path, {"usr/lib/os-release": member})
    except LayoutError:
        return
    assert "the runtime is not Debian 13" in found


def test_an_unknown_release_is_found(tmp_path):
    found = look(tmp_path, left_out=["usr/lib/os-release"])
    assert found == ["the runtime is not Debian 13"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("x.cpython-312-x86_64-linux-gnu.so", "is compiled for another Python than"),
        ("x.cpython-314-x86_64-linux-gnu.so", "is compiled for another Python than"),
        ("x.cpython-313t-x86_64-linux-gnu.so", "is compiled for another Python than"),
        ("x.cpython-39.so", "is compiled for another Python than"),
        ("__pycache__/x.cpython-312.pyc", "is compiled by another Python than"),
        ("__pycache__/x.cpython-314.pyc", "is compiled by another Python than"),
        ("__pycache__/x.cpython-312.opt-1.pyc", "is compiled by another Python than"),
    ],
)
def test_what_is_compiled_for_another_python_is_found(tmp_path, name, reason):
    path = f"app/dependencies/{name}"
    assert look(tmp_path, {path: file(ELF, 0o444)}) == [f"/{path} {reason} {PYTHON}"]


def names(found, path):
    """Whether a complaint is about this path."""
    return any(path in complaint for complaint in found)


def interpreted():
    """The head of a real program: the header names the loader that runs it."""
    head = bytearray(64)
    head[:7], head[16] = b"\x7fELF\x02\x01\x01", 3
    head[32], head[54], head[56] = 64, 56, 1
    entry = bytearray(56)
    entry[0] = 3  # PT_INTERP
    return bytes(head) + bytes(entry) + b"/lib64/ld-linux-x86-64.so.2\0"


SMUGGLED = {
    # Programs under a name, or at a place, that is passed over.
    "shell_among_the_standard_library": ("usr/lib/python3.13/sh", file(**PROGRAM)),
    "shell_among_the_documents": ("usr/share/doc/x/sh", file(**PROGRAM)),
    "shell_named_like_a_library": ("app/dependencies/x/sh.so", file(interpreted(), 0o555)),
    "shell_named_like_a_versioned_library": ("usr/lib/busybox.so.1", file(interpreted(), 0o755)),
    "shell_named_like_the_loader": ("opt/ld-linux-busybox.so.2", file(interpreted(), 0o755)),
    # The loader of the image runs it: ld-linux-x86-64.so.2 /app/dependencies/x/data -c id
    "unmarked_program_for_the_loader": ("app/dependencies/x/data", file(interpreted(), 0o444)),
    "interpreter_is_a_link_elsewhere": ("usr/bin/python3.13", link("/opt/evil")),
    "interpreter_is_a_script": ("usr/bin/python3.13", file(SCRIPT, 0o755)),
    # Code that a start of Python, or of any program, runs before ours.
    "what_debians_hook_imports": ("app/dependencies/apport_python_hook.py", file("", 0o444)),
    "what_debians_hook_imports_compiled": ("app/apport_python_hook.pyc", file("", 0o444)),
    "debians_hook_says_something_else": ("etc/python3.13/sitecustomize.py", file("import evil")),
    "hook_as_extension": ("app/dependencies/sitecustomize.abi3.so", file(ELF, 0o444)),
    "hook_as_tagged_extension": (
        "app/dependencies/usercustomize.cpython-313-x86_64-linux-gnu.so",
        file(ELF, 0o444),
    ),
    "zip_before_the_standard_library": ("usr/lib/python313.zip", file("PK")),
    "another_home_of_python": ("usr/pyvenv.cfg", file("home = /opt/evil/bin\n")),
    "module_before_the_standard_library": (
        "app/dependencies/encodings/__init__.py",
        file("", 0o444),
    ),
    "preloaded_library": ("etc/ld.so.preload", file("/app/x.so\n")),
    # What the service's own user could write.
    "standard_library_is_the_service_s": (
        "usr/lib/python3.13/os.py",
        file("", owner=(65532, 65532)),
    ),
    "folder_of_packages_is_the_service_s": (
        "usr/lib/python3/dist-packages",
        folder(owner=(65532, 65532)),
    ),
    "folder_of_packages_is_the_group_s": (
        "usr/lib/python3/dist-packages",
        folder(0o775, owner=(0, 65532)),
    ),
    "sticky_folder_of_packages": ("usr/lib/python3/dist-packages", folder(0o1777)),
    "list_for_the_service_in_an_attribute": (
        "usr/lib/python3.13/os.py",
        file("", pax={"SCHILY.xattr.system.posix_acl_access": "\x02\x00\x00\x00"}),
    ),
    "block_device": ("opt/sda", device(mode=0o444)),
    "character_device": ("opt/mem", device(tarfile.CHRTYPE, 0o440)),
}


@pytest.mark.parametrize(("path", "member"), SMUGGLED.values(), ids=SMUGGLED.keys())
def test_what_is_smuggled_in_is_complained_about_by_its_path(tmp_path, path, member):
    assert names(look(tmp_path, {path: member}), path)


HARD = {
    "setuid_by_its_second_name": (("opt/a", file("x")), ("opt/b", hard("opt/a", 0o4755))),
    "service_owns_it_by_its_second_name": (
        ("app/app/x.py", file("", 0o444)),
        ("opt/b", hard("app/app/x.py", 0o644, owner=(65532, 65532))),
    ),
}


@pytest.mark.parametrize("members", HARD.values(), ids=HARD.keys())
def test_mode_and_owner_of_a_hard_link_are_those_of_the_file(tmp_path, members):
    """An engine changes the one file; the path that is complained about may be either."""
    found = look(tmp_path, pack(*members))
    assert any(names(found, path) for path, _ in members)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (file(ELF, 0o4755), hard("opt/a", 0o4755)),
        (file(**PROGRAM), hard("opt/a", 0o755)),
        (file(ELF, 0o755, pax=CAPABILITY), hard("opt/a", 0o755)),
    ],
    ids=["setuid", "program", "capability"],
)
def test_a_file_whose_first_name_was_removed_is_looked_at_by_its_second(tmp_path, first, second):
    layer = pack(("opt/a", first), ("opt/b", second))
    assert names(look(tmp_path, layer, {"opt/.wh.a": ""}), "opt/b")


@pytest.mark.parametrize("mode", [0o755, 0o4755])
def test_an_opaque_mark_hides_nothing_of_its_own_layer(tmp_path, mode):
    """An engine leaves usr/bin/sh there, whatever comes first in the layer."""
    layer = pack(
        ("usr/bin", folder()),
        ("usr/bin/python3.13", file(ELF, 0o755)),
        ("usr/bin/sh", file(ELF, mode)),
        ("usr/bin/.wh..wh..opq", ""),
    )
    assert names(look(tmp_path, layer), "usr/bin/sh")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"Env": ["LD_PRELOAD=/app/x.so"]}, "LD_PRELOAD"),
        ({"Env": ["LD_LIBRARY_PATH=/tmp"]}, "LD_LIBRARY_PATH"),
        ({"Env": ["PYTHONPATH=/tmp"]}, "PYTHONPATH"),
        ({"Env": ["PYTHONHOME=/tmp"]}, "PYTHONHOME"),
        ({"Env": ["GUNICORN_CMD_ARGS=--config=/tmp/x.py"]}, "GUNICORN_CMD_ARGS"),
        ({"Volumes": {"/home/nonroot": {}}}, "/home/nonroot"),
        ({"WorkingDir": "/home/nonroot"}, "/home/nonroot"),
        ({"Entrypoint": [PYTHON, "-c", "import os"]}, "-c"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else None,
)
def test_a_configuration_that_brings_code_in_is_complained_about(tmp_path, changed, told):
    """A volume can be written and run from, also where the rest is read-only."""
    assert names(look(tmp_path, config=CONFIG | changed), told)

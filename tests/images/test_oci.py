"""An image is read as an engine unpacks it; what cannot be read so is refused in one line."""

import gzip
import hashlib
import json
import lzma
import shutil
import tarfile

import pytest

from images.oci import Image, LayoutError
from tests.images.layouts import (
    END,
    Layout,
    device,
    file,
    folder,
    hard,
    header,
    link,
    long_name,
    pack,
    records,
    write_layout,
)

HARMLESS = "usr/share/doc/a"
SHELL = {"content": b"#!/bin/true", "mode": 0o755}


def contents(image):
    """The regular files of an image with what is in them."""
    return {path: image.read(path) for path, _ in image.files()}


def read_all(path):
    """Open a layout and look at every file."""
    return contents(Image(path))


def blob(path, digest):
    return path / "blobs" / "sha256" / digest.removeprefix("sha256:")


def parts(path):
    """The index and manifest of a layout that was written."""
    index = json.loads((path / "index.json").read_bytes())
    return index, json.loads(blob(path, index["manifests"][0]["digest"]).read_bytes())


def rewrite(path, change):
    """Change the manifest, so that its digest is right again."""
    _, manifest = parts(path)
    change(manifest)
    written = Layout.__new__(Layout)
    written.path, written.blobs = path, path / "blobs" / "sha256"
    raw = manifest if isinstance(manifest, bytes) else json.dumps(manifest).encode()
    written.index(written.put(raw, "manifest.v1+json"))


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "gzip"])
def test_files_of_plain_and_of_compressed_layers_are_read(image, compress):
    opened = image({"a": "1"}, {"b/c": "2"}, compress=compress)
    assert contents(opened) == {"a": b"1", "b/c": b"2"}
    assert opened.size_bytes == 2


@pytest.mark.parametrize(
    ("layers", "left"),
    [
        ([{"a": "1"}, {"a": "2"}], {"a": b"2"}),
        ([{"a": "1", "b": "1"}, {".wh.a": ""}], {"b": b"1"}),
        ([{"d/a": "1", "da": "1"}, {".wh.d": ""}], {"da": b"1"}),
        ([{"d/a": "1"}, {"d/.wh.a": ""}, {"d/a": "3"}], {"d/a": b"3"}),
        ([{"d/a": "1", "e": "1"}, {"d/.wh..wh..opq": "", "d/b": "2"}], {"d/b": b"2", "e": b"1"}),
        # The order within a layer says nothing: an opaque folder hides what is below, not beside.
        ([{"d/a": "1"}, {"d/b": "2", "d/.wh..wh..opq": ""}], {"d/b": b"2"}),
        ([{"a": "1", "d/b": "1"}, {".wh..wh..opq": "", "c": "2"}], {"c": b"2"}),
        ([{".wh.a": ""}, {"a": "2"}], {"a": b"2"}),
        # A file or a link in the place of a folder leaves nothing of it.
        ([{"d/a": "1"}, {"d": "2"}], {"d": b"2"}),
        ([{"d/a": "1"}, {"d": link("e")}], {}),
        ([{"d": folder(), "d/a": "1"}, {"d": folder(0o700)}], {"d/a": b"1"}),
        (
            [{"./a": "1", "/b": "1", "c//d": "1", "././e": "1"}],
            dict.fromkeys(["a", "b", "c/d", "e"], b"1"),
        ),
    ],
    ids=[
        *("replaced", "whiteout", "whiteout_of_a_folder", "written_again", "opaque"),
        *("opaque_comes_last", "opaque_root", "whiteout_of_nothing", "file_over_folder"),
        *("link_over_folder", "folder_over_folder", "names"),
    ],
)
def test_layers_lie_over_each_other_as_in_an_engine(image, layers, left):
    assert contents(image(*layers)) == left


def test_the_last_of_two_entries_of_one_name_counts(image):
    assert contents(image(pack(("a", "1"), ("a", "2")))) == {"a": b"2"}


def test_links_and_devices_are_entries_and_no_files(image):
    opened = image({"l": link("/a"), "d": device(), "p": device(tarfile.FIFOTYPE), "f": folder()})
    assert opened.entries.keys() == {"l", "d", "p", "f"}
    assert contents(opened) == {}
    assert opened.size_bytes == 0


def test_a_hard_link_is_a_file_with_the_contents_of_its_first_name(image):
    opened = image({"a": "1", "b": hard("a")}, {".wh.a": ""})
    assert opened.read("b") == b"1"
    assert "b" in dict(opened.files())


@pytest.mark.parametrize("name", ["a", "l", "f"])
def test_what_is_no_file_cannot_be_read(image, name):
    opened = image({"l": link("gone"), "f": folder()})
    with pytest.raises(KeyError):
        opened.read(name)


def no_index(path):
    (path / "index.json").unlink()


def garbage_index(path):
    (path / "index.json").write_bytes(b"{")


def binary_index(path):
    (path / "index.json").write_bytes(b"\xff\xfe\x00")


def index_of(value):
    def write(path):
        (path / "index.json").write_text(json.dumps(value), "utf-8")

    return write


def deep_index(path):
    (path / "index.json").write_text("[" * 100_000, "utf-8")


def two_images(path):
    index, _ = parts(path)
    index_of({"manifests": index["manifests"] * 2})(path)


def changed(which):
    def change(path):
        index, manifest = parts(path)
        digests = {
            "manifest": index["manifests"][0]["digest"],
            "config": manifest["config"]["digest"],
            "layer": manifest["layers"][0]["digest"],
        }
        target = blob(path, digests[which])
        target.write_bytes(target.read_bytes() + b" ")

    return change


def removed(which):
    def remove(path):
        _, manifest = parts(path)
        found = manifest["config"] if which == "config" else manifest["layers"][0]
        blob(path, found["digest"]).unlink()

    return remove


def digest(which, value):
    """Put another digest where the index or the manifest names one."""

    def change(path):
        if which == "manifest":
            index_of({"manifests": [{"digest": value}]})(path)
            return
        rewrite(
            path,
            lambda m: (m["config"] if which == "config" else m["layers"][0]).update(digest=value),
        )

    return change


def manifest(**values):
    return lambda path: rewrite(path, lambda found: found.update(values))


def without(key):
    return lambda path: rewrite(path, lambda found: found.pop(key))


def layer(content):
    """Put these bytes where the layer is."""

    def change(path):
        name = hashlib.sha256(content).hexdigest()
        (path / "blobs" / "sha256" / name).write_bytes(content)
        digest("layer", f"sha256:{name}")(path)

    return change


def config(value):
    def change(path):
        raw = json.dumps(value).encode()
        name = hashlib.sha256(raw).hexdigest()
        (path / "blobs" / "sha256" / name).write_bytes(raw)
        digest("config", f"sha256:{name}")(path)

    return change


def claiming(size):
    """A layer with one file that claims another size than it has."""
    info = tarfile.TarInfo("a")
    info.size = size
    return layer(info.tobuf(tarfile.GNU_FORMAT) + END)


OUTSIDE = "sha256:../../secret"
NO_LAYOUT = "is no OCI layout of one image"
ATTACKS = {
    "folder_missing": (shutil.rmtree, NO_LAYOUT),
    "index_missing": (no_index, NO_LAYOUT),
    "index_garbage": (garbage_index, NO_LAYOUT),
    "index_binary": (binary_index, NO_LAYOUT),
    "index_deep": (deep_index, NO_LAYOUT),
    "index_null": (index_of(None), NO_LAYOUT),
    "index_list": (index_of([]), NO_LAYOUT),
    "index_number": (index_of({"manifests": 1}), NO_LAYOUT),
    "index_empty": (index_of({"manifests": []}), "holds 0 images, not one"),
    "index_text": (index_of({"manifests": ["x"]}), NO_LAYOUT),
    "index_object": (index_of({"manifests": {"a": 1}}), NO_LAYOUT),
    "two_images": (two_images, "holds 2 images, not one"),
    "manifest_changed": (changed("manifest"), "a blob is not sha256:"),
    "config_changed": (changed("config"), "a blob is not sha256:"),
    "layer_changed": (changed("layer"), "a blob is not sha256:"),
    "config_missing": (removed("config"), NO_LAYOUT),
    "layer_missing": (removed("layer"), "sha256"),
    "manifest_outside": (digest("manifest", OUTSIDE), "'sha256:../../secret' is no digest"),
    "config_outside": (digest("config", OUTSIDE), "'sha256:../../secret' is no digest"),
    "layer_outside": (digest("layer", OUTSIDE), "'sha256:../../secret' is no digest"),
    "digest_absolute": (digest("layer", "/secret"), "'/secret' is no digest"),
    "digest_short": (digest("layer", "sha256:ab"), "'sha256:ab' is no digest"),
    "digest_upper": (digest("layer", "sha256:" + "A" * 64), "is no digest"),
    "digest_newline": (digest("layer", "sha256:" + "0" * 64 + "\n"), "is no digest"),
    "digest_sha512": (digest("layer", "sha512:" + "0" * 128), "is no digest"),
    "digest_number": (digest("layer", 7), "digest"),
    "no_config": (without("config"), NO_LAYOUT),
    "no_layers": (without("layers"), "layers"),
    "layers_null": (manifest(layers=None), "layers"),
    "layer_without_digest": (manifest(layers=[{}]), "digest"),
    "config_null": (config(None), "config"),
    "config_list": (config([]), "config"),
    "layer_garbage": (layer(b"garbage" * 100), "layer"),
    "layer_zstd": (layer(b"\x28\xb5\x2f\xfd" + bytes(600)), "layer"),
    "layer_gzip_cut": (layer(gzip.compress(pack(("a", "1")))[:-20]), "layer"),
    "layer_gzip_garbage": (layer(b"\x1f\x8b" + b"x" * 600), "layer"),
    "size_huge": (claiming(1 << 60), "layer"),
    "size_more": (claiming(1 << 20), "layer"),
    "whiteout_of_no_name": (layer(pack(("d/.wh.", ""))), "layer"),
    "whiteout_of_the_folder": (layer(pack(("d/.wh..", ""))), "layer"),
    "whiteout_of_the_parent": (layer(pack(("d/.wh...", ""))), "layer"),
    "name_outside": (layer(pack(("../a", "1"))), "layer"),
    "name_through_the_parent": (layer(pack(("a/../../b", "1"))), "layer"),
    "hard_link_to_nothing": (layer(pack(("a", hard("gone")))), "layer"),
    "hard_link_outside": (layer(pack(("a", hard("../etc/passwd")))), "layer"),
}


@pytest.mark.parametrize(("attack", "reason"), ATTACKS.values(), ids=ATTACKS.keys())
def test_a_layout_that_is_none_is_refused_with_the_reason(tmp_path, attack, reason):
    path = write_layout(tmp_path / "image", {"a": "1"})
    (tmp_path / "secret").write_text("{}", "utf-8")
    attack(path)
    with pytest.raises(LayoutError, match=reason):
        read_all(path)


def test_a_reason_tells_no_path_of_the_machine(tmp_path):
    path = write_layout(tmp_path / "image", {"a": "1"})
    no_index(path)
    with pytest.raises(LayoutError) as refused:
        Image(path)
    assert str(tmp_path) not in str(refused.value)


@pytest.mark.timeout(60)
def test_a_file_of_negative_size_is_refused_and_not_read_for_ever(tmp_path):
    """Old Pythons go back by that size and never come to the end of the archive."""
    path = write_layout(tmp_path / "image", {"a": "1"})
    claiming(-1024)(path)
    with pytest.raises(LayoutError, match="layer"):
        read_all(path)


def disguised():
    """A plain tar that is the LZMA stream of an empty tar too: its first name is the stream."""
    chain = [{"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16}]
    stream = lzma.compress(bytes(10240), format=lzma.FORMAT_ALONE, filters=chain)
    raw = bytearray(header("x", tarfile.DIRTYPE, mode=0o755))
    raw[:100] = stream.ljust(100, b"\0")
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw)
    return bytes(raw) + header("usr/bin/sh", **SHELL) + END


def with_prefix():
    """A header of the oldest format, which has no prefix of names, with something in its place."""
    raw = bytearray(header("usr/bin/sh", **SHELL))
    raw[257:265] = bytes(8)
    raw[345:358] = b"usr/share/doc"
    raw[148:156] = b" " * 8
    raw[148:156] = b"%06o\0 " % sum(raw[:512])
    return bytes(raw)


TWO_READINGS = {
    "name_with_parents": header("usr/lib/x/../../bin/sh", **SHELL) + END,
    "path_record_is_empty": records(path="") + header("usr/bin/sh", **SHELL) + END,
    "two_path_records": records(path=HARMLESS)
    + records(path="usr/bin/sh")
    + header(HARMLESS, **SHELL)
    + END,
    "path_record_then_long_name": records(path=HARMLESS)
    + long_name("usr/bin/sh")
    + header(HARMLESS, **SHELL)
    + END,
    "sparse_name": records(GNU__sparse__name=HARMLESS) + header("usr/bin/sh", **SHELL) + END,
    "folder_by_its_short_name": records(path="usr/bin/sh")
    + header("usr/bin/sh/", tarfile.AREGTYPE, **SHELL)
    + END,
    "prefix_of_an_old_header": with_prefix() + END,
    "two_formats_at_once": disguised(),
}


@pytest.mark.parametrize("layer_", TWO_READINGS.values(), ids=TWO_READINGS.keys())
def test_an_archive_that_engines_read_otherwise_shows_the_same_files_or_is_refused(
    tmp_path, layer_
):
    """Podman unpacks usr/bin/sh out of each of these."""
    path = write_layout(tmp_path / "image", layer_)
    try:
        found = read_all(path)
    except LayoutError:
        return
    assert found == {"usr/bin/sh": SHELL["content"]}


def test_an_owner_that_engines_read_otherwise_is_read_the_same_or_refused(tmp_path):
    """An empty record leaves podman the older field of the header, and Python 0."""
    mine = header("app/a", owner=(65532, 65532))
    path = write_layout(tmp_path / "image", records(uid="", gid="") + mine + END)
    try:
        entry = Image(path).entries["app/a"]
    except LayoutError:
        return
    assert (entry.info.uid, entry.info.gid) == (65532, 65532)


@pytest.mark.parametrize(
    "rest",
    [
        b"x" * 512 + header("usr/bin/sh", **SHELL) + END,
        END + header("usr/bin/sh", **SHELL) + END,
        bytes(512) + header("usr/bin/sh", **SHELL) + END,
    ],
    ids=["no_header", "after_the_end", "after_half_of_the_end"],
)
def test_what_lies_behind_the_last_entry_is_not_passed_over(tmp_path, rest):
    path = write_layout(tmp_path / "image", header("a") + rest)
    with pytest.raises(LayoutError, match="layer"):
        read_all(path)


def test_a_hard_link_changes_mode_and_owner_of_the_file_that_it_names(image):
    """An engine sets both at the link, and the file is the same."""
    opened = image(pack(("a", file("1", 0o444)), ("b", hard("a", 0o4755, owner=(7, 7)))))
    entry = opened.entries["a"]
    assert (entry.mode, entry.info.uid) == (0o4755, 7)

"""Folder and bucket: what is kept stays as it was, and nothing secret is told."""

import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from deploy.plans.store import Bucket, Folder, MissingError, StoreError, TakenError

TOKEN = "nobodys-token"


@pytest.fixture(params=["folder", "bucket"])
def store(request, tmp_path):
    """Both kinds, each behind the same few functions."""
    if request.param == "folder":
        return Folder(tmp_path / "new")
    address = request.getfixturevalue("storage")
    return Bucket("b", lambda: TOKEN, address)


def test_what_was_kept_is_fetched(store):
    content = bytes(range(256)) * 1000
    store.create("plans/a.tfplan", content)
    assert store.read("plans/a.tfplan").content == content


def test_a_name_that_is_taken_keeps_its_content(store):
    store.create("plans/a", b"one")
    with pytest.raises(TakenError):
        store.create("plans/a", b"two")
    assert store.read("plans/a").content == b"one"


def test_a_note_may_be_replaced(store):
    store.replace("release/holder.json", b"one")
    store.replace("release/holder.json", b"two")
    assert store.read("release/holder.json").content == b"two"
    with pytest.raises(TakenError):
        store.create("release/holder.json", b"three")


def test_what_is_not_there_is_said(store):
    with pytest.raises(MissingError, match="has no"):
        store.read("plans/a")


NAMES = ["", "../x", "a/../x", "/etc/passwd", "a//b", "A", "a b", "a\n", "é", "?x"]


def test_a_name_leads_nowhere_else(store):
    acts = (
        store.read,
        lambda name: store.create(name, b""),
        lambda name: store.replace(name, b""),
    )
    for act, name in itertools.product(acts, NAMES):
        with pytest.raises(StoreError, match="a name here"):
            act(name)


def test_of_many_that_create_one_wins(store):
    outcomes = []

    def create(number):
        try:
            store.create("plans/a", b"%d" % number)
            outcomes.append(number)
        except TakenError:
            pass

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 1
    assert store.read("plans/a").content == b"%d" % outcomes[0]


def test_a_folder_is_its_owners_alone_and_holds_nothing_half_written(tmp_path):
    folder = Folder(tmp_path / "new")
    folder.create("plans/a", b"one")
    folder.replace("plans/a", b"two")
    (file,) = (tmp_path / "new" / "plans").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "new" / "plans").stat().st_mode & 0o077 == 0


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written"):
        Folder(tmp_path / "file").create("a", b"")
    (tmp_path / "a").mkdir()
    with pytest.raises(StoreError, match="cannot be read"):
        Folder(tmp_path).read("a")


def test_a_bucket_counts_its_writings(storage):
    """A lock's id is that number, and so is never another lock's."""
    bucket = Bucket("b", lambda: TOKEN, storage)
    bucket.replace("x", b"one")
    first = bucket.read("x").generation
    bucket.replace("x", b"two")
    assert bucket.read("x").generation > first


def test_a_bucket_that_is_not_there_is_said(storage):
    with pytest.raises(StoreError):
        Bucket("another", lambda: TOKEN, storage).create("x", b"")


@pytest.fixture
def answering():
    """A server that answers as it is told, and remembers what it was asked."""
    told = {"status": 200, "headers": {}, "body": b""}
    asked = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            length = int(self.headers.get("Content-Length") or 0)
            asked.append((self.path, dict(self.headers), self.rfile.read(length)))
            self.send_response(told["status"])
            for name, value in told["headers"].items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(told["body"])

        def do_POST(self):
            self.do_GET()

        def log_message(self, *_arguments):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", told, asked
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("status", [301, 302, 307, 400, 401, 403, 429, 500, 503])
def test_an_answer_that_is_none_is_an_error_without_its_text(answering, status):
    """An error's text of a cloud may repeat what it was sent."""
    address, told, asked = answering
    body = f"the token was {TOKEN}".encode()
    told.update(status=status, headers={"Location": f"{address}/elsewhere"}, body=body)
    bucket = Bucket("b", lambda: TOKEN, address)
    for act in (lambda: bucket.read("x"), lambda: bucket.create("x", b"")):
        with pytest.raises(StoreError, match=str(status)) as info:
            act()
        assert TOKEN not in str(info.value)
    assert not [path for path, _, _ in asked if "elsewhere" in path], "the token went elsewhere"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"<html>", b"null"])
def test_an_unreadable_answer_is_an_error(answering, body):
    address, told, _ = answering
    told.update(body=body)
    with pytest.raises(StoreError, match="unreadable"):
        Bucket("b", lambda: TOKEN, address).read("x")


def test_a_bucket_is_asked_as_the_api_has_it(answering):
    address, _, asked = answering
    Bucket("b", lambda: TOKEN, address).create("plans/a", b"content")
    ((path, headers, content),) = asked
    assert path == "/upload/storage/v1/b/b/o?uploadType=media&name=plans%2Fa&ifGenerationMatch=0"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert content == b"content"


def test_nobody_there_is_an_error(answering):
    bucket = Bucket("b", lambda: TOKEN, "http://127.0.0.1:1")
    with pytest.raises(StoreError, match="cannot be reached"):
        bucket.read("x")
    assert TOKEN not in repr(bucket)

"""The traffic is what the file says, in Terraform's shape, or what it was before."""

import json
from collections import Counter
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.layout import LocalError
from local.traffic import Routes, Target, Traffic, write

URLS = {"api-old": "http://127.0.0.1:1001", "api-new": "http://127.0.0.1:1002"}
# As Terraform writes it: the stable revision's object has no tag at all, or null.
CANARY = [
    {"revision": "api-old", "percent": 95},
    {"revision": "api-new", "percent": 5, "tag": "candidate"},
]
ALONE = [{"revision": "api-old", "percent": 100, "tag": None}]


def routes(targets, urls=URLS):
    return Routes.parse(json.dumps(targets).encode(), json.dumps(urls).encode())


def test_each_hundred_requests_are_divided_exactly_and_mixed():
    canary = routes(CANARY)
    chosen = [canary.choose(number).revision for number in range(1000)]
    for start in range(900):
        assert Counter(chosen[start : start + 100]) == {"api-old": 95, "api-new": 5}
    turns = [number for number, name in enumerate(chosen) if name == "api-new"]
    assert max(later - earlier for earlier, later in pairwise(turns)) < 50


@given(st.lists(st.integers(0, 100), min_size=1, max_size=6))
def test_any_percentages_that_sum_to_a_hundred_are_obeyed(shares):
    whole = [*shares, 100 - sum(shares)]
    targets = [
        Target.model_construct(revision=f"r{index}", percent=percent, tag=None)
        for index, percent in enumerate(whole)
    ]
    if whole[-1] < 0:
        return
    state = Routes(targets, {target.revision: "" for target in targets})
    got = Counter(state.choose(number).revision for number in range(7, 107))
    assert got == {f"r{index}": percent for index, percent in enumerate(whole) if percent}


def test_a_tag_reaches_its_revision_even_without_any_share():
    state = routes([{**CANARY[0], "percent": 100}, {**CANARY[1], "percent": 0}])
    assert state.tagged("candidate").url == URLS["api-new"]
    assert {state.choose(number).revision for number in range(100)} == {"api-old"}
    assert routes(ALONE).tagged("candidate") is None


HOSTILE = {
    "no list": b"{}",
    "nothing": b"",
    "no JSON": b"[{",
    "empty": b"[]",
    "null": b"null",
    "no text": b"\xff",
    "deep": b"[" * 100_000,
    "repeated name": b'[{"revision": "api-new", "revision": "api-old", "percent": 100}]',
    "sum below": json.dumps([{"revision": "api-old", "percent": 99}]).encode(),
    "sum above": json.dumps([*ALONE, CANARY[1]]).encode(),
    "negative": json.dumps(
        [{"revision": "api-old", "percent": 105}, {"revision": "api-new", "percent": -5}]
    ).encode(),
    "fraction": b'[{"revision": "api-old", "percent": 100.0}]',
    "text": b'[{"revision": "api-old", "percent": "100"}]',
    "true": b'[{"revision": "api-old", "percent": true}, {"revision": "api-new", "percent": 99}]',
    "nan": b'[{"revision": "api-old", "percent": NaN}]',
    "unknown revision": b'[{"revision": "api-gone", "percent": 100}]',
    "unknown revision at 0": json.dumps([*ALONE, {"revision": "x", "percent": 0}]).encode(),
    "no revision": b'[{"percent": 100}]',
    "unknown field": b'[{"revision": "api-old", "percent": 100, "latest": true}]',
    "odd name": b'[{"revision": "../api", "percent": 100}]',
    "one tag twice": json.dumps([{**CANARY[0], "tag": "candidate"}, CANARY[1]]).encode(),
    "odd tag": b'[{"revision": "api-old", "percent": 100, "tag": ""}]',
    "too many": json.dumps([{"revision": "api-old", "percent": 1}] * 101).encode(),
}


@pytest.fixture
def files(tmp_path):
    paths = tmp_path / "traffic.json", tmp_path / "revisions.json"
    for path, content in zip(paths, (CANARY, URLS), strict=True):
        write(path, content)
    return paths


@pytest.mark.parametrize("name", HOSTILE)
def test_what_cannot_be_obeyed_changes_nothing_and_is_named(files, name, capsys):
    traffic = Traffic(*files)
    before = traffic.routes()
    assert traffic.refused is None
    files[0].write_bytes(HOSTILE[name])
    assert traffic.routes() is before
    assert traffic.refused
    assert capsys.readouterr().out == f"the traffic stays as it was: {traffic.refused}\n"
    assert traffic.routes() is before
    assert capsys.readouterr().out == "", "said once"
    write(files[0], ALONE)
    assert traffic.routes().targets == [Target(**ALONE[0])]
    assert traffic.refused is None


def test_a_file_that_is_gone_changes_nothing(files):
    traffic = Traffic(*files)
    before = traffic.routes()
    files[1].unlink()
    assert traffic.routes() is before
    assert "cannot be read" in traffic.refused


def test_a_revision_that_is_new_can_get_traffic_at_once(files):
    traffic = Traffic(*files)
    write(files[1], {**URLS, "api-third": "http://127.0.0.1:1003"})
    write(files[0], [{"revision": "api-third", "percent": 100, "tag": None}])
    assert traffic.routes().choose(0).url == "http://127.0.0.1:1003"


@pytest.mark.parametrize(
    "url", ["http://example.test:80", "https://127.0.0.1:1", "http://127.0.0.1:1/x", "", None, 7]
)
def test_no_request_leaves_this_machine(url):
    with pytest.raises(LocalError, match="revisions"):
        routes(ALONE, {"api-old": url})


def test_it_does_not_start_on_what_cannot_be_obeyed(files):
    files[0].write_bytes(b"[]")
    with pytest.raises(LocalError, match="traffic"):
        Traffic(*files)
    files[0].unlink()
    with pytest.raises(LocalError, match="cannot be read"):
        Traffic(*files)


def test_a_file_is_never_seen_half_written(files):
    """Whoever opened the old one still reads the old one."""
    with files[0].open() as old:
        write(files[0], ALONE)
        assert json.load(old) == CANARY
    assert json.loads(files[0].read_text()) == ALONE
    assert [path.name for path in sorted(files[0].parent.iterdir())] == [
        "revisions.json",
        "traffic.json",
    ]

"""Whoever has a mirror of advisories makes a set of it in one command, dated by what it holds."""

import json
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from gates.advisories import gather as gathering
from gates.advisories.__main__ import main
from gates.advisories.gather import gather
from gates.advisories.records import AdvisoriesError, read
from tests.gates.advisories.samples import record


def recent(days=1):
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def mirror(folder, *records):
    """A folder as a mirror has it: one file a record."""
    for number, each in enumerate(records):
        path = folder / "PyPI" / f"{number}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(each), "utf-8")
    return folder


def zipped(folder, path):
    with zipfile.ZipFile(path, "w") as archive:
        for each in folder.rglob("*"):
            archive.write(each, each.relative_to(folder))
    return path


@pytest.mark.parametrize("form", ["folder", "zip"])
def test_a_set_is_made_of_a_mirror_and_dated_by_its_newest_record(tmp_path, form):
    source = mirror(
        tmp_path / "mirror",
        record("CVE-2030-0002", modified=recent(9), summary="Z\u00fcrich"),
        record(modified=recent(2)),
    )
    if form == "zip":
        source = zipped(source, tmp_path / "all.zip")
    output = tmp_path / "set.json"
    made = gather(source, output)
    assert (made.count, made.age.days) == (2, 2)
    assert [each["id"] for each in read(output).records] == ["CVE-2030-0001", "CVE-2030-0002"]
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.startswith("set")) == [
        "set.json"
    ]


@pytest.mark.parametrize(
    ("records", "reason"),
    [
        ([], r"holds no \.json file"),
        ([record(modified=recent(31))], "30 days is the limit"),
        ([record(modified=recent(-2))], "in the future"),
        ([record(modified=recent()), record(modified=recent())], "holds CVE-2030-0001 twice"),
        ([record(modified=recent()), {"id": "x", "modified": recent()}], "no set of advisories"),
        ([[]], "is no mirror"),
        ([{"modified": recent()}], "is no mirror"),
    ],
    ids=["empty", "old", "future", "twice", "half_a_record", "list", "nameless"],
)
def test_a_mirror_that_makes_no_set_leaves_the_last_one_alone(tmp_path, records, reason):
    output = tmp_path / "set.json"
    output.write_text("the last one", "utf-8")
    (tmp_path / "mirror").mkdir()
    with pytest.raises(AdvisoriesError, match=reason):
        gather(mirror(tmp_path / "mirror", *records), output)
    assert output.read_text("utf-8") == "the last one"
    assert not list(tmp_path.glob("*.partial"))


def test_what_is_no_mirror_is_told(tmp_path):
    path = tmp_path / "all.zip"
    with pytest.raises(AdvisoriesError, match="is no mirror of OSV records"):
        gather(path, tmp_path / "set.json")
    path.write_bytes(b"no zip")
    with pytest.raises(AdvisoriesError, match="is no mirror of OSV records"):
        gather(path, tmp_path / "set.json")


def test_a_record_of_absurd_size_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(gathering, "LARGEST_BYTES", 10)
    source = zipped(mirror(tmp_path / "mirror", record(modified=recent())), tmp_path / "all.zip")
    with pytest.raises(AdvisoriesError, match="larger than a record can be"):
        gather(source, tmp_path / "set.json")


def test_the_commands_say_what_a_set_is_worth_and_end_with_2_if_nothing(tmp_path):
    source, output = mirror(tmp_path / "mirror", record(modified=recent())), tmp_path / "set.json"
    ended = CliRunner().invoke(main, ["gather", str(source), str(output)])
    assert ended.exit_code == 0
    assert ended.output.startswith("a local set: set.json, 1 advisories of 20")
    assert CliRunner().invoke(main, ["show", str(output)]).output == ended.output
    assert "NO CURRENT ADVISORIES" in CliRunner().invoke(main, ["show"]).output
    output.write_text("{}", "utf-8")
    ended = CliRunner().invoke(main, ["show", str(output)])
    assert ended.exit_code == 2
    assert "no set of advisories" in ended.output

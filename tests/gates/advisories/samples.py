"""OSV records, and sets of them."""

import json

MODIFIED = "2030-01-01T00:00:00Z"


def record(
    identifier="CVE-2030-0001",
    name="flask",
    events=({"introduced": "0"}, {"fixed": "0.12.3"}),
    ecosystem="PyPI",
    versions=None,
    **more,
):
    """A record about one package; `versions` instead of a range if it is given."""
    known = (
        {"versions": list(versions)}
        if versions is not None
        else {"ranges": [{"type": "ECOSYSTEM", "events": list(events)}]}
    )
    return {
        "id": identifier,
        "modified": MODIFIED,
        "affected": [{"package": {"ecosystem": ecosystem, "name": name}, **known}],
    } | more


def write_set(path, *records, recorded=MODIFIED):
    """Write a set; a date of None leaves it out."""
    document = {"advisories": list(records)}
    if recorded is not None:
        document["recorded"] = recorded
    path.write_text(json.dumps(document), "utf-8")
    return path

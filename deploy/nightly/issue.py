"""What the issue about drift says; no I/O. Everything in it was checked to be a plain name."""

from collections.abc import Iterator

from deploy.nightly.drift import Difference, Drift

MARK = "<!-- nightly: drift -->"
"""The first line of our issue, which nobody sees."""
TITLE = "The project is not what was applied"
GONE = "The nightly look finds no difference any more."
MOST_NAMES = 20
MOST_CHARACTERS = 50_000
"""Of all rows together; GitHub takes an issue of 65,536."""


def body(drift: Drift) -> str:
    """Write the issue, the same text for the same drift."""
    count = len(drift.differences)
    return "\n".join(
        [
            MARK,
            f"{count} of {drift.looked_at} resources differ from what Terraform applied last.",
            "They were changed outside of it, or the provider tells them otherwise than set.",
            "",
            *table(drift),
            "",
            "The audit log has who changed something. What the configuration says comes back with",
            "the next plan that is applied; what is to stay has to be written into `terraform/`.",
            "`nightly.yml` keeps this text, and closes the issue once nothing differs. See",
            "`docs/nightly.md`.",
        ]
    )


def table(drift: Drift) -> list[str]:
    """Write the differences as rows of Markdown, as many as there is room for."""
    return ["| Resource | What | Attributes |", "|---|---|---|", *_rows(drift)]


def _rows(drift: Drift) -> Iterator[str]:
    room = MOST_CHARACTERS
    for number, each in enumerate(drift.differences):
        row = _row(each)
        room -= len(row)
        if room < 0:
            yield f"| and {len(drift.differences) - number} more | | |"
            return
        yield row


def _row(each: Difference) -> str:
    names = [f"`{name}`" for name in each.attributes[:MOST_NAMES]]
    if more := each.attributes[MOST_NAMES:]:
        names.append(f"{len(more)} more")
    return f"| `{each.address}` | {each.what} | {', '.join(names)} |"

"""`python -m rehearsal.workflows [RUN...]`: rehearse `ci.yml`; status 1 if it comes out wrong."""

import click

from rehearsal.workflows import stage
from rehearsal.workflows.command import choose, rehearse
from rehearsal.workflows.runs import QUICK, runs
from rehearsal.workflows.stage import Outcome


@click.command()
@click.argument("names", nargs=-1, metavar="[RUN...]")
@click.option("--quick", is_flag=True, help="A good tree and a bad one.")
def main(names: tuple[str, ...], *, quick: bool) -> None:
    """Run the workflow on good trees and on bad ones."""
    chosen = choose(runs(), names or (QUICK if quick else ()))
    rehearse(
        chosen,
        stage.prepared(),
        stage.play,
        {
            "event": _event,
            "tree": lambda outcome: outcome.run.fault.about if outcome.run.fault else "good",
            "red": lambda outcome: " ".join(outcome.ended("failure")) or "nothing",
            "left out": lambda outcome: " ".join(outcome.ended("skipped")) or "nothing",
            "all-gates-pass": lambda outcome: outcome.results.get("all-gates-pass", "skipped"),
        },
    )


def _event(outcome: Outcome) -> str:
    return "pull_request of a fork" if outcome.run.event == "fork" else outcome.run.event


if __name__ == "__main__":
    main(prog_name="rehearsal.workflows")

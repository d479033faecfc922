"""`python -m rehearsal.deployment [RUN...]`: rehearse deploy.yml, status 1 if it is wrong."""

import click

from rehearsal.deployment import stage
from rehearsal.deployment.runs import QUICK, RUNS
from rehearsal.deployment.stage import Outcome, Stage
from rehearsal.workflows.command import choose, rehearse


@click.command()
@click.argument("names", nargs=-1, metavar="[RUN...]")
@click.option(
    "--quick", is_flag=True, help="A commit that is rolled back, and one that is refused."
)
def main(names: tuple[str, ...], *, quick: bool) -> None:
    """Deploy commits into a project of stand-ins, with the workflow itself."""
    chosen = choose(RUNS, names or (QUICK if quick else ()))
    rehearse(
        chosen,
        stage.prepared(),
        Stage.play,
        {
            "commit": lambda outcome: outcome.run.about,
            "last job": _last,
            "rolled back": lambda outcome: outcome.results.get("back", "no"),
            "serves": lambda outcome: outcome.serves,
            "messages": lambda outcome: str(outcome.published),
        },
    )


def _last(outcome: Outcome) -> str:
    ended = [name for name in outcome.results if name != "back"]
    return ended[-1] if ended else "none"


if __name__ == "__main__":
    main(prog_name="rehearsal.deployment")

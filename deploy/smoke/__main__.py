"""`python -m deploy.smoke`: status 0 is all well, 1 something is not, 2 it could not be tried."""

import os
import sys

import click

from deploy.google import ENDPOINT, Google, GoogleError
from deploy.smoke import checks, message, traffic
from deploy.smoke.caller import Api, SmokeError
from deploy.smoke.traffic import Rate

FOUND, NOT_TRIED = 1, 2
A_MINUTE = 66.0
"""What a revision needs for a decision (300 requests in five minutes), and a tenth more."""
SHARES = 2
"""At the service, so many times that: the stable revision gets half of it at least until 100 %."""


@click.command()
@click.option(
    "--url", envvar="SMOKE_URL", required=True, help="Of the API or of a candidate's tag."
)
@click.option("--topic", envvar="SMOKE_TOPIC", default="", help="Publish to it and read back, too.")
@click.option("--endpoint", default=ENDPOINT, show_default=True, help="Of Pub/Sub; for rehearsals.")
@click.option(
    "--minutes", envvar="SMOKE_MINUTES", default=0, help="Go on asking for so long, for a canary."
)
@click.option(
    "--service", envvar="SMOKE_SERVICE", default="", help="The service's own address, asked too."
)
@click.option("--minute-s", envvar="CANARY_MINUTE_S", default=60.0, hidden=True)
def main(  # noqa: PLR0913, PLR0917 - one option each
    url: str, topic: str, endpoint: str, minutes: int, service: str, minute_s: float
) -> None:
    """Try a deployed API as SMOKE_ID_TOKEN; what is published is as GOOGLE_OAUTH_ACCESS_TOKEN."""
    bad = 0
    try:
        api = Api(url, os.environ.get("SMOKE_ID_TOKEN", ""))
        # A canary's traffic is judged by the canary: a candidate that fails is still asked.
        for check in () if minutes else checks.of(api):
            bad += _tell(check)
        if topic and not bad:
            google = Google(os.environ.get("GOOGLE_OAUTH_ACCESS_TOKEN", ""), endpoint)
            bad += _tell(message.sent(api, google, topic))
        if minutes and not bad:
            rates = [Rate(api, A_MINUTE / minute_s)]
            if service:
                stable = Api(service, os.environ.get("SMOKE_ID_TOKEN", ""))
                rates.append(Rate(stable, SHARES * A_MINUTE / minute_s))
            said = traffic.send(rates, minutes * minute_s)
            click.echo(", ".join(f"{number} x {status}" for status, number in said.items()))
    except (GoogleError, SmokeError) as exc:
        click.echo(f"not tried: {exc}", err=True)
        sys.exit(NOT_TRIED)
    sys.exit(FOUND if bad else 0)


def _tell(check: checks.Check) -> bool:
    click.echo(f"{'NO' if check.complaint else 'ok':2}  {check.name}", nl=not check.complaint)
    if check.complaint:
        click.echo(f": {check.complaint}")
    return bool(check.complaint)


if __name__ == "__main__":
    main(prog_name="deploy.smoke")

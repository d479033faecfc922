"""`python -m monitoring`: make the generated rules, and judge all of them."""

import sys

import click

from monitoring import burn_rates, catalogue, lint, mutants, mutation, objectives, promtool, rules

PASS, COMPLAINTS, NO_PROOF = 0, 1, 2


@click.group()
def main() -> None:
    """Make the generated alert rules, and judge all of them."""


@main.command()
@click.option("--check", is_flag=True, help="Change nothing; status 1 if something would change.")
def generate(*, check: bool) -> None:
    """Write the rules that slo.yaml asks for into rules.yaml."""
    text = rules.PATH.read_text("utf-8")
    wanted = burn_rates.replace(text, objectives.read())
    if check and text != wanted:
        click.echo("rules.yaml is not what slo.yaml asks for: python -m monitoring generate")
        sys.exit(COMPLAINTS)
    if not check:
        rules.PATH.write_text(wanted, "utf-8")


@main.command("lint")
def lint_rules() -> None:
    """Say what Cloud Monitoring would refuse or never fire."""
    found = list(lint.complaints(rules.read(), catalogue.read()))
    for complaint in found:
        click.echo(complaint)
    sys.exit(COMPLAINTS if found else PASS)


@main.command()
@click.option("--write", is_flag=True, help="Keep the report in monitoring/mutation.json.")
@click.argument("alerts", nargs=-1, metavar="[ALERT...]")
def mutate(alerts: tuple[str, ...], *, write: bool) -> None:
    """Break all rules, or ALERT alone. Status 1: something was not noticed; 2: no proof."""
    whole = rules.read().rules
    if unknown := set(alerts) - {rule.alert for rule in whole}:
        raise click.BadParameter(f"no alert {', '.join(sorted(unknown))}")
    chosen = [m for m in mutants.of_rules(whole) if not alerts or m.rule.alert in alerts]
    try:
        alive = mutation.survivors(chosen, whole)
    except promtool.PromtoolError as exc:
        click.echo(f"no proof: {exc}")
        sys.exit(NO_PROOF)
    for mutant in alive:
        click.echo(f"survives: {mutant.name}")
    facts = mutation.report(chosen, alive)
    click.echo(f"{facts['killed']} of {facts['mutants']} mutants were noticed")
    text = mutation.render(facts)
    if write and not alerts:
        mutation.REPORT.write_text(text, "utf-8")
    stale = not alerts and mutation.REPORT.read_text("utf-8") != text
    if stale:
        click.echo("monitoring/mutation.json tells another story: make mutate-rules ARGS=--write")
    sys.exit(COMPLAINTS if alive or stale else PASS)


if __name__ == "__main__":
    main()

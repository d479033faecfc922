"""docs/cost.md has the figures that the code gives, and each price its source."""

from decimal import Decimal

import pytest
from click.testing import CliRunner

from monitoring.cost import __main__ as command
from monitoring.cost.prices import Prices
from monitoring.cost.volume import Volume
from monitoring.tables import generated
from monitoring.throughput import Throughput

PRICES = Prices.read()
PAGE = command.PAGE.read_text("utf-8")
TEXT = " ".join(PAGE.split())
WHOLE = 'per = 1\nfree = 0\nof = "x"\nurl = "u"\nread = 2026-01-01\ncopy = "c"\n'


def test_the_page_is_what_the_code_writes():
    told = command.told(Volume(), Throughput(), PRICES)
    assert generated(PAGE, {name: table.markdown() for name, table in told.items()}) == PAGE


def test_the_prose_has_the_figures_of_the_code():
    assert f"{Volume().messages / 1e6:.0f} million messages" in TEXT
    assert f"{Volume().reads:,} reads of the last hour" in TEXT
    assert f"tables hold {Throughput().configured.row_days} days" in TEXT
    month = PRICES["bigquery_queries"].charge(Decimal(30 * 2**40))
    assert f"at 1 TiB a day that line is {month:.0f} USD" in TEXT


@pytest.mark.parametrize("name", sorted(PRICES))
def test_each_price_has_a_page_of_google_a_day_and_how_it_was_read(name):
    price = PRICES[name]
    assert price.url.startswith("https://cloud.google.com/")
    assert 2025 <= price.read.year <= 2026
    assert price.copy
    assert price.usd > 0
    assert price.per > 0
    assert price.free >= 0


@pytest.mark.parametrize(
    "text",
    [
        "[a]\nusd = 1\n",
        f'[a]\nusd = "much"\n{WHOLE}',
        f"[a]\nusd = 1\n{WHOLE}more = 1\n",
    ],
    ids=["missing", "no_number", "further"],
)
def test_a_list_that_is_not_whole_is_not_read(tmp_path, text):
    path = tmp_path / "prices.toml"
    path.write_text(text, "utf-8")
    with pytest.raises((KeyError, TypeError, ArithmeticError)):
        Prices.read(path)


def test_the_command_takes_another_volume():
    run = CliRunner().invoke(
        command.main, ["--messages", "5000000", "--reads", "100000", "--load-balancer", "--hsm"]
    )
    assert run.exit_code == 0, run.output
    assert "armor_policies" in run.output
    assert "kms_hsm" in run.output


@pytest.mark.parametrize("wrong", [["--messages", "0"], ["--distinct", "101"], ["--reads", "x"]])
def test_the_command_refuses_what_is_no_volume(wrong):
    assert CliRunner().invoke(command.main, wrong).exit_code == 2

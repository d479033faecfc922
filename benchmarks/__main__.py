"""`make bench`, `make load` and `make trace-cost`: measured in turn within one run."""

import asyncio
import json
import statistics
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import psutil
import requests
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from benchmarks import traces
from benchmarks.client import Tally, drive, push, request
from local import layout
from local.caller import bearer, mint
from local.layout import Ports
from local.processes import Child
from local.stack import Stack, answers

WORKERS, THREADS = 2, 8
GET_CONNECTIONS, PUSH_CONNECTIONS = 16, 64
RATE_LIMIT = 10_000_000
GET_GOAL, PUSH_GOAL = 0.7, 0.8

console = Console(highlight=False)


@dataclass
class Subject:
    """One server under load."""

    name: str
    url: str
    raw_requests: list[bytes]
    server: Child
    connections: int


@dataclass
class Result:
    """A subject's rounds."""

    rates: list[float]
    cpu_ms: list[float]
    """Server CPU for each request, in milliseconds."""


def measure(subjects: list[Subject], rounds: int, seconds: float) -> list[Result]:
    """Load the subjects in turn, so that a slow minute of the machine hits each alike."""
    results = [Result([], []) for _ in subjects]
    with Progress(console=console) as progress:
        task = progress.add_task("measure", total=(rounds + 1) * len(subjects))
        for number in range(rounds + 1):
            for subject, result in zip(subjects, results, strict=True):
                before = _cpu_s(subject.server)
                tally = asyncio.run(
                    drive(
                        subject.url,
                        subject.raw_requests,
                        connections=subject.connections,
                        seconds=seconds,
                        rate=None,
                    )
                )
                _check(subject.name, tally)
                if number:  # the first round warms up
                    cpu_ms = (_cpu_s(subject.server) - before) / len(tally.latencies_s) * 1000
                    result.rates.append(tally.rate)
                    result.cpu_ms.append(cpu_ms)
                progress.advance(task)
    return results


def _check(name: str, tally: Tally) -> None:
    bad = {status: count for status, count in tally.statuses.items() if status >= 300}  # noqa: PLR2004 - of HTTP
    if bad or not tally.latencies_s:
        raise click.ClickException(f"{name} answered {bad or 'nothing'}; there is no figure")


def _cpu_s(server: Child) -> float:
    process = psutil.Process(server.process.pid)
    times = [p.cpu_times() for p in [process, *process.children(recursive=True)]]
    return float(sum(time.user + time.system for time in times))


def _get_pair(stack: Stack, exits: ExitStack) -> list[Subject]:
    """Make the pair for GET /data: no hop in front, the token verified each time."""
    ports = Ports.free()
    command = [_program("gunicorn"), "--config=app/gunicorn_conf.py", "benchmarks.ceilings:app"]
    env = {"HOST": "127.0.0.1", "PORT": str(ports.api), "WORKERS": str(WORKERS)}
    env["THREADS"] = str(THREADS)
    ceiling = exits.enter_context(Child("ceiling", command, layout.FOLDER / "ceiling.log", env))
    ceiling.wait_until(lambda: answers(f"{ports.url('api')}/data"))
    token = mint(stack.ports.url("issuer"), layout.READER, layout.API_AUDIENCE)
    return [
        Subject(name, url, [request("GET", f"{url}/data", bearer(token))], server, GET_CONNECTIONS)
        for name, url, server in (
            ("GET: constant route", ports.url("api"), ceiling),
            ("GET /data", stack.ports.url("api_service"), stack.children["api"]),
        )
    ]


def _push_pair(stack: Stack, exits: ExitStack) -> list[Subject]:
    """Make the pair for ingest: each behind a signer and a front door of its own."""
    ports = Ports.free()
    command = [_program("functions-framework"), "--source=benchmarks/ceilings.py", "--target=empty"]
    env = {"HOST": "127.0.0.1", "PORT": str(ports.function_service), "WORKERS": "1"}
    env["THREADS"] = str(layout.FUNCTION_THREADS)
    empty = exits.enter_context(Child("empty", command, layout.FOLDER / "empty.log", env))
    edge = [sys.executable, "-m", "local.edge", json.dumps(asdict(ports))]
    exits.enter_context(Child("edge", edge, layout.FOLDER / "edge-empty.log"))
    empty.wait_until(lambda: answers(ports.url("signer")))
    bodies = [push(number) for number in range(500)]
    return [
        Subject(
            name, url, [request("POST", url, {}, body) for body in bodies], server, PUSH_CONNECTIONS
        )
        for name, url, server in (
            ("ingest: empty endpoint", ports.url("signer"), empty),
            ("ingest", stack.ports.url("signer"), stack.children["function"]),
        )
    ]


def _program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


@contextmanager
def _stack() -> Iterator[Stack]:
    """Run the pipeline with data-api straight on the network, verifying tokens itself."""
    changes = {
        "AUTH_MODE": "verify",
        "WORKERS": str(WORKERS),
        "THREADS": str(THREADS),
        "RATE_LIMIT_PER_MINUTE": str(RATE_LIMIT),
    }
    layout.FOLDER.mkdir(exist_ok=True)
    with Stack(Ports.free(), pubsub="embedded", api_changes=changes) as stack:
        url = stack.ports.url("signer")
        for number in range(20):
            requests.post(url, data=push(number), timeout=10).raise_for_status()
        yield stack


@click.group()
def main() -> None:
    """Measure the services on this machine."""


@main.command()
@click.option("--rounds", default=5, show_default=True)
@click.option("--seconds", default=4.0, show_default=True, help="Of each round.")
def bench(rounds: int, seconds: float) -> None:
    """Compare each service with the same server doing nothing."""
    table = Table(title=f"medians of {rounds} rounds, in turn", title_justify="left")
    for column in ("what", "requests/s", "server CPU ms/request", "ratio", "goal"):
        table.add_column(column, justify="left" if column == "what" else "right")
    with _stack() as stack, ExitStack() as exits:
        for pair, goal in ((_get_pair, GET_GOAL), (_push_pair, PUSH_GOAL)):
            subjects = pair(stack, exits)
            ceiling, subject = measure(subjects, rounds, seconds)
            ratios = [b / a for a, b in zip(ceiling.rates, subject.rates, strict=True)]
            for named, result in zip(subjects, (ceiling, subject), strict=True):
                last = named is subjects[-1]
                table.add_row(
                    named.name,
                    f"{statistics.median(result.rates):.0f}",
                    f"{statistics.median(result.cpu_ms):.2f}",
                    f"{statistics.median(ratios):.2f}" if last else "1",
                    f"{goal}" if last else "",
                )
    console.print(table)
    console.print(
        f"GET: {WORKERS} workers, {THREADS} threads, {GET_CONNECTIONS} connections, "
        f"rate limit raised to {RATE_LIMIT} a minute; ingest: 1 worker, "
        f"{layout.FUNCTION_THREADS} threads, {PUSH_CONNECTIONS} connections"
    )


@main.command("trace-cost")
@click.option("--requests", default=2000, show_default=True, help="Of each variant.")
def trace_cost(requests: int) -> None:
    """Tell what traces add to a request, in microseconds."""
    traces.cost(requests, console)


@main.command()
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--calibrate", default=4.0, show_default=True, help="Seconds to find the ceiling.")
def load(seconds: float, calibrate: float) -> None:
    """Read GET /data at half of the ceiling, on a schedule; no answer may be a 5xx."""
    with _stack() as stack, ExitStack() as exits:
        subjects = _get_pair(stack, exits)
        ceiling = measure(subjects[:1], 1, calibrate)[0].rates[0]
        subject = subjects[1]
        tally = asyncio.run(
            drive(
                subject.url,
                subject.raw_requests,
                connections=subject.connections,
                seconds=seconds,
                rate=ceiling / 2,
            )
        )
    statuses = ", ".join(f"{status}: {count}" for status, count in tally.statuses.items())
    median, late, latest = (tally.percentile_s(share) * 1000 for share in (0.5, 0.95, 0.99))
    console.print(
        f"{tally.rate:.0f} requests/s for {tally.seconds:.0f} s (asked for {ceiling / 2:.0f}); "
        f"{statuses}; median {median:.1f} ms, p95 {late:.1f} ms, p99 {latest:.1f} ms"
    )
    if set(tally.statuses) != {200}:
        raise click.ClickException("only 200 was expected")


if __name__ == "__main__":
    main(prog_name="benchmarks")

"""What the hardened containers are proven to do and not to do, while the pipeline runs in them."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path

import requests
from rich.console import Console
from rich.table import Table

from images import engine
from images.layout import TARGETS, built
from local import layout
from local.caller import bearer, mint
from local.containers import Containers
from local.faults import Fault, FaultProxy
from local.layout import ROOT, LocalError, Ports
from local.serving import serving
from local.stack import Stack, answers

PROBE = ROOT / "images" / "probe.py"
FOLDER = layout.FOLDER / "hardened"
METADATA_SERVER = "169.254.169.254:80"
"""Where a container gets credentials in the cloud."""
OUTSIDE = "192.0.2.1:443"
"""Nobody's (RFC 5737): a way to it would be a way to everywhere."""
PLATFORM_PATIENCE_S = 10.0
"""Cloud Run kills that long after SIGTERM."""
START_TIMEOUT_S = 30.0


def built_containers() -> Containers:
    """Take the images that `make image` built.

    Raises:
        LocalError: there are none.
    """
    if missing := [target for target in TARGETS if not built(target).exists()]:
        raise LocalError(f"no image of {', '.join(missing)}: make image builds them")
    runner = engine.choose()
    return Containers(runner, {target: runner.load(built(target)) for target in TARGETS})


def prove(containers: Containers, pubsub: str, console: Console) -> list[str]:
    """Prove what a hardened container does and does not do; print it and return the faults."""
    table = Table(title="What the containers do, and what they cannot", title_justify="left")
    table.add_column("what")
    table.add_column("found", justify="right")
    faults = []
    for name in TARGETS:
        seconds = seconds_to_first_200(containers, name, FOLDER)
        table.add_row(f"{name}: start to first 200", f"{seconds:.2f} s")
    ports = Ports.free()
    with Stack(ports, pubsub=pubsub, folder=FOLDER, containers=containers):
        for name in TARGETS:
            outcomes = probe(containers, name, ports)
            let_through = not_refused(outcomes)
            faults += [f"{name}: {each}" for each in let_through]
            refused = len(outcomes) - len(let_through)
            table.add_row(f"{name}: attempts refused", f"{refused} of {len(outcomes)}")
    statuses, exit_status, seconds = end_while_reading(containers, pubsub, FOLDER)
    in_time = seconds < PLATFORM_PATIENCE_S
    if statuses != [HTTPStatus.OK] * len(statuses) or exit_status or not in_time:
        faults.append("SIGTERM: reads in flight did not end well")
    answered = ", ".join(map(str, statuses))
    table.add_row("SIGTERM: reads in flight", answered)
    table.add_row("SIGTERM: exit status, time", f"{exit_status}, {seconds:.1f} s")
    console.print(table)
    for fault in faults:
        console.print(f"FAULT {fault}", style="bold red")
    return faults


def probe(containers: Containers, name: str, ports: Ports) -> dict[str, str]:
    """Try from inside of a service's container what must be refused; map attempts to outcomes."""
    others = [
        ports.pubsub,
        ports.signer,
        getattr(ports, "api" if name == "function" else "function"),
    ]
    places = {
        "reachable": [f"127.0.0.1:{ports.bigquery}", f"127.0.0.1:{ports.issuer}"],
        "unreachable": [*(f"127.0.0.1:{port}" for port in others), METADATA_SERVER, OUTSIDE],
    }
    printed = containers.inside(name, PROBE.read_text("utf-8"), json.dumps(places))
    outcomes: dict[str, str] = json.loads(printed)["outcomes"]
    return outcomes


def not_refused(outcomes: dict[str, str]) -> list[str]:
    """List the attempts that came to anything."""
    return [
        f"{name}: {outcome}"
        for name, outcome in outcomes.items()
        if not outcome.startswith("refused: ")
    ]


def seconds_to_first_200(containers: Containers, name: str, folder: Path) -> float:
    """Start a service's container alone; measure from there to the first 200 of its liveness."""
    folder.mkdir(parents=True, exist_ok=True)
    ports = Ports.free()
    environment = getattr(layout, f"{name}_environment")(ports)
    url = f"{ports.url(f'{name}_service')}/health/live"
    with ExitStack() as exits:
        child = containers.start(name, environment, ports, folder, exits)
        started = time.monotonic()
        while not answers(url):
            if time.monotonic() - started > START_TIMEOUT_S or child.process.poll() is not None:
                raise LocalError(f"{name} did not start in its container; see {child.log_path}")
            time.sleep(0.01)
        return time.monotonic() - started


def end_while_reading(
    containers: Containers, pubsub: str, folder: Path
) -> tuple[list[int], int, float]:
    """Send SIGTERM while four reads wait for a slow BigQuery.

    Returns the reads' status codes, the container's exit status and the seconds that it took.
    """
    ports = Ports.free()
    proxy = FaultProxy(ports.url("bigquery"))
    with serving(proxy.application()) as url:
        detour = {"bigquery": int(url.rpartition(":")[2])}
        detoured = replace(containers, detours=detour, names={})
        with Stack(ports, pubsub=pubsub, folder=folder, containers=detoured) as stack:
            proxy.plan(Fault("slow", path="queries", seconds=2.0, times=None))
            headers = bearer(mint(ports.url("issuer"), layout.READER, layout.API_AUDIENCE))
            with ThreadPoolExecutor(4) as pool:
                reads = [
                    pool.submit(
                        requests.get, f"{ports.url('api')}/data?limit={number}", headers=headers
                    )
                    for number in range(1, 5)
                ]
                time.sleep(1.0)
                seconds = stack.children["api"].stop()
                statuses = [read.result().status_code for read in reads]
            return statuses, stack.children["api"].process.returncode, seconds

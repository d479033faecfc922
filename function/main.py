"""The entry point: `functions-framework --source function/main.py --target ingest_data`.

functions-framework calls `ingest_data` for every path and method. Its own event signature is not
used: it answers an endless 500 to a message of attributes alone, and its error page repeats the
request's headers.
"""

import os
from collections.abc import Callable

from flask import Request, Response
from gunicorn.config import ControlSocketDisable

from function.batching import Commit, GroupCommit
from function.ingest import Ingest
from function.settings import Settings
from function.sink import Sink
from servicekit import contract
from servicekit.bigquery import BigQueryConnection
from servicekit.identity import TokenVerifier
from servicekit.logs import Log, capture_standard_logging
from servicekit.readiness import Readiness
from servicekit.settings import SettingsError


def _assemble(settings: Settings) -> Callable[[Request], Response]:
    log = Log(settings.project_id)
    capture_standard_logging(log)
    connection = BigQueryConnection(settings.project_id, settings.bigquery_emulator_url)
    dataset = f"{settings.project_id}.{settings.dataset}"
    names = [f"{dataset}.{name}" for name in (settings.table_name, settings.quarantine_table_name)]
    tables = [Sink(connection, name) for name in names]
    commits: list[Commit] = [
        GroupCommit(
            table.write,
            linger_s=settings.batch_linger_s,
            deadline_s=settings.delivery_deadline_s,
        )
        for table in tables
    ]

    def check() -> None:
        for table in tables:
            table.check()

    tracing = None
    if settings.traces:
        from function.traced import Tracing  # noqa: PLC0415 - without traces nobody waits for them

        tracing = Tracing(settings.traces, log)
        commits = [tracing.commit(*pair) for pair in zip(commits, names, strict=True)]
    ingest = Ingest(
        settings=settings,
        contract=contract.load(),
        verifier=TokenVerifier(settings.identity),
        records=commits[0],
        poison=commits[1],
        readiness=Readiness(check),
        log=log,
        observe=tracing.observe if tracing else None,
    )
    return tracing.view(ingest.answer) if tracing else ingest.answer


try:
    _settings = Settings.from_env(os.environ)
except SettingsError as error:
    raise SystemExit(str(error)) from None
_answer = _assemble(_settings)

# The framework makes its server after it has read this file, out of these two; its own default
# is four threads for each core.
os.environ.update(THREADS=str(_settings.threads), WORKERS="1")
# Else there would be a socket in /tmp through which whoever reaches it directs the server; the
# framework has no way to say so.
ControlSocketDisable.default = True


def ingest_data(request: Request) -> Response:
    """Take one push request of Pub/Sub's."""
    return _answer(request)

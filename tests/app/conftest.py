"""data-api with a store in memory, and what must hold of every log that it ever wrote."""

from functools import partial

import pytest

from tests.app.doubles import MARK, SECRET, Api
from tests.app.production import running


@pytest.fixture
def start(issuer, signing_keys):
    """Start data-api; afterwards no log of the test may hold a token, a row or a failure's text."""
    started = []

    def start(*, keys=signing_keys, **changes):
        started.append(Api(issuer, keys, **changes))
        return started[-1]

    yield start
    for api in started:
        logged = api.stream.getvalue()
        assert logged.isascii()
        # Every JWT begins like this: it is base64 of `{"`.
        for forbidden in ("eyJ", MARK, SECRET):
            assert forbidden not in logged


@pytest.fixture
def api(start):
    """data-api as usual."""
    return start()


@pytest.fixture
def serve(token_issuer, faults, dataset, tmp_path):
    """Run the API in a process, on this dataset, with changes of its environment."""
    return partial(
        running,
        tmp_path / "api.log",
        DATASET=dataset,
        KEYS_URL=token_issuer.keys_url,
        BIGQUERY_EMULATOR_HOST=faults.url,
    )


@pytest.fixture
def served(serve):
    """The running API; its `url` and its process."""
    with serve() as child:
        yield child

"""The local pipeline, for what runs beside it."""

import pytest

from local.layout import Ports
from local.stack import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stack")
    with Stack(Ports.free(), pubsub="embedded", folder=folder) as running:
        yield running

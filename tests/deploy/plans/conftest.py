"""A storage emulator that keeps Cloud Storage's preconditions, which it does not by itself."""

import threading
from http import HTTPStatus

import pytest
import requests
from gcp_storage_emulator import exceptions, server

from local.layout import free_ports

CHANGING = ("POST", "DELETE")
GUARD = threading.Lock()


def conditional(handler):
    """Refuse what `ifGenerationMatch` forbids; 0 stands for "there is none".

    Source: https://cloud.google.com/storage/docs/request-preconditions
    """

    def handle(request, response, storage):
        wanted = request.query.get("ifGenerationMatch")
        if request.method not in CHANGING or wanted is None:
            handler(request, response, storage)
            return
        name = request.params.get("object_id") or request.query["name"][0]
        with GUARD:
            try:
                there = storage.get_file_obj(request.params["bucket_name"], name)["generation"]
            except exceptions.NotFound:
                there = "0"
            if there == wanted[0]:
                handler(request, response, storage)
            else:
                assert request.method == "DELETE" or request.data is not None
                response.status = HTTPStatus.PRECONDITION_FAILED

    return handle


@pytest.fixture
def storage(monkeypatch):
    """The emulator's address, with the bucket `b`."""
    guarded = tuple(
        (path, {method: conditional(handler) for method, handler in handlers.items()})
        for path, handlers in server.HANDLERS
    )
    monkeypatch.setattr(server, "HANDLERS", guarded)
    (port,) = free_ports(1)
    running = server.create_server("127.0.0.1", port, in_memory=True)
    running.start()
    address = f"http://127.0.0.1:{port}"
    made = requests.post(f"{address}/storage/v1/b?project=p", json={"name": "b"}, timeout=5)
    made.raise_for_status()
    yield address
    running.stop()

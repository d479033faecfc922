"""What the same servers do when there is nothing to do: the ceilings that we are measured by."""

from flask import Flask, Request, Response

ROWS = b"[" + b",".join(b'{"id":%d,"name":"row"}' % number for number in range(10)) + b"]\n"


app = Flask("ceiling", static_folder=None)


@app.get("/data")
def constant() -> Response:
    """Answer ten constant rows."""
    return Response(ROWS, content_type="application/json")


def empty(request: Request) -> Response:
    """Take a push and do nothing with it."""
    request.get_data()
    return Response(status=204)

# Both services, each from the same pinned bases: `make image`. How to update the digests:
# docs/images.md.
#
# The builder must have the runtime's Python minor and Debian release, or compiled wheels would be
# for another Python or another libc; tests/images/ compares them.
FROM gcr.io/distroless/python3-debian13:nonroot@sha256:774595d652a294b54c9bd575b2d9fdd1a4b47547dc17b8bfa4c0e953c64855b3 AS runtime
# Python runs no `.pth` file from a PYTHONPATH folder, as it does from a virtual environment's.
ENV PYTHONPATH=/app/dependencies:/app \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PYTHONNOUSERSITE=1 \
    HOME=/tmp
USER 65532:65532

FROM docker.io/library/python:3.13-slim-trixie@sha256:3dd7cc108ec1493442514f5c2a871af6af0ec31d768ff6e378a93340c3b3db5f AS builder
WORKDIR /build
COPY --from=runtime /usr/lib/python3.13 /stdlib
COPY images/assemble.py ./
COPY schema /app/schema
COPY servicekit /app/servicekit

FROM builder AS build-api
# Another lock is installed as well if it is named here: traces.txt, for traces (docs/observability.md).
COPY requirements/api.txt ./
COPY app /app/app
RUN ["python3", "assemble.py", "gunicorn.__main__", "gunicorn.app.wsgiapp", "gunicorn.glogging", "gunicorn.workers.gthread", "logging.config", "concurrent.futures.thread", "urllib3.contrib.socks", "app.gunicorn_conf", "app.server", "app.traced", "servicekit.traces", "google.cloud.bigquery"]

FROM builder AS build-function
COPY requirements/function.txt ./
COPY function /app/function
RUN ["python3", "assemble.py", "functions_framework.__main__", "functions_framework._http.gunicorn", "gunicorn.glogging", "gunicorn.workers.gthread", "urllib3.contrib.socks", "function.main", "function.ingest", "function.batching", "function.sink", "function.traced", "servicekit.traces", "google.cloud.bigquery"]

FROM runtime AS api
COPY --from=build-api /compiled /usr/lib/python3.13
COPY --from=build-api /app /app
WORKDIR /app
ENTRYPOINT ["/usr/bin/python3.13", "-m", "gunicorn", "--config=app/gunicorn_conf.py"]

FROM runtime AS function
COPY --from=build-function /compiled /usr/lib/python3.13
COPY --from=build-function /app /app
WORKDIR /app
ENTRYPOINT ["/usr/bin/python3.13", "-m", "functions_framework", "--source=function/main.py", "--target=ingest_data"]

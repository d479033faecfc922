# What data-api would be without a second stage: the yardstick for `make image-compare`.
FROM docker.io/library/python:3.13-slim-trixie@sha256:3dd7cc108ec1493442514f5c2a871af6af0ec31d768ff6e378a93340c3b3db5f AS slim
WORKDIR /app
COPY requirements/api.txt ./
RUN ["python3", "-m", "pip", "install", "--no-cache-dir", "--no-deps", "--require-hashes", "-r", "api.txt"]
COPY schema schema
COPY servicekit servicekit
COPY app app
USER 65532:65532
CMD ["gunicorn", "--config=app/gunicorn_conf.py"]

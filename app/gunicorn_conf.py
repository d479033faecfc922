"""How gunicorn serves data-api: `gunicorn --config app/gunicorn_conf.py`."""

import os

from servicekit.logs import Log, StandardHandler

wsgi_app = "app.server:from_environment()"
bind = f"{os.environ.get('HOST', '0.0.0.0')}:{os.environ.get('PORT', '8080')}"  # noqa: S104 # nosec B104 - Cloud Run needs it
worker_class = "gthread"
workers = int(os.environ.get("WORKERS", "1"))
# As many as requests that Cloud Run sends to one instance at a time: more would queue unseen.
threads = int(os.environ.get("THREADS", "16"))
# Cloud Run kills 10 s after SIGTERM.
graceful_timeout = 8
keepalive = 75
# It would be a socket in /tmp through which whoever reaches it directs the server.
control_socket_disable = True
limit_request_line = 8190
accesslog = None  # Cloud Run writes the request log
loglevel = "warning"
# gunicorn repeats what it was sent when that is no HTTP, so its lines need our escaping too.
logconfig_dict = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {
        "json": {"()": StandardHandler, "log": Log(os.environ.get("PROJECT_ID", "unknown"))}
    },
    "root": {"level": "WARNING", "handlers": ["json"]},
    "loggers": {"gunicorn.error": {"level": "WARNING", "handlers": ["json"], "propagate": False}},
}

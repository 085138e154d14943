"""What gunicorn takes from here by itself, whoever starts it: `gunicorn wsgi:app`.

Each open page of an agent holds one thread, so every process needs one thread for each agent and
some 32 for the rest.
"""

from pathlib import Path

from hub.intake import pulse
from hub.live.watcher import stop_with_the_process

worker_class = "gthread"
threads = 64
# Longer than a proxy keeps an idle connection: it must not send a delivery into one that closes.
keepalive = 75
graceful_timeout = 5
control_socket_disable = True
# Heartbeat files on a memory file system: a slow disk must not look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def post_worker_init(worker) -> None:
    """Show that deliveries can come in; end the open streams when the process is told to stop, so
    that it need not wait."""
    pulse.start(worker.wsgi)
    stop_with_the_process(worker.wsgi)

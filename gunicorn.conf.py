"""What gunicorn takes from here by itself, whoever starts it: `gunicorn wsgi:app`.

Each open page of an agent holds one thread, so every process needs one thread for each agent and
some 32 for the rest. A thread is made when it is first needed: a high number costs nothing.
"""

from pathlib import Path

from hub.intake import pulse
from hub.live.watcher import spare_threads, stop_with_the_process

worker_class = "gthread"
threads = 264
# Longer than a proxy keeps an idle connection: it must not send a delivery into one that closes.
keepalive = 75
graceful_timeout = 5
control_socket_disable = True
# Heartbeat files on a memory file system: a slow disk must not look like a dead worker.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108


def post_worker_init(worker) -> None:
    """Show that deliveries can come in; end the open streams when the process is told to stop, so
    that it need not wait; keep them from taking all threads."""
    pulse.start(worker.wsgi)
    spare_threads(worker.wsgi, worker.cfg.threads)
    stop_with_the_process(worker.wsgi)

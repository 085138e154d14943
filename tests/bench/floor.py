"""The machine's floor: what Flask costs by itself here, and with one committed insert. Served by
the same gunicorn with the same settings, on a table of its own in the same database.

`gunicorn tests.bench.floor:app`, with DATABASE_URL.
"""

import os
from hashlib import sha256

from flask import Flask, request
from sqlalchemy import Column, Identity, LargeBinary, MetaData, String, Table, create_engine, insert

from hub.database import BigInt  # which sets every SQLite connection up as the hub's are
from hub.live import watcher

metadata = MetaData()
kept = Table(
    "bench_floor",
    metadata,
    Column("id", BigInt, Identity(), primary_key=True),
    Column("digest", String(64), unique=True),
    Column("body", LargeBinary),
)
engine = create_engine(os.environ.get("DATABASE_URL", "sqlite://"))
app = Flask(__name__)
watcher.install(app)  # gunicorn.conf.py tells it when the process ends


@app.post("/bare")
def bare() -> str:
    """Read the body, say something."""
    request.get_data()
    return "Kept."


@app.post("/insert")
def keep() -> str:
    """The same with one row, committed."""
    body = request.get_data()
    with engine.begin() as connection:
        connection.execute(insert(kept).values(digest=sha256(body).hexdigest(), body=body))
    return "Kept."

"""`./hub.sh bench-data`: fill a hub with years of work and measure its pages.

The same is measured on a hub with ten thousand tickets: a page may not take much longer because
there is more that it does not show. The exit code is 1 when something took longer than it may.
"""

import argparse
import logging
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import func, select

from hub.accounts.models import User
from hub.channels import accounts
from hub.channels.models import Account
from hub.clock import now
from hub.extensions import db
from hub.routing.models import Department
from hub.tickets.models import Message
from tests.bench import machine
from tests.bench.installation import EMBEDDED, GROWN, Installation, Shape, installed
from tests.bench.load import Figures
from tests.bench.volume import asking
from tests.bench.volume.asking import Question
from tests.bench.volume.filling import filling, write
from tests.bench.volume.indexing import index_all
from tests.bench.volume.rows import Council, Years

SMALL = 10_000
FULL = {EMBEDDED: 100_000, GROWN: 1_000_000}
SHAPES = {"embedded": (EMBEDDED,), "grown": (GROWN,), "both": (EMBEDDED, GROWN)}
#: How much longer a page may take on the full hub than on the small one.
MOST_GROWTH = 1.5
REPLY_BAR = 25


def main() -> int:
    options = _options()
    logging.disable(logging.INFO)  # of the server of databases, which tells each step
    missed = []
    with tempfile.TemporaryDirectory(prefix="hub-volume-", dir=options.folder) as name:
        for fact, value in machine.facts(Path(name)):
            _say(f"{fact:<24}{value}")
        for shape in SHAPES[options.shape]:
            full = options.tickets or FULL[shape]
            few = _measured(shape, SMALL, Path(name) / f"{shape.engine}-few", options.times)
            many = _measured(shape, full, Path(name) / f"{shape.engine}-many", options.times)
            missed += _compared(shape, few, many)
    for line in missed:
        _say(f"MISSED  {line}")
    _say("Each page took no longer than it may." if not missed else "")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./hub.sh bench-data", description=__doc__)
    parser.add_argument("--shape", choices=SHAPES, default="both")
    parser.add_argument(
        "--tickets", type=int, help="How many; SQLite 100,000, PostgreSQL 1,000,000."
    )
    parser.add_argument("--times", type=int, default=200, help="How often each page is asked for.")
    parser.add_argument("--folder", help="Where databases are made; the disk decides much.")
    return parser.parse_args()


def _measured(
    shape: Shape, tickets: int, folder: Path, times: int
) -> dict[str, tuple[float, Figures]]:
    """name -> (bar, figures), on a new hub with so many tickets."""
    with installed(shape, folder) as installation:
        begun = time.perf_counter()
        _fill(tickets)
        index_all(installation, tickets)
        rare_word = _rare_word()
        messages = db.session.scalar(select(func.count()).select_from(Message))
        db.session.remove()
        seconds = time.perf_counter() - begun
        _say(f"\n== {shape.name}: {tickets} tickets, {messages} messages, made in {seconds:.0f} s")
        installation.start_web(1)
        return dict(_ask_all(installation, rare_word, times))


def _ask_all(
    installation: Installation, rare_word: str, times: int
) -> Iterator[tuple[str, tuple[float, Figures]]]:
    for question in asking.questions(rare_word):
        figures = asking.ask(installation, question, times)
        _say_figures(question, figures)
        yield question.name, (question.bar, figures)
    stored = Question("a reply stored", REPLY_BAR, [])
    figures = asking.replies(installation, times)
    _say_figures(stored, figures)
    yield stored.name, (REPLY_BAR, figures)


def _fill(tickets: int) -> None:
    """Years of work."""
    asking.add_rare_agent()
    accounts.connect("web", "form", name="Formulaire", credentials={})
    years = Years(_council(), tickets, now())
    tables = db.metadata.tables
    names = ("contact", "identity", "ticket", "message", "event", "tag")
    filled = [tables[name] for name in ("publication", *names)]
    with filling(filled) as connection:
        write(connection, tables["publication"], years.publications())
        for chunk in years.chunks():
            for name in names:
                write(connection, tables[name], getattr(chunk, name))


def _council() -> Council:
    found = Council(
        departments=dict(db.session.execute(select(Department.slug, Department.id)).all()),
        accounts=dict(db.session.execute(select(Account.channel, Account.id)).all()),
        agents=list(db.session.scalars(select(User.id).order_by(User.id))),
    )
    db.session.remove()
    return found


def _rare_word() -> str:
    """The name of a street that somebody lives in."""
    query = select(Message.text).where(Message.text.contains(" rue ")).limit(200)
    texts = db.session.scalars(query).all()
    db.session.remove()
    return next(found[1] for text in texts if (found := re.search(r" rue (\w{9,})", text)))


def _compared(
    shape: Shape,
    few: dict[str, tuple[float, Figures]],
    many: dict[str, tuple[float, Figures]],
) -> Iterator[str]:
    """What took longer than it may, in words."""
    for name, (bar, figures) in many.items():
        p95, before = figures.quantile(0.95), few[name][1].quantile(0.95)
        if not p95 < bar:
            yield f"{shape.name}, {name}: p95 {p95:.0f} ms, the bar is {bar:.0f} ms"
        if not p95 <= before * MOST_GROWTH:
            yield f"{shape.name}, {name}: p95 {p95:.1f} ms, with few tickets {before:.1f} ms"


def _say_figures(question: Question, figures: Figures) -> None:
    others = "".join(f", {count} x {what}" for what, count in figures.others.items())
    p50, p95 = figures.quantile(0.5), figures.quantile(0.95)
    mark = "" if p95 < question.bar else "   OVER"
    times = f"p50 {p50:6.1f}  p95 {p95:6.1f} ms of {question.bar:.0f}"
    _say(f"   {question.name:<28}{times}{mark}{others}")


def _say(line: str) -> None:
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

"""`./hub.sh torture`: a hub of each shape, both at once, or of one."""

import logging
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import click

from tests.laws.continuity import torture
from tests.laws.continuity.postgresql import empty_database
from tests.laws.continuity.processes import ROOT, SHAPES, Shape


@click.command("torture")
@click.option("--seed", type=int, help="Of an earlier run. Default: a new one.")
@click.option("--inbound", default=2000, show_default=True, help="Messages of citizens.")
@click.option("--outbound", default=500, show_default=True, help="Answers.")
@click.option("--seconds", default=300, show_default=True, help="How long the storm lasts.")
@click.option("--shape", type=click.Choice(SHAPES), help="One alone. Default: both at once.")
def main(seed: int | None, inbound: int, outbound: int, seconds: int, shape: Shape | None) -> None:
    """Kill, cut off and mislead a hub while citizens and agents speak, then compare what it shows
    with what stands on the platforms. Exit code 1 when a message is lost, doubled or changed."""
    if seed is None:
        seed = secrets.randbelow(10**6)
    options = {"seed": seed, "inbound": inbound, "outbound": outbound, "seconds": seconds}
    sys.exit(_one(shape, **options) if shape else _each(**options))


def _each(**options: int) -> int:
    """A process for each shape: they have nothing in common. Gives the exit code."""
    given = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "tests.laws.continuity", *given]
    running = [subprocess.Popen([*command, f"--shape={shape}"], cwd=ROOT) for shape in SHAPES]
    signal.signal(signal.SIGTERM, _stop)
    try:
        return max(process.wait() for process in running)
    finally:
        for process in running:
            process.terminate()
            process.wait()


def _one(shape: Shape, **options: int) -> int:
    """Gives the exit code."""
    signal.signal(signal.SIGTERM, _stop)
    logging.getLogger("werkzeug").setLevel(logging.WARNING)  # a line for each call of the hub
    folder = Path(tempfile.mkdtemp(prefix="hub-torture-"))
    began = time.monotonic()

    def say(line: str) -> None:
        click.echo(f"{shape:8} {time.monotonic() - began:5.0f} s  {line}")

    say(f"seed {options['seed']}, in {folder}")
    with ExitStack() as stack:
        grown = shape == "grown"
        database = stack.enter_context(empty_database(folder / "postgresql")) if grown else ""
        differences = torture.run(shape, folder, database, say=say, **options)
    for difference in differences:
        say(f"WRONG: {difference}")
    say(f"{len(differences)} differences, with seed {options['seed']}")
    return 1 if differences else 0


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Leave as Ctrl-C does: the processes of the hub must not outlive us."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()

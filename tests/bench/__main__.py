"""`./hub.sh bench`: measure the hub on this machine and print the figures."""

import argparse
import logging
import sys
import tempfile
from pathlib import Path

from tests.bench import crowd, machine, measures, timing
from tests.bench.installation import EMBEDDED, GROWN, Installation, Shape, installed
from tests.bench.timing import Clock

SHAPES = {"embedded": (EMBEDDED,), "grown": (GROWN,), "both": (EMBEDDED, GROWN)}


def main() -> None:
    options = _options()
    logging.disable(logging.INFO)  # of the server of databases, which tells each step
    with tempfile.TemporaryDirectory(prefix="hub-bench-", dir=options.folder) as name:
        folder = Path(name)
        for fact, value in machine.facts(folder):
            _say(f"{fact:<24}{value}")
        for number, shape in enumerate(SHAPES[options.shape]):
            with installed(shape, folder / str(number)) as installation:
                _measure(shape, installation, options)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./hub.sh bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="Short, to see that it works.")
    parser.add_argument("--shape", choices=SHAPES, default="both")
    parser.add_argument("--rate", type=float, default=200, help="Deliveries a second to hold.")
    parser.add_argument("--seconds", type=float, help="How long to hold it; 60, quick: 10.")
    parser.add_argument("--folder", help="Where databases are made; the disk decides much.")
    options = parser.parse_args()
    options.seconds = options.seconds or (10 if options.quick else 60)
    return options


def _measure(shape: Shape, installation: Installation, options: argparse.Namespace) -> None:
    size = 1 if options.quick else 5
    _say(f"\n== {shape.name}: web x{shape.web}, worker x{shape.workers}")
    _say_costs(measures.costs(installation, rounds=2 * size, each=50))
    figures = measures.accepted(installation, 400 * size)
    _line("accepted webhooks", f"{figures.rate:.0f}/s", _others(figures))
    rate, cpu = measures.drained(installation)
    _line("to a routed ticket, one worker", f"{rate:.0f}/s", f"{cpu:.1f} ms of processor each")
    _line("answers out, one worker", f"{measures.replies(installation, 60 * size):.0f}/s")
    held = measures.sustained(installation, options.rate, options.seconds)
    figures = held.figures
    _line(
        f"{options.rate:.0f}/s for {options.seconds:.0f} s",
        f"p50 {figures.quantile(0.5):.1f}  p99 {figures.quantile(0.99):.1f} ms",
        f"worst {figures.quantile(1):.0f} ms, {figures.rate:.0f}/s accepted{_others(figures)}",
    )
    _line(
        "  routed meanwhile", f"{held.filed:.0f}/s", f"{held.left} left, {held.emptied:.0f} s more"
    )
    _line("  the generator itself", f"{100 * held.own_cpu:.0f} % of one processor")
    for name, (rss, pss) in held.memory.items():
        _line(f"  memory of {name}", f"{pss:.0f} MiB", f"RSS {rss:.0f} MiB")
    _say_crowd(crowd.measure(installation, 5 * size))
    _say_time("an acknowledgement", timing.of_requests(installation, 100 * size), 100 * size)
    _say_time("a message filed", timing.of_filing(installation, 100 * size), 100 * size)


def _say_crowd(found: crowd.Found) -> None:
    _line(
        f"{crowd.AGENTS} agents at once", f"{found.memory:.2f} MiB for each", _processor(found.idle)
    )
    _line("  a sign of presence", _times(found.beats), _others(found.beats).lstrip(", "))
    first, middle, last = (
        sorted(1000 * t for t in times) for times in zip(*found.delays, strict=True)
    )
    half = len(first) // 2
    _line(
        "  an event reaches",
        f"the first in {first[half]:.0f} ms",
        f"the middle {middle[half]:.0f}, the last {last[half]:.0f}, at worst {last[-1]:.0f} ms",
    )
    waits = sorted(found.waits)
    _line(
        "  with a new message a second",
        f"{found.lists.rate:.0f} lists/s",
        f"{_times(found.lists)}, {_processor(found.storm)}{_others(found.lists)}",
    )
    _line(
        "  until a list shows it",
        f"p50 {waits[len(waits) // 2]:.1f} s",
        f"p95 {waits[int(len(waits) * 0.95)]:.1f} s",
    )
    _line("  a ticket meanwhile", _times(found.pages), _others(found.pages).lstrip(", "))


def _times(figures: measures.Figures) -> str:
    return f"p50 {figures.quantile(0.5):.0f}  p95 {figures.quantile(0.95):.0f} ms"


def _processor(share: float) -> str:
    return f"{100 * share:.0f} % of a processor"


def _say_costs(found: dict[str, measures.Cost]) -> None:
    names = {"bare": "bare Flask", "insert": "floor: with one insert", "hook": "acknowledgement"}
    for key, cost in found.items():
        times = f"p50 {cost.figures.quantile(0.5):.2f}  p99 {cost.figures.quantile(0.99):.2f} ms"
        _line(names[key], times, f"{cost.cpu:.2f} ms of processor{_others(cost.figures)}")
    floor, hook = found["insert"], found["hook"]
    by_clock = hook.figures.quantile(0.5) / floor.figures.quantile(0.5)
    _line("acknowledgement / floor", f"{by_clock:.1f}", f"by processor {hook.cpu / floor.cpu:.1f}")


def _say_time(what: str, clock: Clock, number: int) -> None:
    """How much of it each door took, in milliseconds for one."""
    whole = clock.seconds.pop("all")
    rest = whole - sum(clock.seconds.values())
    _say(f"   {what}, alone in a process: {1000 * whole / number:.2f} ms, of which")
    for name, seconds in [*clock.seconds.most_common(), ("the rest, Python", rest)]:
        times = clock.times[name] / number
        often = f"{times:.1f} times" if times else ""
        _line(
            f"     {name}", f"{1000 * seconds / number:.2f} ms", f"{seconds / whole:4.0%}  {often}"
        )


def _others(figures: measures.Figures) -> str:
    return "".join(f", {count} x {what}" for what, count in figures.others.items())


def _line(*columns: str) -> None:
    first, *others = columns
    _say(f"   {first:<34}" + "".join(f"{column:<26}" for column in others))


def _say(line: str) -> None:
    sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()

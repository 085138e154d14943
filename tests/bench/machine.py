"""What the figures were measured on."""

import os
import platform
import sqlite3
import time
from pathlib import Path

import psutil


def facts(folder: Path) -> list[tuple[str, str]]:
    """Name and value, for people."""
    load = os.getloadavg()[0]
    return [
        ("processor", f"{os.cpu_count()} x {_processor()}"),
        ("memory", f"{psutil.virtual_memory().total / 2**30:.0f} GiB"),
        ("system", f"{platform.system()} {platform.release()}, Python {platform.python_version()}"),
        ("SQLite", sqlite3.sqlite_version),
        ("one fsync here", f"{1000 * fsync_seconds(folder):.2f} ms"),
        ("load when it began", f"{load:.1f}" + ("  (NOT QUIET)" if load > 0.5 else "")),
    ]


def fsync_seconds(folder: Path, times: int = 100) -> float:
    """How long the disk takes to keep four kilobytes, the middle of some."""
    taken = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _time in range(times):
            file.write(bytes(4096))
            begun = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - begun)
    return sorted(taken)[times // 2]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((x.partition(":")[2].strip() for x in lines if x.startswith("model name")), "?")

"""What processes hold in memory. Shared pages count in parts (PSS), so that the figures of several
processes may be added."""

from collections.abc import Mapping

import psutil

MEBIBYTE = 1024 * 1024


def resident(processes: Mapping[str, psutil.Process]) -> dict[str, tuple[float, float]]:
    """Name -> (RSS, PSS) in MiB, of the processes that are still there."""
    found = {}
    for name, process in processes.items():
        try:
            held = process.memory_full_info()
        except psutil.NoSuchProcess:
            continue
        found[name] = (held.rss / MEBIBYTE, held.pss / MEBIBYTE)
    return found

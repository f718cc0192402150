"""How much memory a process has held at most."""

from __future__ import annotations

import resource
import sys
from pathlib import Path


def peak_megabytes() -> float:
    """Give the most that this process has held, in MB, since it began to run its own program."""
    status = Path("/proc/self/status")
    if status.exists():
        # What getrusage says begins with what the parent held when it forked.
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) / 1024
    unit = 1 << 20 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit

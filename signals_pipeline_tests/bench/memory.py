"""How much memory a process takes."""

from pathlib import Path
from typing import Literal


def peak_mb(pid: int | Literal["self"] = "self") -> int:
    """The highest memory of a process so far, in megabytes, 0 where it has ended.

    `getrusage` would tell that of the process which started it where that is higher.
    """
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM:")), 0)

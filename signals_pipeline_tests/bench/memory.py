"""How much memory a process takes."""

from pathlib import Path
from typing import Literal


def peak_mb(pid: int | Literal["self"] = "self") -> int:
    """The highest memory of a process so far, in megabytes, 0 where it has ended.

    `getrusage` would tell that of the process which started it where that is higher.
    """
    return _kilobytes(pid, "status", "VmHWM:") // 1024


def _kilobytes(pid: int | Literal["self"], file: str, name: str) -> int:
    """A figure that the kernel tells of a process, 0 where that has ended."""
    try:
        lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)

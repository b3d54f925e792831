"""Signals that ask a process to end."""

import os
import signal

SIGNALED = 128
"""Added to the number of the signal that ended a command, as shells do."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""What asks a process to end: Ctrl-C, the system, and a terminal that is closed."""


class EndingSignals:
    """Has such signals end this process in order, and knows which of them came.

    Python notes each signal that comes in a pipe, whatever handler is in place by then: Dagster sets its own.
    """

    def __init__(self) -> None:
        """Listen from now on."""
        self._read, write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(write, False)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in ENDING:
            # What was started with nohup outlives its terminal.
            if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
                signal.signal(number, signal.default_int_handler)

    def heard(self) -> int:
        """The number of the first of them that came, 0 where none did."""
        try:
            came = os.read(self._read, 100)
        except BlockingIOError:
            return 0
        return next((number for number in came if number in ENDING), 0)

"""Safe reading: a file's bytes as one consistent whole and its text, or the reason why not."""

import errno
import hashlib
import os
import stat
import time
from dataclasses import dataclass

from signals_pipeline.core.rejects import Code

MAX_BYTES = 1_048_576
"""Size from which a file is not read: a card has about 10,000 characters."""

ATTEMPTS = 3

TICK_SECONDS = 0.02
"""Two ticks of the clock that stamps files: two writes within them may leave a file with the same times."""

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class GateError(Exception):
    """A file that is not read, and the reason."""

    def __init__(self, code: Code, reason: str, data: bytes | None = None) -> None:
        """A short code, a sentence, and the file's bytes where they were read."""
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.data = data


# Not frozen: there is one for each file, and it would take three times as long to make.
@dataclass(slots=True)
class Content:
    """What was read: the bytes, their SHA-256, and the file's state meanwhile; None where it has but one."""

    data: bytes
    sha256: str
    state: os.stat_result | None = None


def read(path: bytes) -> Content:
    """The content of a regular file.

    Raises:
        GateError: The file must not or cannot be read.
        FileNotFoundError: The file is gone.
        OSError: Too many files are open.
    """
    for _ in range(ATTEMPTS):
        content = _read_once(path)
        if content is not None:
            return content
        time.sleep(TICK_SECONDS)
    raise GateError(Code.UNSTABLE, f"The file changed each of the {ATTEMPTS} times that it was read.")


def _read_once(path: bytes) -> Content | None:
    """The content; None where the file changed meanwhile, or a moment before."""
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise GateError(Code.NOT_REGULAR_FILE, "The file is a link, a pipe or a device.") from None
        if error.errno in (errno.EMFILE, errno.ENFILE):
            # That is no fault of the file, which must not be lost for it.
            raise
        raise GateError(Code.UNREADABLE, f"The file cannot be opened: {error.strerror}.") from None
    try:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise GateError(Code.NOT_REGULAR_FILE, "The file is a link, a pipe or a device.")
        assert_size(before.st_size)
        if _is_just_written(before):
            return None
        data = _read_all(descriptor, before.st_size)
        after = os.fstat(descriptor)
    except OSError as error:
        raise GateError(Code.UNREADABLE, f"The file cannot be read: {error.strerror}.") from None
    finally:
        os.close(descriptor)
    if len(data) != after.st_size or _state(before) != _state(after):
        return None
    return Content(data, hashlib.sha256(data).hexdigest(), after)


def assert_size(size: int) -> None:
    """Raise `GateError` for a file of more bytes than are read."""
    if size > MAX_BYTES:
        raise GateError(Code.TOO_LARGE, f"The file has {size:,} bytes; at most {MAX_BYTES:,} are read.")


def _is_just_written(state: os.stat_result) -> bool:
    """Whether a further write could leave the file's times as they are."""
    return 0 <= time.time_ns() - state.st_ctime_ns < TICK_SECONDS * 1e9


def _read_all(descriptor: int, size: int) -> bytes:
    """As many bytes as the size says, or one more where the file grows meanwhile."""
    parts = []
    left = size + 1
    while left > 1 and (part := os.read(descriptor, left)):
        parts.append(part)
        left -= len(part)
    return b"".join(parts)


def _state(state: os.stat_result) -> tuple[int, int, int]:
    return state.st_size, state.st_mtime_ns, state.st_ctime_ns


def decode(data: bytes) -> str:
    """The text of a card file: strict UTF-8 without a BOM, LF line ends; `GateError` where it is none."""
    if len(data) <= 1 or data.isspace():
        raise GateError(Code.EMPTY, "The file holds nothing.", data)
    try:
        text = data.decode("utf-8").lstrip("\ufeff")
    except UnicodeDecodeError as error:
        hint = "; it looks like UTF-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ""
        reason = f"Byte 0x{data[error.start]:02X} at offset {error.start} is not UTF-8{hint}."
        raise GateError(Code.NOT_UTF8, reason, data) from None
    if "\0" in text:
        reason = f"A NUL character at offset {text.index(chr(0))}."
        raise GateError(Code.CONTROL_CHAR, reason, data)
    if not text or text.isspace():
        raise GateError(Code.EMPTY, "The file holds nothing but blanks.", data)
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text

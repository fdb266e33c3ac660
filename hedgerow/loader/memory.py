"""Giving memory back to the system after a batch."""

import ctypes


def give_back_memory() -> None:
    """Return to the system what the process has freed.

    The C library keeps what a large batch needed, more than a hundred megabytes, for the next one that may never come.
    """
    if _trim:
        _trim(0)


# Only glibc has it.
_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)

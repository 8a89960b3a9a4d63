"""Memory that a worker keeps from one picture to the next.

A picture passes through a dozen arrays of many megabytes. The C library gives each back to the system when it is
freed, and the system clears its pages anew for the next: about a tenth of a picture's CPU time. A worker does one
picture after the other, so it may as well keep them.
"""

import contextlib
import ctypes

KEPT = 256 * 2**20  # bytes at most that stay with the process while nobody uses them

# <malloc.h> of the GNU C library
_M_TRIM_THRESHOLD, _M_MMAP_MAX = -1, -4


def keep_freed_memory() -> None:
    """Have this process use freed memory again rather than give it back. Does nothing but with the GNU C library."""
    with contextlib.suppress(OSError, TypeError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_MAX, 0)  # large blocks come from the heap, where they can be used again
        mallopt(_M_TRIM_THRESHOLD, KEPT)

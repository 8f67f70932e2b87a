"""What a verb needs is imported only when it is used, and quickly.

Rules of this file: importing makes a million objects and no garbage, so the collector rests
meanwhile, and does not look at them again: not while the verb works, nor when the process ends.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def importing() -> Iterator[None]:
    """Import in this block."""
    is_first = not gc.get_freeze_count()
    gc.disable()
    try:
        yield
    finally:
        if is_first:  # later there is little to import, and there may be garbage
            gc.freeze()
        gc.enable()

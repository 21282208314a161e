"""What the user reads: progress lines with the seconds elapsed, and the one error."""

import sys
import threading
import time

_STARTED = time.monotonic()


class CareError(Exception):
    """Something the user must know or do, in one sentence; shown without a traceback."""


def elapsed():
    """Return the seconds since the command was started."""
    return time.monotonic() - _STARTED


def say(message):
    """Print one progress line; of things done side by side, each with its name."""
    thread = threading.current_thread()
    name = "" if thread is threading.main_thread() else f"{thread.name}: "
    print(f"[{elapsed():6.1f} s] {name}{message}", flush=True)


def warn(message):
    """Print one line that is no failure but should not be overlooked."""
    print(f"[{elapsed():6.1f} s] {message}", file=sys.stderr, flush=True)

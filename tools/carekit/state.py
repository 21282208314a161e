"""What has been completed so far, remembered in ``.care/state.json``.

A step is recorded only when it is complete, so an interrupted one is simply done again.
"""

import fcntl
import json
import os

from .paths import CARE, make_folders

_FILE = CARE / "state.json"


def load():
    """Return all that is remembered; an unreadable file counts as nothing remembered."""
    try:
        return json.loads(_FILE.read_text())
    except (OSError, ValueError):
        return {}


def get(key):
    """Return what was remembered under `key`, or None."""
    return load().get(key)


def put(key, value):
    """Remember `value` under `key`; None forgets it."""
    make_folders()
    with _FILE.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make demo` and `make test` may run at once
        state = load()
        state.pop(key, None)
        if value is not None:
            state[key] = value
        part = _FILE.with_suffix(".part")
        part.write_text(json.dumps(state, indent=1, sort_keys=True))
        os.replace(part, _FILE)

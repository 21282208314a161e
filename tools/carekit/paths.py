"""Where things are. All that the tools make is below CARE, one folder that git ignores."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CARE = ROOT / ".care"
LOGS = CARE / "logs"
TOOLS = ROOT / "tools"


def make_folders():
    """Create the work folder, or say in one sentence why that is impossible."""
    from .console import CareError

    try:
        LOGS.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CareError(f"{CARE} cannot be created: {error.strerror}.") from None
    if not os.access(CARE, os.W_OK):
        raise CareError(f"{CARE} belongs to another user: run as that user, or remove it.")


def shown(path):
    """Return `path` as short as it can be shown: relative to the checkout where inside it."""
    path = Path(path)
    return path.relative_to(ROOT) if path.is_relative_to(ROOT) else path

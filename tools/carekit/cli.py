"""The verbs."""

import shutil
import signal
import sys
import traceback

from .console import CareError, say
from .paths import CARE, LOGS, make_folders


def demo(arguments):
    """Start the demo."""
    from . import demo as module

    module.demo()


def test(arguments):
    """Run all checks."""
    from . import testing

    return testing.test(arguments)


def lint(arguments):
    """Run the linters."""
    from . import lint as module
    from . import venv
    from .process import only_one

    with only_one("set-up", waiting="another command is setting up, waiting for it"):
        venv.ensure("run", "dev")
    return module.lint()


def stop(arguments):
    """Stop what we started."""
    from . import database, server

    stopped = [name for name in server.started() if server.stop(name)]
    say(f"stopped: {', '.join(stopped)}" if stopped else "no server of this checkout was running")
    if database.stop():
        say("the embedded PostgreSQL is stopped")


def clean(arguments):
    """Stop, and remove all that was made."""
    from . import database

    stop(arguments)
    shutil.rmtree(database.runtime_folder(), ignore_errors=True)
    try:
        shutil.rmtree(CARE)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise CareError(f"{CARE} cannot be removed: {error}.") from None
    say(f"{CARE} is removed")


def bench(arguments):
    """Run benchmarks."""
    from . import extra

    return extra.bench(arguments)


def soak(arguments):
    """Run the long tests."""
    from . import extra

    return extra.soak(arguments)


def shots(arguments):
    """Take the screenshots."""
    from . import shots as module

    return module.shots(arguments)


def i18n(arguments):
    """Refresh the translation files."""
    from . import i18n as module

    return module.i18n()


def cdnow(arguments):
    """Grade the CDNOW customers."""
    from . import extra

    return extra.cdnow(arguments)


VERBS = {
    verb.__name__: verb for verb in (demo, test, lint, stop, clean, bench, soak, shots, i18n, cdnow)
}


def _terminated(signum, frame):
    """Treat being ended like Ctrl-C, so that programs started here are ended too."""
    raise KeyboardInterrupt


def main(arguments):
    """Run one verb; every failure is one sentence and a code other than 0."""
    verb = VERBS.get(arguments[0]) if arguments else None
    if verb is None:
        print(f"usage: python3 tools/care.py {'|'.join(VERBS)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGTERM, _terminated)
    try:
        make_folders()
        return verb(arguments[1:]) or 0
    except CareError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except Exception as error:  # a mistake of ours: the details are for a report, not the screen
        path = LOGS / "unexpected.log"
        path.write_text(traceback.format_exc())
        print(f"\nUnexpected {type(error).__name__}: {error} (log: {path})", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted; the next run goes on from here.", file=sys.stderr)
        return 130

"""Run other programs: output to a log file, signs of life on the screen, failure in one sentence.

Only programs started here are ever ended, by their recorded process id.
"""

import fcntl
import os
import shlex
import signal
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from .console import CareError, say
from .paths import CARE, LOGS, make_folders, shown

SIGN_OF_LIFE_SECONDS = 15
_interrupted = threading.Event()


def run(command, what, log, *, progress=None, timeout=None, check=True, **popen):
    """Run a long command, its output going to ``.care/logs/<log>``.

    :param what: completes the sentence "... failed", e.g. "installing the Python packages"
    :param progress: function(last log line) -> text to show as a sign of life, or None
    :param timeout: seconds after which the command is ended and counts as failed
    :return: exit code (0 unless check is False)
    :raise CareError: with the last telling line of the log
    """
    make_folders()
    path = LOGS / log
    with path.open("w") as output:
        output.write(f"$ {shlex.join(map(str, command))}\n")
        output.flush()
        try:
            child = subprocess.Popen(
                list(map(str, command)),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                **popen,
            )
        except OSError as error:
            raise CareError(f"{what} failed: {command[0]}: {error.strerror}.") from None
        code = _wait(child, what, path, progress, timeout)
    if code and check:
        raise CareError(f"{what} failed: {telling_line(path)} (log: {shown(path)})")
    return code


def _wait(child, what, path, progress, timeout):
    """Wait for the child with a sign of life; never leave it behind."""
    started = shown_at = time.monotonic()
    try:
        while True:
            try:
                return child.wait(1)
            except subprocess.TimeoutExpired:
                now = time.monotonic()
            if _interrupted.is_set():
                raise CareError(f"{what} was interrupted.")
            if timeout and now - started > timeout:
                raise CareError(f"{what} failed: no end after {timeout} s (log: {shown(path)})")
            if now - shown_at >= SIGN_OF_LIFE_SECONDS:
                shown_at = now
                note = progress and progress(last_lines(path))
                say(f"  … {note or what}")
    finally:
        if child.poll() is None:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()


def side_by_side(jobs, workers):
    """Run functions in threads, in their order, and return their results in this order.

    The first thing to go wrong, or Ctrl-C, ends the programs that the others have started.

    :param jobs: [(name, function)]; progress lines bear the name
    """

    def work(name, job):
        threading.current_thread().name = name
        return job()

    pool = ThreadPoolExecutor(workers)
    try:
        futures = [pool.submit(work, name, job) for name, job in jobs]
        return [future.result() for future in futures]
    except BaseException:
        _interrupted.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        _interrupted.clear()


def last_lines(path, size=8000):
    """Return the last lines of a log, newest last."""
    with path.open("rb") as stream:
        stream.seek(0, os.SEEK_END)
        stream.seek(max(0, stream.tell() - size))
        return stream.read().decode(errors="replace").splitlines()


def telling_line(path):
    """Return the line of a failed command's log that most likely tells why."""
    lines = [line.strip() for line in last_lines(path) if line.strip()]
    for line in reversed(lines):
        if line.lower().startswith(("error", "e:", "fatal", "npm err")) or " ERROR " in line:
            return line
    return lines[-1] if lines else "it said nothing"


def output_of(command, *, timeout=60, **kwargs):
    """Run a short command and return what it printed, or None where it failed."""
    try:
        done = subprocess.run(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            **kwargs,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None


@contextmanager
def only_one(name, waiting=None):
    """Let one command at a time do `name` in this checkout.

    :param waiting: what to say while waiting; without it a second command is refused
    """
    make_folders()
    with (CARE / f"{name}.lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not waiting:
                raise CareError(f"Another `{name}` is running in this checkout.") from None
            say(waiting)
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def is_ours(pid, marker):
    """Return whether the process `pid` is alive and has `marker` in its command line.

    A recorded process id may have been given to a stranger since: never end that one.
    """
    listed = output_of(["ps", "-ww", "-o", "command=", "-p", str(pid)])
    if listed is None and os.path.exists(f"/proc/{pid}/cmdline"):
        with open(f"/proc/{pid}/cmdline", "rb") as stream:
            listed = stream.read().replace(b"\0", b" ").decode(errors="replace")
    return bool(listed) and str(marker) in listed and not listed.rstrip().endswith("<defunct>")


def end(pid, marker, patience=15):
    """End one of our processes: politely, then firmly. Return whether there was one."""
    if not is_ours(pid, marker):
        return False
    os.kill(pid, signal.SIGTERM)
    for _ in range(patience * 10):
        if not is_ours(pid, marker):
            return True
        time.sleep(0.1)
    os.kill(pid, signal.SIGKILL)
    return True

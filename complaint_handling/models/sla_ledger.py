"""Arithmetic of a promise: plain functions over a timeline, no database.

A ledger is the list of what happened to a promise, in order: runs ``(start, stop, seconds)``
with the working time that was counted when they ended, and at most one open run
``(start, None, None)`` at the end. Closed runs keep their seconds because calendars have no
history; only the open run moves with the calendar. Moments are naive UTC, times whole seconds.
"""


def get_done(runs):
    """Return the working time of the closed runs."""
    return sum(seconds for _start, stop, seconds in runs if stop)


def get_due(timeline, runs, target):
    """Return when a promise of ``target`` seconds is due, None while no run is open.

    Where the closed runs used up more than the target, which only a shorter promise given
    later can cause, the due moment lies in the run that used it up.
    """
    left = target
    for start, stop, seconds in runs:
        if stop is None:
            return timeline.add(start, left)
        if seconds > left:
            return min(timeline.add(start, left), stop)
        left -= seconds
    return None


def get_used(timeline, runs, moment):
    """Return the working time used up at a moment, the open run included."""
    used = get_done(runs)
    if runs and not runs[-1][1]:
        used += max(0, timeline.worked(runs[-1][0], moment))
    return used


def replay(timeline, target, begin, pauses, end=None):
    """Return how a promise went, from nothing but its begin and its pauses.

    The proof of a stored ledger: the same events give the same due moment.

    :param pauses: pairs ``(moment paused, moment resumed or None)``, in order
    :param end: moment it was kept, or None
    :return: ``(runs, due)``; ``due`` is None while paused
    """
    runs, start = [], begin
    for paused, resumed in pauses:
        runs.append((start, paused, timeline.worked(start, paused)))
        start = resumed
    if start:
        runs.append((start, None, None))
    due = get_due(timeline, runs, target)
    if start and end:
        runs[-1] = (start, end, timeline.worked(start, end))
    return runs, due

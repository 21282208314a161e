"""The figures of complaints, computed once more in plain Python.

Slow and simple on purpose: loops over dicts, no SQL, no timeline.
"""

from collections import defaultdict
from datetime import datetime, time, timedelta

DAY = timedelta(days=1)
#: Monday to Friday, as the company of the tests works.
SHIFTS = [(time(8), time(12)), (time(13), time(17))]


def work_hours(start, stop):
    """Return the working hours between two moments, day by day and shift by shift."""
    total, day = timedelta(), start.date()
    while day <= stop.date():
        for begin, end in SHIFTS if day.weekday() < 5 else ():
            first = max(start, datetime.combine(day, begin))
            last = min(stop, datetime.combine(day, end))
            total += max(last - first, timedelta())
        day += DAY
    return total / timedelta(hours=1)


def clock_hours(start, stop):
    return (stop - start) / timedelta(hours=1)


def is_late(clock, now):
    if clock["date_breached"]:
        return True
    return clock["state"] == "running" and clock["date_due"] < now


def get_late(clocks, now, kind=None):
    """Return whether one of the promises was broken; None where none was given."""
    counted = [
        is_late(clock, now)
        for clock in clocks
        if clock["kind"] != "task"
        and kind in (None, clock["kind"])
        and (clock["state"] != "cancelled" or is_late(clock, now))
    ]
    return any(counted) if counted else None


def get_share(truth):
    return None if truth is None else 100.0 * truth


def get_row(case, now):
    """Return the figures of a case as a dict; None where a figure says nothing about it.

    :param case: dict of fields, with ``clocks``: dicts with their ``intervals``
    """
    answered = case["date_first_response"] or case["date_communicated"]
    row = {
        "case_count": 1,
        "open_count": int(case["stage_kind"] not in ("closed", "rejected")),
        "response_hours": None,
        "response_work_hours": None,
        "resolve_hours": None,
        "resolve_work_hours": None,
        "answered_percent": None,
        "breached_percent": get_share(get_late(case["clocks"], now)),
        "response_breached_percent": get_share(get_late(case["clocks"], now, "first_response")),
        "resolve_breached_percent": get_share(get_late(case["clocks"], now, "resolve")),
        "reopened_percent": None,
        "confirmed_percent": None,
        "rating_outcome": case["rating_outcome"] or None,
        "rating_handling": case["rating_handling"] or None,
    }
    open_clocks = [clock for clock in case["clocks"] if clock["is_open"]]
    row["late_count"] = int(bool(row["open_count"] and get_late(open_clocks, now)))
    if answered:
        row["response_hours"] = clock_hours(case["date_received"], answered)
        row["response_work_hours"] = work_hours(case["date_received"], answered)
    if case["date_resolved"]:
        row["resolve_hours"] = clock_hours(case["date_received"], case["date_resolved"])
        row["resolve_work_hours"] = get_solving_hours(case)
    if (answered or now) - case["date_received"] > DAY:
        row["answered_percent"] = 0.0
    elif answered:
        row["answered_percent"] = 100.0
    if case["reopen_count"] or case["stage_kind"] in ("resolved", "closed", "rejected"):
        row["reopened_percent"] = get_share(case["reopen_count"] > 0)
    if case["verification_state"] in ("confirmed", "refused", "no_answer"):
        row["confirmed_percent"] = get_share(case["verification_state"] == "confirmed")
    return row


def get_solving_hours(case):
    end, hours, ran = case["date_resolved"], 0, False
    for clock in case["clocks"]:
        for interval in clock["intervals"] if clock["kind"] == "resolve" else ():
            if interval["state"] == "running":
                ran = True
                stop = min(interval["date_stop"] or end, end)
                if stop > interval["date_start"]:
                    hours += work_hours(interval["date_start"], stop)
    return hours if ran else work_hours(case["date_received"], end)


def get_average(values):
    values = [value for value in values if value is not None]
    return sum(values) / len(values) if values else None


def get_cumulative(sizes):
    """Return ``{group: share}`` of the groups at least as large, from ``{group: size}``."""
    total = sum(sizes.values())
    return {
        group: 100 * sum(other for other in sizes.values() if other >= size) / total
        for group, size in sizes.items()
    }


def get_rates(cases, orders):
    """Return complaints, orders, buyers and rates of each month.

    :param cases: local days of complaints
    :param orders: (local day, customer) of confirmed orders
    """
    months = defaultdict(lambda: {"cases": 0, "orders": 0, "buyers": set()})
    for day in cases:
        months[day.replace(day=1)]["cases"] += 1
    for day, customer in orders:
        months[day.replace(day=1)]["orders"] += 1
        months[day.replace(day=1)]["buyers"].add(customer)
    return dict(months)


def get_parked_minutes(stop, events, now):
    """Return the minutes a stop kept a customer waiting who had the last word.

    :param stop: (start, end or None)
    :param events: (moment, who) of all that was written until the end, received included;
        who is ``us`` or ``customer``
    """
    start, end = stop
    moment, end, minutes = start, end or now, 0
    while moment < end:
        said = [(when, who) for when, who in events if when <= moment]
        minutes += max(said)[1] == "customer"
        moment += timedelta(minutes=1)
    return minutes

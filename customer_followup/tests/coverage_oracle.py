"""The figures of the contact coverage, computed once more in plain Python.

Slow and simple on purpose: loops over dicts, no SQL.
"""

from collections import defaultdict
from datetime import timedelta
from math import sqrt

WEIGHT = {"key": 3, "standard": 2}


def is_goal(touch):
    reason = touch["cancel_reason"]
    if touch["state"] != "cancelled":
        return touch["origin"] in ("cadence", "hand", "automatic")
    if touch["origin"] == "cadence":
        return reason != "rhythm"
    return touch["origin"] in ("hand", "automatic") and reason in ("satisfied", "absorbed")


def is_contact(touch):
    return touch["state"] == "done" and touch["outcome"]["is_contact"]


def is_met(touch, by_id):
    cover = by_id.get(touch["satisfied_by_id"])
    return is_contact(touch) or bool(touch["state"] == "cancelled" and cover and is_contact(cover))


def get_rows(touches, documents, today):
    """Return goals and contacts as dicts of figures.

    :param touches: dicts with ``day_due``, ``day_done``, ``day_planned`` as local days
    :param documents: list of (customer, day, amount)
    """
    by_id = {touch["id"]: touch for touch in touches}
    rows = []
    for touch in touches:
        if is_goal(touch):
            overdue = touch["state"] == "planned" and touch["day_planned"] < today
            rows.append(
                {
                    **touch,
                    "day": touch["day_due"],
                    "goal": 1,
                    "met": int(is_met(touch, by_id)),
                    "overdue": int(overdue),
                    "weight": overdue * WEIGHT.get(touch["service_class"], 1),
                }
            )
        if is_contact(touch):
            rows.append({**touch, "day": touch["day_done"], "contact": 1})
    closed = {
        (goal["satisfied_by_id"], goal["kind"])
        for goal in touches
        if goal["state"] == "cancelled" and is_goal(goal)
    }
    for row in rows:
        row["off_plan"] = int("contact" in row and row["origin"] in ("unplanned", "activity"))
        row["extra"] = row["off_plan"] and (row["id"], row["kind"]) not in closed
    count_capped(rows)
    measure_gaps([row for row in rows if "contact" in row])
    credit([row for row in rows if "contact" in row], documents)
    return rows


def count_capped(rows):
    """Count contacts up to twice the goal of each customer, person, kind and month."""
    cells = defaultdict(list)
    for row in rows:
        month = row["day"].replace(day=1)
        cells[row["partner"], row["user"], row["kind"], month].append(row)
    for cell in cells.values():
        goal = sum(row.get("goal", 0) for row in cell)
        actual = sum(row.get("met", 0) + bool(row["extra"]) for row in cell)
        cell[0]["capped"] = min(actual, 2 * goal)


def measure_gaps(contacts):
    days = defaultdict(set)
    for row in contacts:
        days[row["partner"]].add(row["day"])
    for customer, own in days.items():
        own = sorted(own)
        gaps = [(later - day).days for day, later in zip(own, own[1:], strict=False)]
        if len(gaps) < 2:
            continue
        mean = sum(gaps) / len(gaps)
        for day, gap in zip(own[1:], gaps, strict=True):
            first = min(
                (row for row in contacts if row["partner"] == customer and row["day"] == day),
                key=lambda row: (row["moment"], row["id"]),
            )
            first["deviation"] = (gap / mean - 1) ** 2


def credit(contacts, documents):
    for customer, day, amount in documents:
        before = [row for row in contacts if row["partner"] == customer and row["day"] <= day]
        if not before:
            continue
        last = max(before, key=lambda row: (row["moment"], row["id"]))
        if day - last["day"] <= timedelta(days=30):
            last["value"] = last.get("value", 0) + amount


def percent(part, whole):
    return 100 * part / whole if whole else None


def get_figures(rows):
    """Return the figures of a group of rows."""

    def total(name):
        return sum(row.get(name) or 0 for row in rows)

    def positive():
        return sum("contact" in row and row["outcome"]["response"] == "positive" for row in rows)

    due = {row["partner"] for row in rows if row.get("goal")}
    reached = {row["partner"] for row in rows if row.get("contact") or row.get("met")}
    visits = [row for row in rows if row.get("contact") and row["kind"] == "visit"]
    field_days = {(row["user"], row["day"]) for row in visits}
    deviations = [row["deviation"] for row in rows if "deviation" in row]
    contacts = total("contact")
    return {
        "goal_count": total("goal"),
        "met_count": total("met"),
        "attainment_percent": percent(total("capped"), total("goal")),
        "overdue_count": total("overdue"),
        "overdue_weight": total("weight"),
        "due_count": len(due),
        "reached_count": len(reached),
        "coverage_percent": percent(len(due & reached), len(due)),
        "contact_count": contacts,
        "off_plan_percent": percent(total("off_plan"), contacts),
        "visit_count": len(visits),
        "field_day_count": len(field_days),
        "call_average": len(visits) / len(field_days) if field_days else None,
        "irregularity_percent": 100 * sqrt(sum(deviations) / len(deviations))
        if deviations
        else None,
        "positive_percent": percent(positive(), contacts),
        "order_value": total("value"),
        "value_per_contact": total("value") / contacts if contacts else None,
    }

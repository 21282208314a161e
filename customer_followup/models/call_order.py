"""Which call comes first: a pure function over plain data, no database."""

from dataclasses import dataclass
from datetime import date

#: Best service first; who has no level comes last.
CLASS_ORDER = {"key": 0, "standard": 1, "basic": 2}


@dataclass(frozen=True)
class Call:
    """What decides how soon a customer is called.

    ``level`` is the sequence of his level (1 = best, None = no level), ``value_at_stake`` the
    revenue per year that may leave, in the company's currency.
    """

    key: int
    due: date
    is_overdue: bool = False
    service_class: str | None = None
    level: int | None = None
    value_at_stake: float = 0.0


def order_calls(calls):
    """Return the keys of calls in order of importance.

    1. overdue ones, since they were promised by the rhythm for a day that has passed;
    2. the service class of the customer's level: key, standard, basic, none;
    3. the level, best first;
    4. the money that may leave, the most first;
    5. the day it is due, the earliest first.
    """
    return [call.key for call in sorted(calls, key=_get_rank)]


def _get_rank(call):
    return (
        not call.is_overdue,
        CLASS_ORDER.get(call.service_class, len(CLASS_ORDER)),
        (call.level is None, call.level or 0),
        -call.value_at_stake,
        call.due,
        call.key,
    )

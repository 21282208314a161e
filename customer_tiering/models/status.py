"""Customer statuses and the rules that give them, as plain data.

The rules themselves are SQL in ``customer_tier_status.py``.
"""

STATUSES = [
    ("prospect", "Prospect"),
    ("new", "New"),
    ("active", "Active"),
    ("at_risk", "At Risk"),
    ("partial", "Buying Less"),
    ("dormant", "Dormant"),
    ("lost", "Lost"),
    ("regained", "Regained"),
    ("single", "Bought Once"),
    ("on_hold", "On Hold"),
]
#: Statuses of the list "Losing Customers".
LOSING = ("at_risk", "partial", "dormant", "lost")
#: Columns of ``care_status`` that are kept on ``customer.standing``.
STATUS_COLUMNS = (
    "customer_status",
    "status_code",
    "status_values",
    "value_at_stake",
    "expected_next_date",
)
#: The rules in order of precedence: code, status it gives, words for it.
STATUS_RULES = [
    ("on_hold", "on_hold", "Put on hold"),
    ("prospect", "prospect", "No order yet"),
    ("lost_gap", "lost", "Pause over 3 times the usual"),
    ("lost_year", "lost", "No order for 12 months"),
    ("dormant_gap", "dormant", "Pause over 2 times the usual"),
    ("partial_amount", "partial", "Revenue below 60 %"),
    ("partial_category", "partial", "Category left"),
    ("partial_assortment", "partial", "Smaller assortment"),
    ("risk_gap", "at_risk", "Pause over 1.5 times the usual"),
    ("risk_deviation", "at_risk", "Pause outside his rhythm"),
    ("risk_signal", "at_risk", "Warning signs"),
    ("regained", "regained", "Back after being lost"),
    ("new", "new", "First order within 90 days"),
    ("single", "single", "Only one order"),
    ("active", "active", "In his rhythm"),
]
#: With fewer gaps than this a customer has no rhythm of his own.
MIN_GAPS = 2
#: Who has no rhythm is lost after this many months without a document.
LOST_MONTHS = 12
#: How long who came back counts as regained.
REGAINED_MONTHS = 6
#: How long a first document makes a customer new.
NEW_DAYS = 90
#: Fewer products than this are no assortment to shrink.
MIN_PRODUCTS = 3

from odoo import api, fields, models

from .kinds import KINDS


class FollowupOutcome(models.Model):
    _name = "followup.outcome"
    _description = "Outcome"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(
        help="Short name for imports and other programs; stays when the outcome is renamed."
    )
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    color = fields.Integer()
    shortcut = fields.Char(
        string="Shortcut Key",
        size=1,
        help="One key that records this outcome in the call list.",
    )
    for_call = fields.Boolean(string="For Calls", default=True)
    for_visit = fields.Boolean(string="For Visits")
    for_message = fields.Boolean(string="For Messages", help="Mail, SMS, post and WeChat.")
    is_contact = fields.Boolean(
        string="Counts as Contact",
        help="The customer was reached: the rhythm counts on from this day.",
    )
    effect = fields.Selection(
        [
            ("done", "Done"),
            ("retry", "Try again"),
            ("reschedule", "Ask for a date"),
            ("repair", "Repair the contact data"),
        ],
        required=True,
        default="done",
        help="Done: the follow-up is finished. Try again: it comes up again after some days. "
        "Ask for a date: it moves to the date that was agreed. Repair: whoever is responsible "
        "is asked to find the right number or address, the follow-up waits.",
    )
    retry_days = fields.Integer(
        string="Again after (Days)", default=1, help="Days until it comes up again."
    )
    give_up_after = fields.Integer(
        string="Give up after",
        help="Number of attempts; 0 = never. The follow-up then goes on by the other way, or is "
        "marked as missed where none is set.",
    )
    other_kind = fields.Selection(
        KINDS, string="Then try by", help="Other way to reach the customer after giving up."
    )
    response = fields.Selection(
        [("positive", "Answers"), ("neutral", "Neutral"), ("silent", "Stays silent")],
        default="neutral",
        required=True,
        help="What it says about the customer's responsiveness.",
    )
    default_kind = fields.Selection(
        KINDS,
        string="Usual Outcome of",
        help="Recorded where somebody marks an activity as done without choosing an outcome.",
    )

    _retry_days_positive = models.Constraint(
        "CHECK(retry_days >= 1)", "“Again after” must be one day or more."
    )
    _give_up_positive = models.Constraint(
        "CHECK(give_up_after >= 0)", "“Give up after” must be 0 (never) or more attempts."
    )
    _code_unique = models.UniqueIndex(
        "(code) WHERE code IS NOT NULL", "Two outcomes cannot have the same code."
    )
    _default_kind_unique = models.UniqueIndex(
        "(default_kind) WHERE default_kind IS NOT NULL AND active",
        "Each way of contact has one usual outcome only.",
    )

    def copy_data(self, default=None):
        """A copy is another outcome: it has neither code nor key, and is nobody's usual one."""
        default = {"code": False, "shortcut": False, "default_kind": False, **(default or {})}
        return super().copy_data(default)

    @api.model
    def _get_default(self, kind):
        """Return the outcome that counts where nobody chose one."""
        return self.search([("default_kind", "=", kind)], limit=1) or self.search(
            [
                ("is_contact", "=", True),
                ("effect", "=", "done"),
                (self._kind_field(kind), "=", True),
            ],
            limit=1,
        )

    @api.model
    def _kind_field(self, kind):
        """Return the name of the field that says whether an outcome fits a way of contact."""
        return {"call": "for_call", "visit": "for_visit"}.get(kind, "for_message")

    @api.model
    def _prepare_choices(self):
        """Return the outcomes as the buttons of the screens show them."""
        return [
            {
                "id": outcome.id,
                "name": outcome.name,
                "color": outcome.color,
                "effect": outcome.effect,
                "shortcut": outcome.shortcut or "",
                "default_kind": outcome.default_kind or "",
                "kinds": [kind for kind, _name in KINDS if outcome[self._kind_field(kind)]],
            }
            for outcome in self.search([])
        ]

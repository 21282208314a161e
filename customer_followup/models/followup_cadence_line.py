from dateutil.relativedelta import relativedelta
from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from .kinds import KINDS, PURPOSES, UNITS


class FollowupCadenceLine(models.Model):
    _name = "followup.cadence.line"
    _description = "Rhythm Line"
    _order = "cadence_id, sequence, id"
    _check_company_auto = True

    cadence_id = fields.Many2one(
        "followup.cadence", string="Contact Rhythm", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="cadence_id.company_id", store=True, index=True)
    sequence = fields.Integer(default=10)
    kind = fields.Selection(KINDS, required=True, default="call")
    interval = fields.Integer(string="Every", required=True, default=1)
    interval_unit = fields.Selection(UNITS, string="Unit", required=True, default="month")
    tolerance_days = fields.Integer(
        string="Tolerance (Days)",
        default=7,
        help="So many days before and after the due day the contact is in time.",
    )
    duration = fields.Float(string="Planned Duration", default=0.25)
    purpose = fields.Selection(PURPOSES, default="relationship")
    checklist = fields.Text(help="What to prepare and not to forget.")
    mode = fields.Selection(
        [("person", "A person"), ("automatic", "Automatic"), ("none", "None")],
        required=True,
        default="person",
        help="A person: a follow-up is planned. Automatic: a message leaves by itself, once this "
        "is switched on. None: customers of this rhythm are left in peace.",
    )
    assign_to = fields.Selection(
        [
            ("responsible", "Account manager"),
            ("leader", "His leader"),
            ("team", "His sales team"),
            ("pool", "Chosen people"),
        ],
        required=True,
        default="responsible",
        help="Team and chosen people: each customer always falls to the same one of them.",
    )
    user_ids = fields.Many2many(
        "res.users", string="Chosen People", domain="[('share', '=', False)]"
    )
    counts_for = fields.Selection(
        KINDS,
        string="Counts also for",
        help="Such a contact also satisfies the one of this kind in whose window it falls, so "
        "that nobody calls a customer he has just visited.",
    )

    _interval_positive = models.Constraint(
        "CHECK(interval >= 1)", "The interval must be 1 or more."
    )
    _tolerance_positive = models.Constraint(
        "CHECK(tolerance_days >= 0)", "The tolerance cannot be negative."
    )
    _duration_positive = models.Constraint(
        "CHECK(duration >= 0 AND duration <= 24)",
        "The planned duration lies between 0 and 24 hours.",
    )

    @api.constrains("interval", "interval_unit", "tolerance_days")
    def _check_tolerance(self):
        for line in self:
            if 2 * line.tolerance_days >= line._get_interval_days():
                raise ValidationError(
                    self.env._(
                        "%(rhythm)s: with a tolerance of %(days)s days before and after, the "
                        "windows of two contacts in a row would overlap. Make it smaller.",
                        rhythm=line.cadence_id.name,
                        days=line.tolerance_days,
                    )
                )

    @api.constrains("assign_to", "user_ids")
    def _check_users(self):
        for line in self:
            if line.assign_to == "pool" and not line.user_ids:
                raise ValidationError(
                    self.env._(
                        "%(rhythm)s: choose the people who share these contacts.",
                        rhythm=line.cadence_id.name,
                    )
                )

    @api.depends("kind", "interval", "interval_unit", "cadence_id.name")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        units = dict(self._fields["interval_unit"]._description_selection(self.env))
        for line in self:
            line.display_name = self.env._(
                "%(kind)s every %(number)s %(unit)s",
                kind=kinds.get(line.kind, ""),
                number=line.interval,
                unit=units.get(line.interval_unit, "").lower(),
            )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        self.env["followup.cadence"]._request_plan()
        return lines

    def write(self, vals):
        result = super().write(vals)
        self.env["followup.cadence"]._request_plan()
        return result

    def unlink(self):
        self.env["followup.cadence"]._request_plan()
        return super().unlink()

    def _get_interval_days(self):
        """Return the length of the interval in days, as an average."""
        days = {"day": 1, "week": 7, "month": 30.4375, "year": 365.25}
        return self.interval * days.get(self.interval_unit, 0)

    @api.model
    def _add_interval(self, day, interval, unit):
        """Return the day one interval later."""
        return day + relativedelta(**{f"{unit}s": interval})

    @api.model
    def _interval_sql(self, interval, unit):
        """Return an SQL interval of so many units; both are SQL expressions."""
        return SQL("(%s || ' ' || %s)::interval", interval, unit)

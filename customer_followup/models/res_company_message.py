from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    """When messages may leave by themselves."""

    _inherit = "res.company"

    automatic_contact = fields.Boolean(
        string="Automatic Messages",
        help="Lines of a rhythm in the mode “Automatic” that are switched on send their message "
        "when it is due. Off: nothing leaves.",
    )
    automatic_since = fields.Date(
        readonly=True, help="From this day the first messages are spread over one interval."
    )
    quiet_from = fields.Float(
        string="Quiet from",
        default=20.0,
        help="No message leaves in the quiet hours, by the customer's clock, else the company's; "
        "nor on Sundays and public holidays.",
    )
    quiet_to = fields.Float(string="Quiet until", default=8.0)
    automatic_limit = fields.Integer(
        string="Messages a Day",
        default=200,
        help="No more automatic messages than this leave in a day; the rest wait for the next.",
    )

    _automatic_limit_positive = models.Constraint(
        "CHECK(automatic_limit >= 0)", "The number of messages a day cannot be negative."
    )

    @api.constrains("quiet_from", "quiet_to")
    def _check_quiet_hours(self):
        for company in self:
            if not (0 <= company.quiet_from <= 24 and 0 <= company.quiet_to <= 24):
                raise ValidationError(
                    self.env._("Quiet hours lie between 0:00 and 24:00: correct them.")
                )

    def write(self, vals):
        if vals.get("automatic_contact"):
            switched = self.filtered(lambda company: not company.automatic_contact)
            today = fields.Date.context_today(self)
            super(ResCompany, switched).write({"automatic_since": today})
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies.filtered("automatic_contact").automatic_since = fields.Date.context_today(self)
        return companies

    def _is_public_holiday(self, moment):
        """Return whether a moment (UTC) lies in a day off of the whole company."""
        self.ensure_one()
        # sudo: whether the company works today is no secret of its calendar
        return bool(
            self.env["resource.calendar.leaves"]
            .sudo()
            .search_count(
                [
                    ("resource_id", "=", False),
                    ("time_type", "=", "leave"),
                    ("company_id", "in", (False, self.id)),
                    ("calendar_id", "in", (False, self.resource_calendar_id.id)),
                    ("date_from", "<=", moment),
                    ("date_to", ">", moment),
                ],
                limit=1,
            )
        )

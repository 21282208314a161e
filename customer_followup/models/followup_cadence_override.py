from odoo import api, fields, models
from odoo.exceptions import ValidationError

from .kinds import KINDS, UNITS


class FollowupCadenceOverride(models.Model):
    """Another interval for one customer, with a reason and an end."""

    _name = "followup.cadence.override"
    _description = "Rhythm of one Customer"
    _inherit = ["mail.thread"]
    _order = "partner_id, kind, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company.root_id
    )
    kind = fields.Selection(KINDS, required=True, default="call")
    pause = fields.Boolean(
        string="Not at all", tracking=True, help="The customer wants no contact of this kind."
    )
    interval = fields.Integer(string="Every", default=1, tracking=True)
    interval_unit = fields.Selection(UNITS, string="Unit", required=True, default="month")
    reason = fields.Char(required=True, tracking=True)
    date_until = fields.Date(
        string="Until",
        tracking=True,
        help="Afterwards the usual rhythm holds again; empty = always.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Decided by",
        readonly=True,
        index=True,
        default=lambda self: self.env.user,
    )
    is_current = fields.Boolean(compute="_compute_is_current", search="_search_is_current")

    _interval_positive = models.Constraint(
        "CHECK(interval >= 1)", "The interval must be 1 or more."
    )
    _unique = models.UniqueIndex(
        "(partner_id, company_id, kind)",
        "This customer has a rhythm of his own for this kind already: change that one.",
    )

    @api.depends("date_until")
    def _compute_is_current(self):
        today = fields.Date.context_today(self)
        for override in self:
            override.is_current = not override.date_until or override.date_until >= today

    def _search_is_current(self, operator, value):
        if operator != "in":
            return NotImplemented
        current = fields.Domain("date_until", "=", False) | fields.Domain(
            "date_until", ">=", "today"
        )
        return (current if True in value else fields.Domain.FALSE) | (
            ~current if False in value else fields.Domain.FALSE
        )

    @api.constrains("partner_id")
    def _check_partner_id(self):
        for override in self:
            if override.partner_id != override.partner_id.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "Choose the company %(company)s itself: the rhythm is the customer's, not "
                        "one contact person's.",
                        company=override.partner_id.commercial_partner_id.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        overrides = super().create(vals_list)
        overrides._replan()
        return overrides

    def write(self, vals):
        result = super().write(vals)
        self._replan()
        return result

    def unlink(self):
        partners, companies = self.partner_id, self.company_id
        result = super().unlink()
        self.env["followup.touch"]._plan_partners(partners, companies)
        return result

    def _replan(self):
        self.env["followup.touch"]._plan_partners(self.partner_id, self.company_id)

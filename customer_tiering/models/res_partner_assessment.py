from odoo import api, fields, models
from odoo.fields import Domain

from . import scorecard

GROUP_OWN = "customer_tiering.customer_tiering_group_own"


class ResPartner(models.Model):
    """The scorecard in force, and whether one is due."""

    _inherit = "res.partner"

    assessment_id = fields.Many2one(
        "customer.assessment",
        string="Scorecard",
        compute="_compute_assessment_id",
        groups=GROUP_OWN,
    )
    assessment_letters = fields.Char(
        string="Possibility, Foundation, Potential",
        compute="_compute_assessment_id",
        groups=GROUP_OWN,
        help="The letters of the last approved scorecard.",
    )
    assessment_due = fields.Boolean(
        string="Scorecard Due",
        compute="_compute_assessment_due",
        search="_search_assessment_due",
        groups=GROUP_OWN,
        help="A key, promising or prospective customer of yours, or of your team, without an "
        "approved scorecard this quarter.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_assessment_id(self):
        today = fields.Date.context_today(self)
        # without sudo at the end: who may not see a customer's scorecard finds none here
        assessments = self.env["customer.assessment"]
        found = assessments.sudo()._find_in_force(
            self.commercial_partner_id, self.env.company.ids, today
        )
        visible = assessments.browse([row.id for row in found.values()])._filtered_access("read")
        for partner in self:
            row = found.get(partner.commercial_partner_id.id, assessments)
            partner.assessment_id = row.id in visible.ids and row.id
            partner.assessment_letters = " ".join(
                partner.assessment_id[name] or "" for name in scorecard.DIMENSIONS
            ).strip()

    @api.depends_context("company", "uid")
    def _compute_assessment_due(self):
        due = self.search([("id", "in", self._origin.ids), ("assessment_due", "=", True)])
        for partner in self:
            partner.assessment_due = partner._origin in due

    def _search_assessment_due(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        self._check_field_access(self._fields["assessment_due"], "read")
        company = self.env.company
        assessments = self.env["customer.assessment"]
        period = assessments._default_period()
        population = assessments._get_population_domains(company, period)
        return (
            Domain.OR(population.values())
            & Domain("active", "=", True)
            & assessments._get_judged_domain(company)
            & assessments._without_domain(company, period, states=("approved",))
        )

    def action_view_assessments(self):
        """Open the scorecards of this customer, the latest first."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_assessment_action"
        )
        customer = self.commercial_partner_id
        action["domain"] = [("partner_id", "=", customer.id)]
        action["context"] = {"default_partner_id": customer.id}
        return action

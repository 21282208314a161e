from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain

from ..models.scorecard import quarter_start

REASONS = ("key", "promising", "prospect")


class CustomerAssessmentPrepare(models.TransientModel):
    """Begin a quarter: one scorecard per customer, with the letters of the quarter before."""

    _name = "customer.assessment.prepare"
    _description = "Prepare Scorecards"

    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        default=lambda self: self.env.company,
    )
    quarter = fields.Selection(
        selection="_quarter_selection",
        required=True,
        default=lambda self: self._default_quarter(),
    )
    with_key = fields.Boolean(
        string="Key Customers", default=True, help="Their level has the service class Key."
    )
    with_promising = fields.Boolean(
        string="Promising Customers",
        default=True,
        help="Their last scorecard says potential A or B, or any category but the last.",
    )
    with_prospect = fields.Boolean(
        string="Prospects", default=True, help="Customers to be who have a prospect class."
    )
    found_count = fields.Integer(string="Customers found", compute="_compute_counts")
    new_count = fields.Integer(string="Scorecards to add", compute="_compute_counts")
    has_matrix = fields.Boolean(compute="_compute_has_matrix")

    @api.model
    def _quarter_selection(self):
        """Offer the quarter before, this one and the next."""
        assessments = self.env["customer.assessment"]
        this = assessments._default_period()
        quarters = [
            quarter_start(this - timedelta(days=1)),
            this,
            quarter_start(this + timedelta(days=95)),
        ]
        return [(fields.Date.to_string(day), assessments._format_quarter(day)) for day in quarters]

    @api.model
    def _default_quarter(self):
        return fields.Date.to_string(self.env["customer.assessment"]._default_period())

    @api.depends("company_id")
    def _compute_has_matrix(self):
        for wizard in self:
            wizard.has_matrix = bool(
                self.env["customer.tier.scheme"]._get_matrix(wizard.company_id)
            )

    @api.depends("company_id", "quarter", *(f"with_{reason}" for reason in REASONS))
    def _compute_counts(self):
        partners = self.env["res.partner"]
        for wizard in self:
            domain = wizard._get_domain()
            wizard.found_count = partners.search_count(domain)
            wizard.new_count = partners.search_count(domain & wizard._get_missing_domain())

    def _get_period(self):
        self.ensure_one()
        return fields.Date.to_date(self.quarter)

    def _get_domain(self):
        """Return the customers chosen, as far as this user may judge them."""
        assessments = self.env["customer.assessment"]
        domains = assessments._get_population_domains(self.company_id, self._get_period())
        chosen = [domains[reason] for reason in REASONS if self[f"with_{reason}"]]
        return Domain.OR(chosen or [Domain.FALSE]) & assessments._get_judged_domain(self.company_id)

    def _get_missing_domain(self):
        return self.env["customer.assessment"]._without_domain(self.company_id, self._get_period())

    def action_prepare(self):
        """Add the scorecards that are missing and open the grid of the quarter."""
        self.ensure_one()
        domain = self._get_domain()
        partners = self.env["res.partner"].search(domain & self._get_missing_domain())
        if not partners and not self.found_count:
            raise UserError(
                self.env._(
                    "Nobody to judge: none of your customers is key, promising or a prospect. "
                    "Add a scorecard by hand with “New”."
                )
            )
        self.env["customer.assessment"].with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        ).create(
            [
                {
                    "company_id": self.company_id.id,
                    "partner_id": partner.id,
                    "period": self._get_period(),
                }
                for partner in partners
            ]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_assessment_action"
        )
        action["context"] = {}
        action["domain"] = [("period", "=", self.quarter)]
        action["display_name"] = self.env._(
            "Scorecard %s", self.env["customer.assessment"]._format_quarter(self.quarter)
        )
        return action

    def action_create_scheme(self):
        """Add a matrix beside the present levels, so that letters make categories."""
        self.ensure_one()
        schemes = self.env["customer.tier.scheme"]
        scheme = schemes.create(
            {
                "name": self.env._("Scorecard"),
                "company_id": self.company_id.id,
                "method": "matrix",
                "tier_ids": [Command.create(level) for level in schemes._default_matrix_levels()],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": scheme._name,
            "res_id": scheme.id,
            "view_mode": "form",
        }

"""Customers whom a rhythm asks a person to contact, but nobody does."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.customer_tiering.models.customer_tier import SERVICE_CLASSES

GROUP_TEAM = "customer_tiering.customer_tiering_group_team"


class ResPartner(models.Model):
    _inherit = "res.partner"

    is_uncovered = fields.Boolean(
        string="Nobody Looks after",
        compute="_compute_uncovered",
        search="_search_is_uncovered",
        groups=GROUP_TEAM,
        help="A contact rhythm asks for calls or visits, but the customer has no account manager, "
        "or the one he has is archived.",
    )
    uncovered_service_class = fields.Selection(
        SERVICE_CLASSES,
        string="Service Class",
        compute="_compute_uncovered",
        groups=GROUP_TEAM,
        help="Of the level of a customer nobody looks after.",
    )
    uncovered_amount = fields.Monetary(
        string="Value",
        compute="_compute_uncovered",
        currency_field="currency_id",
        groups=GROUP_TEAM,
        help="Revenue of the period with a customer nobody looks after: who hands him out has to "
        "know what he is worth.",
    )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "allowed_company_ids")
    def _compute_uncovered(self):
        customers = self.search(
            [("id", "in", self.commercial_partner_id.ids), ("is_uncovered", "=", True)]
        )
        # sudo: figures of customers who are nobody's, for those who hand them out
        standings = self.env["customer.standing"].sudo()
        found = standings.search(
            [
                ("scheme_id", "=", self._get_operative_scheme_id()),
                ("partner_id", "in", customers.ids),
            ]
        )
        by_customer = {standing.partner_id.id: standing for standing in found}
        for partner in self:
            customer = partner.commercial_partner_id
            standing = by_customer.get(customer.id, standings)
            partner.is_uncovered = customer in customers
            partner.uncovered_service_class = standing.service_class
            partner.uncovered_amount = standing.amount

    def _search_is_uncovered(self, operator, value):
        # core does not ask who searches by a computed field; a portal user must not
        self._check_field_access(self._fields["is_uncovered"], "read")
        if operator != "in":
            return NotImplemented
        for model in ("followup.touch", "followup.cadence.override", "customer.standing"):
            self.env[model].flush_model()
        # sudo: whom nobody looks after is asked of all customers; which of them a caller reads,
        # and what of them, is for the record rules
        partners = self.sudo()
        companies = self.env.companies.root_id
        queries = SQL(" UNION ").join(partners._uncovered_sql(company) for company in companies)
        uncovered = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "%s IN (%s)", SQL.identifier(alias, "id"), queries
            )
        )
        return (uncovered if True in value else Domain.FALSE) | (
            ~uncovered if False in value else Domain.FALSE
        )

    @api.model
    def _uncovered_sql(self, company):
        """Return the customers of a root company whom nobody looks after.

        Those with an open follow-up that has no living person, and those for whom the next
        night would plan one: a customer who follows a rhythm without an account manager.
        """
        cadences = self.env["followup.cadence"]
        return SQL(
            """
            SELECT touch.partner_id
              FROM followup_touch touch
         LEFT JOIN res_users person ON person.id = touch.user_id
             WHERE touch.company_id = %(company)s
               AND touch.state = 'planned'
               AND person.active IS NOT TRUE
             UNION
            SELECT customer.partner_id
              FROM (%(customers)s) customer
              JOIN followup_cadence_line line ON line.cadence_id = customer.cadence_id
         LEFT JOIN res_users person ON person.id = customer.user_id
             WHERE line.mode = 'person'
               AND line.assign_to != 'pool'
               AND person.active IS NOT TRUE
               AND NOT EXISTS (SELECT 1
                                 FROM followup_cadence_override own
                                WHERE own.partner_id = customer.partner_id
                                  AND own.company_id = %(company)s
                                  AND own.kind = line.kind
                                  AND own.pause
                                  AND (own.date_until IS NULL OR own.date_until >= %(today)s))
               AND NOT EXISTS (SELECT 1
                                 FROM followup_touch touch
                                 JOIN res_users busy ON busy.id = touch.user_id AND busy.active
                                WHERE touch.partner_id = customer.partner_id
                                  AND touch.company_id = %(company)s
                                  AND touch.state = 'planned')
            """,
            company=company.id,
            customers=cadences._customer_sql(company),
            today=self.env["followup.touch"]._get_company_day(company),
        )

    def action_assign_manager(self):
        """Open the dialog that gives these customers an account manager."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Assign Account Manager"),
            "res_model": "followup.assign",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_ids": self.commercial_partner_id.ids},
        }

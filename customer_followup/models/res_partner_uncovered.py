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
        help="Calls or visits are planned for the customer, but nobody is there to do them: he has "
        "no account manager, or the one he has is archived.",
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
        # sudo: whom nobody looks after is asked of all customers; which of them a caller reads,
        # and what of them, is for the record rules
        touches = self.env["followup.touch"].sudo()
        orphans = touches._search(self._get_orphan_domain())
        customers = Domain(
            "id", "in", orphans.subselect(SQL.identifier(touches._table, "partner_id"))
        )
        return (customers if True in value else Domain.FALSE) | (
            ~customers if False in value else Domain.FALSE
        )

    @api.model
    def _get_orphan_domain(self):
        """Return what is planned with nobody living, in the companies the user has chosen.

        The night plans for a customer without account manager, too: his follow-ups are nobody's.
        """
        nobody = Domain("user_id", "=", False) | Domain("user_id.active", "=", False)
        companies = Domain("company_id", "in", self.env.companies.root_id.ids)
        return companies & Domain("state", "=", "planned") & nobody

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

from math import inf

from odoo import api, fields, models

from .kinds import AGENT, MANAGER

#: Shipped limits in the company's currency; None = no limit.
SHIPPED = [(AGENT, 50), (MANAGER, 500), ("base.group_system", None)]


class ComplaintAuthority(models.Model):
    """How much the people of a group may grant on one case without asking anybody."""

    _name = "complaint.authority"
    _description = "Compensation Authority"
    _order = "company_id, no_limit, amount, id"
    _rec_name = "group_id"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    group_id = fields.Many2one("res.groups", required=True, index=True, ondelete="cascade")
    no_limit = fields.Boolean()
    amount = fields.Monetary(
        string="Up to",
        help="Counts for all compensations of a case together. Who is in several groups has the "
        "highest of their limits.",
    )

    _group_uniq = models.UniqueIndex(
        "(company_id, group_id)", "This group has a limit in this company already."
    )
    _amount_positive = models.Constraint("CHECK(amount >= 0)", "A limit cannot be negative.")

    @api.model
    def _get_limit(self, user, company):
        """Return how much a user may grant on one case, in the company's currency.

        A branch without limits of its own uses those of the company above it.

        :return: amount, infinite for who has no limit, 0 for who may grant nothing
        """
        # sudo: what somebody may grant, whoever asks
        rows = self.sudo().search(
            [
                ("company_id", "parent_of", company.ids),
                ("group_id", "in", user.sudo().all_group_ids.ids),
            ]
        )
        rows = rows.filtered(lambda row: row.company_id == company) or rows
        return max((inf if row.no_limit else row.amount for row in rows), default=0)

    @api.model
    def _create_shipped(self, company):
        """Give a company the shipped limits, once."""
        if self.search_count([("company_id", "=", company.id)], limit=1):
            return
        self.create(
            [
                {
                    "company_id": company.id,
                    "group_id": self.env.ref(group).id,
                    "amount": limit or 0,
                    "no_limit": limit is None,
                }
                for group, limit in SHIPPED
            ]
        )

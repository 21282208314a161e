from odoo import api, fields, models


class FollowupKnowledge(models.AbstractModel):
    """What only those may read who look after the customer.

    Every internal user reads partners, so what is known of a person does not lie on
    ``res.partner``: it lies in models of this kind, whose record rules follow the account
    manager of the customer, his deputy and the leaders above him.
    """

    _name = "followup.knowledge"
    _description = "Customer Knowledge"

    partner_id = fields.Many2one(
        "res.partner", string="Person or Company", required=True, index=True, ondelete="cascade"
    )
    customer_id = fields.Many2one(
        related="partner_id.commercial_partner_id",
        string="Customer",
        store=True,
        index=True,
    )
    user_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        compute="_compute_user_id",
        store=True,
        compute_sudo=True,
        index=True,
        help="The account manager of the customer, whose deputy and leaders may read this, too.",
    )
    company_id = fields.Many2one(
        related="partner_id.company_id",
        store=True,
        index="btree_not_null",
        help="Knowledge is shared by the companies that share the customer.",
    )

    @api.depends("partner_id.commercial_partner_id.user_id")
    def _compute_user_id(self):
        for knowledge in self:
            knowledge.user_id = knowledge.partner_id.commercial_partner_id.user_id

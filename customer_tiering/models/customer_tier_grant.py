from odoo import api, fields, models

#: Property of the customer → field of the level that fills it.
BENEFITS = {
    "specific_property_product_pricelist": "pricelist_id",
    "property_payment_term_id": "payment_term_id",
}


class CustomerTierGrant(models.Model):
    """What a level gave to a customer, and what he had before; written in SQL by the code
    in ``customer_tier_grant_sync.py``.

    A row that describes the level a customer holds now is *current*, one per customer,
    company and property. It also says where nothing was given: because he had the same
    value already, or because somebody changed it by hand. Such a row keeps the next night
    from giving it again.
    """

    _name = "customer.tier.grant"
    _description = "Privilege Given"
    _order = "date_from desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        help="Privileges are given in the company of the scheme and in each of its branches.",
    )
    tier_id = fields.Many2one(
        "customer.tier", string="Level", index="btree_not_null", ondelete="set null"
    )
    field_name = fields.Selection(
        [
            ("specific_property_product_pricelist", "Price List"),
            ("property_payment_term_id", "Payment Terms"),
        ],
        string="Privilege",
        required=True,
    )
    value_before = fields.Reference(
        selection="_selection_values",
        string="Value before",
        help="What the customer had of his own. It comes back when the privilege ends.",
    )
    had_own = fields.Boolean(
        string="Had his own Value",
        help="The customer had a value of his own, be it an empty one. Without, the default "
        "of the company applied and will apply again.",
    )
    value_given = fields.Reference(selection="_selection_values", string="Given")
    state = fields.Selection(
        [
            ("given", "In Force"),
            ("had", "Had it already"),
            ("overruled", "Changed by Hand"),
            ("replaced", "Replaced"),
            ("taken_back", "Taken back"),
        ],
        required=True,
        default="given",
        help="In Force: the customer has it from his level.\n"
        "Had it already: the same value was set by hand, so nothing was given.\n"
        "Changed by Hand: somebody set another value, which stays until the level changes.\n"
        "Replaced: the level gives something else now.\n"
        "Taken back: what the customer had before is back.",
    )
    is_current = fields.Boolean(
        string="Of the present Level",
        default=True,
        help="Whether the row speaks of the level the customer holds now.",
    )
    date_from = fields.Date(
        string="From", required=True, default=fields.Date.context_today, index=True
    )
    date_to = fields.Date(string="To")
    user_id = fields.Many2one(
        related="partner_id.user_id",
        string="Account Manager",
        groups="customer_tiering.customer_tiering_group_own",
    )

    _current_uniq = models.UniqueIndex(
        "(partner_id, company_id, field_name) WHERE is_current",
        "A customer has one privilege of a kind in a company at a time.",
    )

    @api.model
    def _selection_values(self):
        partner_fields = self.env["res.partner"]._fields
        models_given = [partner_fields[name].comodel_name for name in BENEFITS]
        # sudo: names of models, for who may not read the technical list of models
        return [(name, self.env["ir.model"].sudo()._get(name).name) for name in models_given]

    def action_open_customer(self):
        """Open the customer of this row."""
        self.ensure_one()
        return self.partner_id.get_formview_action()

from odoo import fields, models


class CustomerTierStartCheck(models.TransientModel):
    _name = "customer.tier.start.check"
    _description = "Data Check of the Guided Start"

    start_id = fields.Many2one("customer.tier.start", required=True, ondelete="cascade")
    code = fields.Char(required=True)
    name = fields.Char(string="Found", required=True)
    advice = fields.Char()
    customer_count = fields.Integer(string="Customers")
    can_exempt = fields.Boolean()

    def action_open(self):
        """Open the customers this check found."""
        self.ensure_one()
        return self.env["customer.data.check"]._get_action(self.code, self.name)

    def action_exempt(self):
        """Exempt the customers this check found from grading."""
        self.ensure_one()
        partners = self.env["customer.data.check"]._get_partners(self.code)
        # sudo: exempting is the manager's, who may lack the right to edit contacts
        partners.sudo().write({"tier_exempt": True, "tier_exempt_reason": self.name})
        self.customer_count = 0
        return self.start_id._reopen()

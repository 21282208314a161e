from odoo import fields, models


class ComplaintDocumentChoiceLine(models.TransientModel):
    """An order or invoice that may be chosen."""

    _name = "complaint.document.choice.line"
    _description = "Order or Invoice to choose"

    choice_id = fields.Many2one("complaint.document.choice", required=True, ondelete="cascade")
    res_model = fields.Selection(
        [("sale.order", "Order"), ("account.move", "Invoice")], required=True, string="Document"
    )
    res_id = fields.Integer(required=True)
    name = fields.Char(string="Number")
    date = fields.Date()
    currency_id = fields.Many2one("res.currency")
    amount = fields.Monetary()

    def action_choose(self):
        """Write the document on the case; the case checks that it is the customer's."""
        self.ensure_one()
        name = "sale_order_id" if self.res_model == "sale.order" else "invoice_id"
        self.choice_id.case_id.write({name: self.res_id})
        return {"type": "ir.actions.act_window_close"}

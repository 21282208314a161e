from odoo import api, fields, models


class ComplaintDocumentChoice(models.TransientModel):
    """The customer's orders and invoices to choose from, without rights to sales."""

    _name = "complaint.document.choice"
    _description = "Choose an Order or Invoice"

    case_id = fields.Many2one("complaint.case", required=True, readonly=True)
    term = fields.Char(string="Number or Reference")
    line_ids = fields.One2many(
        "complaint.document.choice.line",
        "choice_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("case_id", "term")
    def _compute_line_ids(self):
        for choice in self:
            rows = []
            if choice.case_id.partner_id:
                rows = choice.case_id.search_documents(choice.case_id.partner_id.id, choice.term)
            choice.line_ids = [
                fields.Command.clear(),
                *(
                    fields.Command.create(
                        {
                            "res_model": row["model"],
                            "res_id": row["id"],
                            "name": row["name"],
                            "date": row["date"],
                            "amount": row["amount"],
                            "currency_id": row["currency_id"],
                        }
                    )
                    for row in rows
                ),
            ]

from odoo import fields, models

ANSWERS = {
    "relation": "complaint_category_mail_template_rel",
    "column1": "category_id",
    "column2": "template_id",
}


class ComplaintCategory(models.Model):
    _inherit = "complaint.category"

    template_ids = fields.Many2many(
        "mail.template",
        **ANSWERS,
        string="Prepared Answers",
        domain="[('model', '=', 'complaint.case')]",
        help="Offered in the dialogs that write to the customer, for this category and its parts.",
    )

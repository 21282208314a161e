from odoo import fields, models

from .complaint_category_answers import ANSWERS


class MailTemplate(models.Model):
    _inherit = "mail.template"

    complaint_category_ids = fields.Many2many(
        "complaint.category",
        relation=ANSWERS["relation"],
        column1=ANSWERS["column2"],
        column2=ANSWERS["column1"],
        string="Complaint Categories",
        help="Agents are offered this answer for cases of these categories and their parts.",
    )

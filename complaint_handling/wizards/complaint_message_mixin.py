from odoo import api, fields, models
from odoo.fields import Domain


class ComplaintMessageMixin(models.AbstractModel):
    """What dialogs that write to the customer share: to whom, an answer at hand, the text."""

    _name = "complaint.message.mixin"
    _description = "Message to the Customer of a Case"

    case_id = fields.Many2one("complaint.case", required=True, readonly=True, ondelete="cascade")
    recipient = fields.Char(string="To", compute="_compute_recipient")
    template_id = fields.Many2one(
        "mail.template",
        string="Prepared Answer",
        domain="[('id', 'in', suggested_template_ids)]",
        help="Fills in the message; change what does not fit. Which answers are offered is said "
        "on the category.",
    )
    suggested_template_ids = fields.Many2many(
        "mail.template", compute="_compute_suggested_template_ids"
    )
    body = fields.Html(
        string="Message to the Customer",
        compute="_compute_body",
        store=True,
        readonly=False,
        sanitize_style=True,
    )
    attachment_ids = fields.Many2many("ir.attachment", string="Attachments")

    @api.depends("case_id")
    def _compute_recipient(self):
        for wizard in self:
            contact = wizard.case_id._get_contact() if wizard.case_id else False
            wizard.recipient = (
                contact.email_formatted
                if contact and contact.email
                else wizard.case_id.email_from or False
            )

    @api.depends("case_id.category_id")
    def _compute_suggested_template_ids(self):
        for wizard in self:
            wizard.suggested_template_ids = wizard._get_answers()

    def _get_answers(self):
        """Return the prepared answers of the category and those above it, else all there are."""
        templates = self.env["mail.template"]
        ids = [
            int(part) for part in (self.case_id.category_id.parent_path or "").split("/") if part
        ]
        found = templates.search(Domain("complaint_category_ids", "in", ids)) if ids else templates
        return found or templates.search(Domain("complaint_category_ids", "!=", False))

    @api.depends("template_id")
    def _compute_body(self):
        for wizard in self:
            # what was written by hand stays until an answer is chosen
            body = wizard.body
            if wizard.template_id and wizard.case_id:
                bodies = wizard.template_id._render_field(
                    "body_html", wizard.case_id.ids, compute_lang=True
                )
                body = bodies[wizard.case_id.id]
            wizard.body = body

from odoo import api, fields, models
from odoo.tools.mail import parse_contact_from_email


class ComplaintContactLink(models.TransientModel):
    """Dialog: who an unknown sender is."""

    _name = "complaint.contact.link"
    _description = "Who wrote this Case?"

    case_id = fields.Many2one("complaint.case", required=True, readonly=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id")
    proposed_contact = fields.Char(related="case_id.proposed_contact")
    candidate_ids = fields.Many2many(related="case_id.contact_candidate_ids")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer or Contact",
        required=True,
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        ondelete="cascade",
        domain="[('company_id', 'in', [False, company_id])]",
    )
    add_person = fields.Boolean(
        string="Add as a new contact person",
        compute="_compute_add_person",
        store=True,
        readonly=False,
        help="Puts the sender in the address book, under the customer you chose. Otherwise the "
        "one you chose is the sender himself.",
    )

    @api.depends("case_id")
    def _compute_partner_id(self):
        for wizard in self:
            wizard.partner_id = wizard.partner_id or wizard.candidate_ids[:1]

    @api.depends("partner_id")
    def _compute_add_person(self):
        for wizard in self:
            _name, email = parse_contact_from_email(wizard.proposed_contact or "")
            partner = wizard.partner_id
            wizard.add_person = partner.is_company and partner.email_normalized != email

    def action_apply(self):
        """Make the chosen one, or a new person of his, the contact of the case."""
        self.ensure_one()
        contact = self.partner_id
        if self.add_person:
            contact = self.case_id._create_contact(contact.commercial_partner_id)
        self.case_id._set_contact(contact)
        return {"type": "ir.actions.act_window_close"}

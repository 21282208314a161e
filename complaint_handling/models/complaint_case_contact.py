from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import email_domain_extract
from odoo.tools.mail import parse_contact_from_email

#: Providers whose addresses say nothing about where somebody works.
FREE_MAIL = {
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com",
    "yahoo.com", "icloud.com", "me.com", "aol.com", "gmx.com", "gmx.de", "gmx.net", "web.de",
    "mail.ru", "yandex.ru", "proton.me", "protonmail.com", "orange.fr", "free.fr", "libero.it",
    "qq.com", "foxmail.com", "163.com", "126.com", "139.com", "189.cn", "sina.com", "sina.cn",
    "sohu.com", "aliyun.com", "yeah.net",
}  # fmt: skip
#: So many existing contacts are proposed.
MAX_CANDIDATES = 6


class ComplaintCase(models.Model):
    """Senders nobody knows: proposed as contacts, and made one only by a click."""

    _inherit = "complaint.case"

    proposed_contact = fields.Char(
        string="Unknown Sender",
        compute="_compute_proposed_contact",
        search="_search_proposed_contact",
        help="Who wrote, while he is not in the address book.",
    )
    contact_candidate_ids = fields.Many2many(
        "res.partner",
        compute="_compute_contact_candidate_ids",
        string="Perhaps one of these",
        help="Contacts with the same address, and customers whose addresses end in the same way.",
    )
    proposed_customer_id = fields.Many2one(
        "res.partner",
        compute="_compute_contact_candidate_ids",
        help="The only customer whose addresses end like the sender's.",
    )

    @api.depends("partner_id", "email_from", "forwarded_from", "contact_name")
    def _compute_proposed_contact(self):
        for case in self:
            _name, email = parse_contact_from_email(case.email_from or "")
            proposed = case.email_from or case.forwarded_from
            if email and case.contact_name:
                proposed = f"{case.contact_name} <{email}>"
            case.proposed_contact = not case.partner_id and proposed

    def _search_proposed_contact(self, operator, value):
        if operator != "in" or set(value) != {False}:
            return NotImplemented
        return Domain("partner_id", "!=", False) | (
            Domain("email_from", "in", [False, ""]) & Domain("forwarded_from", "in", [False, ""])
        )

    @api.depends("proposed_contact", "company_id")
    def _compute_contact_candidate_ids(self):
        for case in self:
            same, customers = case._find_candidates()
            case.contact_candidate_ids = (same | customers)[:MAX_CANDIDATES]
            case.proposed_customer_id = customers if len(customers) == 1 and not same else False

    def _find_candidates(self):
        """Return the contacts with the sender's address, and customers with its ending."""
        Partner = self.env["res.partner"]
        _name, email = parse_contact_from_email(self.proposed_contact or "")
        if not email:
            return Partner, Partner
        allowed = Domain("company_id", "in", [False, *self.company_id.sudo().parent_ids.ids])
        same = Partner.search(
            allowed & Domain("email_normalized", "=", email), limit=MAX_CANDIDATES
        )
        domain = email_domain_extract(email)
        customers = Partner
        if domain and domain not in FREE_MAIL:
            people = Partner.search(
                allowed
                & Domain("email_normalized", "=like", f"%@{domain}")
                & Domain("partner_share", "=", True),
                limit=50,
            )
            customers = people.commercial_partner_id
        return same, customers - same

    # ------------------------------------------------------------
    # Accepting a proposal
    # ------------------------------------------------------------

    def action_create_contact(self):
        """Put the sender in the address book, under the customer whose address ends like his."""
        self.ensure_one()
        self._set_contact(self._create_contact(self.proposed_customer_id))
        return True

    def action_link_contact(self):
        """Open the dialog to choose who the sender is."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Who is this?"),
            "res_model": "complaint.contact.link",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_id": self.id},
        }

    def _create_contact(self, customer):
        """Create the contact of the sender.

        :param customer: whose person he is; empty = a customer of his own
        """
        self.check_access("write")
        if not self.proposed_contact:
            raise UserError(self.env._("%(case)s has no unknown sender.", case=self.display_name))
        name, email = parse_contact_from_email(self.proposed_contact)
        # sudo: an agent may accept a proposal without the right to edit the address book
        return (
            self.env["res.partner"]
            .sudo()
            .create(
                {
                    "name": self.contact_name or name or email,
                    "email": email,
                    "phone": self.phone,
                    "parent_id": customer.id,
                    "company_id": customer.company_id.id,
                }
            )
            .with_env(self.env)
        )

    def _set_contact(self, contact):
        """Make somebody the contact of this case, and of the sender's others without customer."""
        self.check_access("write")
        name, email = parse_contact_from_email(self.proposed_contact or "")
        # sudo: cases of other teams are the same person's
        others = self.sudo().search(
            [
                ("partner_id", "=", False),
                ("email_normalized", "=", email),
                ("company_id", "=", self.company_id.id),
            ]
            if email
            else Domain.FALSE
        )
        cases = self.sudo() | others
        if email and not self.email_from:
            # forwarded by a colleague: now we know whom to answer
            self.write({"email_from": email, "contact_name": name})
        cases.write({"partner_id": contact.commercial_partner_id.id, "contact_id": contact.id})
        cases._set_author(email, contact)

    def _set_author(self, email, contact):
        """Let messages of an address without contact be his."""
        messages = self.env["mail.message"].sudo()
        messages = messages.search(
            [("model", "=", self._name), ("res_id", "in", self.ids), ("author_id", "=", False)]
        )
        mine = messages.filtered(
            lambda message: parse_contact_from_email(message.email_from or "")[1] == email
        )
        mine.write({"author_id": contact.id})

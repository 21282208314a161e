from odoo import api, models


class ComplaintCase(models.Model):
    """Cases of the public form: they count from the first second, and are shown to nobody outside
    until the sender has confirmed his mail address."""

    _inherit = "complaint.case"

    @api.model
    def _file_from_form(self, company, vals, text, attachments):
        """Open a case of somebody nobody knows yet, and ask him to confirm his address.

        A mail address that we know links to no customer before it is confirmed: anybody can
        write it into a form.

        :return: the case (sudo)
        """
        case = self._file_for_customer(
            {
                **vals,
                "company_id": company.id,
                "team_id": company.complaint_public_team_id.id,
                "channel": "form",
                "is_unconfirmed": True,
            },
            text,
            attachments,
            self.env["res.partner"],
        )
        case._send_form_confirmation()
        return case

    def _confirm_sender(self):
        """Take the address as confirmed: link the customer, and tell him number and promise."""
        self.ensure_one()
        if not self.is_unconfirmed:
            return
        contact = self.contact_id or self._find_mail_contact(self.email_from, self.company_id)
        self.write({"is_unconfirmed": False, "contact_id": contact.id})
        if contact:
            # the first message had no author as long as nobody knew whose it is
            self._set_author(self.email_normalized, contact)
        self._acknowledge()

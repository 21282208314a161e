from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import email_normalize, email_normalize_all, html2plaintext
from odoo.tools.mail import parse_contact_from_email

from .mail_reading import clean_subject, find_forwarded_sender


class ComplaintCase(models.Model):
    """What a mail makes of a case, and how people without an entry in the address book get ours.

    Context keys:

    - ``complaint_first_mail``: the message being posted is the mail that opened the case
    """

    _inherit = "complaint.case"

    forwarded_from = fields.Char(
        readonly=True,
        copy=False,
        help="Whose mail a colleague forwarded, as far as it can be told from the text.",
    )
    unlinked_emails = fields.Char(
        string="Answers also go to",
        compute="_compute_unlinked_emails",
        help="Addresses of nobody in the address book: the sender, and whom he put in copy. "
        "What you write to the customer goes to them too.",
    )

    # ------------------------------------------------------------
    # Incoming
    # ------------------------------------------------------------

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """Open a case for a mail.

        The customer is taken from the sender's address. Whoever is not in the address book stays
        out of it: he is proposed as a contact. A colleague who forwards a mail is no customer.
        """
        values = {"channel": "mail", **(custom_values or {})}
        company = self._get_route_company(values)
        msg_dict["subject"] = (msg_dict.get("subject") or "").replace("\x00", "")
        values |= {
            "name": clean_subject(msg_dict["subject"]) or self._describe_mail(msg_dict),
            "company_id": company.id,
            "date_received": msg_dict.get("date") or fields.Datetime.now(),
            **self._prepare_sender(msg_dict, company),
        }
        if values.get("forwarded_from") is not None:
            # what a colleague sends is internal: neither the customer's words nor an answer
            msg_dict["is_internal"] = True
        case = super(ComplaintCase, self.with_company(company)).message_new(
            {**msg_dict, "email_from": values["email_from"], "cc": msg_dict.get("cc_filtered")},
            values,
        )
        return case.with_context(complaint_first_mail=True)

    @api.model
    def _describe_mail(self, msg_dict):
        """Return a subject for a mail that has none: its first words."""
        words = html2plaintext(msg_dict.get("body") or "", include_references=False)
        return clean_subject(words[:80]) or self.env._("Mail without subject")

    @api.model
    def _prepare_sender(self, msg_dict, company):
        """Return who wrote a mail, as values of a case."""
        sender = self._find_sender(msg_dict)
        if sender.user_ids.filtered(lambda user: not user.share):
            text = html2plaintext(msg_dict.get("body") or "", include_references=False)
            return {"email_from": False, "forwarded_from": find_forwarded_sender(text)}
        email_from = msg_dict.get("email_from") or ""
        name, email = parse_contact_from_email(email_from)
        contact = self._find_mail_contact(email, company)
        return {
            "email_from": email or email_from or False,
            "contact_name": name if name != email else False,
            "partner_id": contact.commercial_partner_id.id,
            "contact_id": contact.id,
        }

    @api.model
    def _find_mail_contact(self, email_from, company):
        """Return the contact with a mail address; nobody if it is that of several customers.

        An address several customers share says nothing: the agent chooses among them.
        """
        email = email_normalize(email_from or "")
        # sudo: the account that brings mails need not read the address book
        partners = self.env["res.partner"].sudo()
        if not email:
            return partners
        partners = partners.search(
            Domain("email_normalized", "=", email)
            & Domain("company_id", "in", [False, *company.sudo().parent_ids.ids])
        ).filtered(lambda partner: not any(not user.share for user in partner.user_ids))
        if len(partners.commercial_partner_id) != 1:
            return partners.browse()
        # people before their company, somebody with a login before others
        return partners.sorted(lambda each: (each.is_company, not each.user_ids, each.id))[:1]

    def message_update(self, msg_dict, update_vals=None):
        """Add people in copy to those of the case; our own addresses are none."""
        return super().message_update(
            {**msg_dict, "cc": msg_dict.get("cc_filtered")}, update_vals=update_vals
        )

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        if self.env.context.get("complaint_first_mail"):
            # from the message, where pictures in the text have their addresses by now
            if html2plaintext(message.body).strip() or "<img" in message.body:
                self.sudo().description = message.body
        elif message.message_type == "email" and message.subtype_id.internal:
            self._tell_of_stranger(message)
        return result

    def _tell_of_stranger(self, message):
        """Tell the agent that somebody wrote who has nothing to do with the case."""
        if self._is_ours(message.author_id) or not self.user_id or self.mail_failure:
            return
        self.message_notify(
            subject=self.display_name,
            body=self.env._(
                "%(sender)s answered %(case)s without being its customer or in copy. The message "
                "is kept as a note and does not count as the customer's. If he belongs to the "
                "case, add his address to the copies.",
                sender=message.email_from,
                case=self._get_html_link(),
            ),
            partner_ids=self.user_id.partner_id.ids,
        )

    # ------------------------------------------------------------
    # Outgoing
    # ------------------------------------------------------------

    @api.depends("email_from", "email_cc", "partner_id", "contact_id")
    def _compute_unlinked_emails(self):
        emails = {case: case._get_unlinked_candidates() for case in self}
        known = set(
            # sudo: whether an address is known, not whose it is
            self.env["res.partner"]
            .sudo()
            .search([("email_normalized", "in", sorted(set().union(*emails.values())))])
            .mapped("email_normalized")
        )
        for case in self:
            sender = case.email_normalized
            case.unlinked_emails = ", ".join(
                email for email in emails[case] if email == sender or email not in known
            )

    def _get_unlinked_candidates(self):
        """Return the addresses of a case that no follower of it stands for."""
        emails = [self.email_normalized] if self.email_normalized else []
        emails += self._get_copied_emails()
        # sudo: which people follow the case, whoever reads it
        reached = (self.sudo()._get_contact() | self.sudo().message_partner_ids).mapped(
            "email_normalized"
        )
        return [email for email in dict.fromkeys(emails) if email not in reached]

    def _get_copied_emails(self):
        return email_normalize_all(self.email_cc or "")

    def message_post(self, **kwargs):
        """Send what a colleague writes to the customer to addresses without a contact as well."""
        if self._is_written_to_customer(kwargs):
            given = email_normalize_all(kwargs.get("outgoing_email_to") or "")
            had = email_normalize_all(
                f"{kwargs.get('incoming_email_to')},{kwargs.get('incoming_email_cc')}"
            )
            missing = [
                email
                for email in email_normalize_all(self.unlinked_emails or "")
                if email not in (*given, *had)
            ]
            if missing:
                outgoing = [kwargs.get("outgoing_email_to"), *missing]
                kwargs["outgoing_email_to"] = ", ".join(filter(None, outgoing))
        return super().message_post(**kwargs)

    def _is_written_to_customer(self, values):
        """Say whether values of a message are a colleague's words that the customer gets."""
        if values.get("message_type") not in ("comment", "email"):
            return False
        subtype = self.env["mail.message.subtype"].browse(values.get("subtype_id") or [])
        if values.get("subtype_xmlid"):
            subtype = self.env.ref(values["subtype_xmlid"])
        if not subtype or subtype.internal:
            return False
        if values.get("author_id") is None and not values.get("email_from"):
            return self.env.user._is_internal()
        return self._is_ours(self.env["res.partner"].browse(values.get("author_id") or []))

    def _notify_get_recipients(self, message, msg_vals=False, **kwargs):
        """Let what comes from outside go to colleagues only: cases are no mailing list."""
        recipients = super()._notify_get_recipients(message, msg_vals=msg_vals, **kwargs)
        if message.message_type in ("email", "comment") and not self._is_ours(message.author_id):
            recipients = [recipient for recipient in recipients if not recipient["share"]]
        return recipients

    def _message_get_suggested_recipients_batch(self, **kwargs):
        """Suggest people only: addresses without a contact get the answer anyway.

        Core would make contacts of them as soon as somebody answers.
        """
        suggested = super()._message_get_suggested_recipients_batch(**{**kwargs, "no_create": True})
        return {
            case_id: [recipient for recipient in recipients if recipient["partner_id"]]
            for case_id, recipients in suggested.items()
        }

    def _notify_get_reply_to_batch(self, defaults=None, author_ids=None):
        """Let answers come to the address of the team, where it has one."""
        reply_to = super()._notify_get_reply_to_batch(defaults=defaults, author_ids=author_ids)
        # sudo: the address of a team is no secret
        for case in self.sudo():
            if case.team_id.alias_email:
                reply_to[case.id] = self._notify_get_reply_to_formatted_email(
                    case.team_id.alias_email, author_id=(author_ids or {}).get(case.id)
                )
        return reply_to

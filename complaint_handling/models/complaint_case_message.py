from odoo import SUPERUSER_ID, fields, models
from odoo.tools import email_normalize, email_normalize_all, is_html_empty

from .kinds import WORKING

#: Messages that people write; all others are written by the system and prove nothing.
WRITTEN = ("comment", "email", "email_outgoing")


class ComplaintCase(models.Model):
    """What messages do to a case: a human answer, or the customer writing."""

    _inherit = "complaint.case"

    def _message_post_after_hook(self, message, msg_vals):
        result = super()._message_post_after_hook(message, msg_vals)
        self._note_message(message, msg_vals)
        return result

    def _note_message(self, message, msg_vals):
        """Tell a new message apart: an answer of ours, the customer's, or neither."""
        self.ensure_one()
        if message.message_type not in WRITTEN or message.subtype_id.internal:
            return
        if not message.subtype_id or message.is_internal:
            return
        if self._is_ours(message.author_id):
            if self._says_something(message) and self._is_for_customer(message, msg_vals):
                # the system keeps the clocks of a case its user may write to
                self.sudo()._note_answer(self._get_moment(message), message)
        elif self._is_from_customer(message):
            # sudo: the customer himself may not write cases
            self.sudo()._note_customer_message(message)

    def _says_something(self, message):
        """Say whether a message has words or files: an empty one answers nobody."""
        # sudo: whether there are files, not which
        return not is_html_empty(message.body) or bool(message.sudo().attachment_ids)

    def _get_moment(self, message):
        """Return when a message was sent.

        Only a mail was sent before it is here. What is written here counts from now on,
        whatever date it is given, or promises could be kept afterwards.
        """
        now = fields.Datetime.now()
        if message.message_type == "email" and message.date:
            return min(message.date, now)
        return now

    def _is_ours(self, author):
        """Say whether somebody works here; a customer with a portal login does not."""
        # sudo: whether a person has a user
        users = author.sudo().with_context(active_test=False).user_ids
        return bool(users.filtered(lambda user: not user.share and user.active))

    def _is_for_customer(self, message, msg_vals):
        """Say whether a message reaches the customer, by mail or in the portal."""
        outgoing = msg_vals.get("outgoing_email_to") or message.sudo().outgoing_email_to
        if self.email_normalized in email_normalize_all(outgoing or ""):
            return True
        # sudo: who follows, and whether he has a login
        people = (message.partner_ids | self.sudo().message_partner_ids).sudo()
        return any(
            self._is_customer(partner) and (partner.email or partner.user_ids) for partner in people
        )

    def _is_from_customer(self, message):
        if message.author_id:
            return self._is_customer(message.author_id)
        return bool(self.email_normalized) and (
            email_normalize(message.email_from or "") == self.email_normalized
        )

    def _is_customer(self, partner):
        """Say whether a person belongs to the customer: he, his company, or the address given."""
        partner = partner.sudo()
        if self.partner_id and partner.commercial_partner_id == self.sudo().partner_id:
            return not self._is_ours(partner)
        return bool(self.email_normalized) and partner.email_normalized == self.email_normalized

    def _note_customer_message(self, message):
        """The customer wrote: clocks that waited for him run, a solved case is taken up again.

        Later than the grace after closing his message goes to the case that follows on.
        """
        self.ensure_one()
        moment = self._get_moment(message)
        self.write({"date_last_customer": moment})
        if self.pause_reason_id.waits_for == "customer":
            self._resume(moment)
        if self.stage_kind in WORKING:
            return
        if self._is_in_grace(moment):
            self._reopen(self.env._("The customer wrote again."), message)
        else:
            self._carry_on(message)

    def _carry_on(self, message):
        """Post a message that came long after closing in the case that follows on.

        A new one is opened for it where there is none yet: a second mail is no second complaint.
        """
        case = self._find_follow_up(message) or self._open_follow_up_case(message)
        case._post_again(message)
        self._message_log(
            body=self.env._("The customer wrote again: %(link)s.", link=case._get_html_link())
        )

    def _find_follow_up(self, message):
        """Return the newest case that follows on this one, over several if need be, and takes
        messages of this author: it is his, and open or closed a short while ago.
        """
        self.ensure_one()
        found = last = self
        while last:
            # a case may have been merged into one that was there already
            last = self.search([("previous_case_id", "in", last.ids)])._get_survivor() - found
            found |= last
        followers = (found - self).filtered(
            lambda case: case.company_id == self.company_id
            and (case.stage_kind in WORKING or case._is_in_grace(message.date))
            and case._is_from_customer(message)
        )
        return followers.sorted("id")[-1:]

    def _open_follow_up_case(self, message):
        """Open a new case for a message that came long after the old one was closed.

        Who had the old case gets it, if he is there: he knows the matter.
        """
        present = self.team_id._get_present_members().user_id
        return self.create(
            {
                "name": message.subject or self.name,
                "description": message.body,
                "kind": self.kind,
                "channel": "mail" if message.message_type == "email" else "portal",
                "company_id": self.company_id.id,
                "team_id": self.team_id.id,
                "user_id": (self.user_id & present).id,
                "partner_id": self.partner_id.id,
                "contact_id": self.contact_id.id,
                "contact_name": self.contact_name,
                "customer_lang": self.customer_lang,
                "email_from": self.email_from,
                "phone": self.phone,
                "category_id": self.category_id.id,
                "sale_order_id": self.sale_order_id.id,
                "invoice_id": self.invoice_id.id,
                "product_id": self.product_id.id,
                "previous_case_id": self.id,
                "date_received": message.date,
            }
        )

    def _post_again(self, message):
        """Post a message of another case in this one, with its files.

        It keeps its message-id: answers to it come to the newest message that has it, which is
        the one here.
        """
        self.ensure_one()
        target = {"res_model": self._name, "res_id": self.id}
        files = [attachment.copy(target) for attachment in message.attachment_ids]
        # superuser: core lets customers attach what they uploaded themselves only
        poster = self.with_user(SUPERUSER_ID).with_context(mail_post_autofollow=False)
        return poster.message_post(
            body=message.body,
            subject=message.subject,
            date=message.date,
            author_id=message.author_id.id,
            email_from=message.email_from,
            message_id=message.message_id,
            message_type=message.message_type,
            subtype_xmlid="mail.mt_comment",
            attachment_ids=[file.id for file in files],
        )

    def _clean_empty_message(self, message):
        # core empties messages piece by piece, files last
        message._check_not_proof()
        return super()._clean_empty_message(message)

    # ------------------------------------------------------------
    # Messages by the system
    # ------------------------------------------------------------

    def _may_mail_customer(self):
        """Return those whose customer may get mails the system writes by itself.

        The company switched them on and went live, and the sender is known or confirmed.
        """
        today = fields.Date.context_today(self)
        return self.filtered(
            lambda case: case.company_id.sudo().complaint_customer_mail
            and (case.company_id.sudo().go_live_date or today) <= today
            and not case.is_unconfirmed
            and not case.merged_into_id
        )

    def _send_template(self, xmlid, key=""):
        """Write to the customers by a template: queued, and never twice for the same key.

        :param xmlid: of a ``mail.template`` for cases
        :param key: tells apart what may be sent again, such as the run or a reminder's number
        :return: the cases whose mail was queued
        """
        template = self.env.ref(xmlid).sudo()
        cases = self._may_mail_customer()
        cases = cases.filtered(lambda case: case._get_contact().email or case.email_from)
        cases = self.env["complaint.notice"]._claim(cases, template, key)
        if cases:
            mails = template.send_mail_batch(cases.ids, force_send=False)
            self._hide_page_links(mails)
        return cases

"""What a customer sees of his cases: which ones, and told in his words.

Portal users have no access rights on cases. Controllers find a case through
:meth:`_find_for_customer` only, and show nothing but what the methods here return: no stage, note,
level, cause, severity or cost.
"""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import consteq, plaintext2html

from odoo.addons.base.models.res_partner import _lang_get

from .kinds import WORKING

#: Message types that are a word between the customer and us; what the machine logs is none.
SPOKEN = ("comment", "email", "email_outgoing", "auto_comment")
#: Promises a customer is told.
PROMISED = ("first_response", "resolve")


def is_same(secret, given):
    """Compare a token with what a visitor gave, in constant time; no token fits nothing."""
    return bool(secret and given) and consteq(secret.encode(), str(given).encode())


class ComplaintCase(models.Model):
    _inherit = "complaint.case"

    customer_lang = fields.Selection(
        _lang_get,
        string="Language of the Customer",
        help="In which he wrote to us; where his contact says another, that one holds.",
    )

    # ------------------------------------------------------------
    # Which cases are his
    # ------------------------------------------------------------

    @api.model
    def _get_customer_domain(self, user):
        """Return the cases that a portal user may see, the one place that says so.

        His own; those of his colleagues only where our company shares them; nothing of a customer
        he left, nor before the sender of a public form was confirmed.
        """
        partner = user.partner_id
        customer = partner.commercial_partner_id
        own = Domain("contact_id", "=", partner.id) | (
            Domain("contact_id", "=", False) & Domain("partner_id", "=", partner.id)
        )
        # a contact may have become part of a company after he complained
        own &= Domain("partner_id", "in", [False, partner.id, customer.id])
        shared = Domain("partner_id", "=", customer.id)
        shared &= Domain("company_id.complaint_portal_colleagues", "=", True)
        return (
            Domain("company_id", "in", user.company_ids.ids)
            & Domain("is_unconfirmed", "=", False)
            & Domain("merged_into_id", "=", False)
            & (own | shared)
        )

    @api.model
    def _find_for_customer(self, case_id, user, access_token=None):
        """Return a case (sudo) that a visitor may see, else none.

        :param case_id: the id in the address
        :param user: who is logged in, or the public user
        :param access_token: from the link in a mail of ours
        """
        # sudo: customers have no rights on cases; here is decided which ones they see
        case = self.sudo().browse(case_id).exists()
        if case.is_unconfirmed:
            return case.browse()
        has_link = is_same(case.access_token, access_token)
        # the conversation goes on in the case into which another one was merged
        case = case.merged_into_id or case
        if has_link:
            return case
        if not user or user._is_public():
            return case.browse()
        return case.filtered_domain(self._get_customer_domain(user))

    # ------------------------------------------------------------
    # Told in his words
    # ------------------------------------------------------------

    def _get_customer_lang(self):
        """Return the language in which the customer is written to."""
        self.ensure_one()
        return (
            self._get_contact().lang
            or self.customer_lang
            or self.company_id.partner_id.lang
            or self.env.lang
            or "en_US"
        )

    def _get_customer_tz(self):
        """Return the time zone in which dates are told to the customer."""
        self.ensure_one()
        calendar, _notice = self.team_id._get_calendar(self.company_id)
        return self._get_contact().tz or calendar.tz or "UTC"

    @api.model
    def _get_customer_states(self):
        """Return ``{code: (word, colour of the badge)}`` of the states a customer is told."""
        return {
            "received": (self.env._("Received"), "info"),
            "working": (self.env._("We are working on it"), "primary"),
            "waiting": (self.env._("Waiting for your answer"), "warning"),
            "solved": (self.env._("Solved"), "success"),
            "closed": (self.env._("Closed"), "secondary"),
            "declined": (self.env._("Not accepted"), "secondary"),
        }

    def _get_customer_state(self):
        """Return the state of a case as a customer is told, see :meth:`_get_customer_states`."""
        self.ensure_one()
        if self.stage_kind in WORKING and self.held_by == "customer":
            return "waiting"
        return {
            "new": "received",
            "accepted": "working",
            "progress": "working",
            "resolved": "solved",
            "closed": "closed",
            "rejected": "declined",
        }[self.stage_kind]

    def _get_customer_timeline(self):
        """Return what happened, as ``[(moment, words)]``, oldest first."""
        self.ensure_one()
        ended = (
            self.env._("We could not accept it")
            if self.stage_kind == "rejected"
            else self.env._("Closed")
        )
        steps = [
            (self.date_received, self.env._("Your message reached us")),
            (self.date_accepted, self.env._("A colleague is taking care of it")),
            (self.date_first_response, self.env._("First answer to you")),
            (self.date_resolved, self.env._("Solved")),
            (self.date_closed, ended),
        ]
        return sorted((step for step in steps if step[0]), key=lambda step: step[0])

    def _get_customer_promises(self):
        """Return what is still promised, as ``[(kind, moment, whether it is late)]``."""
        self.ensure_one()
        clocks = self.clock_ids.filtered(
            lambda clock: clock.kind in PROMISED
            and clock.state in ("running", "breached")
            and clock.date_due
        )
        return [
            (clock.kind, clock.date_due, clock.state == "breached")
            for clock in clocks.sorted("date_due")
        ]

    def _get_customer_messages(self):
        """Return the words exchanged with the customer (sudo), oldest first."""
        self.ensure_one()
        Message = self.env["mail.message"]
        domain = (
            Domain("model", "=", self._name)
            & Domain("res_id", "=", self.id)
            & Domain("message_type", "in", SPOKEN)
            # what Odoo shows to people from outside: no notes, nothing marked as internal
            & Message._get_search_domain_share()
        )
        # sudo: the case is the customer's; only what is meant for him is read
        return Message.sudo().search(domain, order="id")

    # ------------------------------------------------------------
    # What he does
    # ------------------------------------------------------------

    @api.model
    def _file_for_customer(self, vals, text, attachments, author):
        """Open a case with the customer's own words as its first message.

        :param vals: values of the case; its company, channel and who it is from among them
        :param text: what he wrote
        :param attachments: ``[(file name, bytes)]``
        :param author: partner who wrote, none where nobody knows yet whether it was him
        :return: the case (sudo)
        """
        body = plaintext2html(text)
        # sudo: a customer opens a case, on which he has no rights
        cases = self.sudo().with_company(vals["company_id"])
        case = cases.with_context(mail_create_nosubscribe=True).create(
            {**vals, "description": body, "customer_lang": self.env.lang}
        )
        case._post_for_customer(body, attachments, author)
        return case.with_env(self.env(su=True))

    def _post_for_customer(self, body, attachments, author):
        """Write a message of the customer into his case.

        :param author: partner who wrote; none = the unconfirmed sender of a form
        """
        self.ensure_one()
        return self.with_context(mail_post_autofollow=False).message_post(
            body=body,
            attachments=attachments,
            author_id=author.id,
            email_from=author.email_formatted or self.email_from or False,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

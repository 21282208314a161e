"""Letters that go to customers by themselves: what their templates say, and when they leave."""

import re

import babel.dates
from markupsafe import Markup
from odoo import api, fields, models
from odoo.tools import formataddr, hmac
from odoo.tools.misc import babel_locale_parse
from werkzeug.urls import url_encode

from .complaint_case_portal import is_same

TEMPLATE = "complaint_handling.mail_template_%s"
#: What a link in a letter is for, and where it leads; the token of one does not fit another.
PAGES = {
    "confirm": "/complaint/confirm/%s/%s",
    "verdict": "/complaint/solved/%s/%s",
    "rating": "/complaint/rating/%s/%s",
}
#: Such a link as it stands in a letter.
PAGE_LINK = re.compile(r"https?://[^\"'\s]*/complaint/(?:confirm|solved|rating)/[^\"'\s]*")


class ComplaintCase(models.Model):
    """Context key ``complaint_sample``: a colleague reads a letter, so its links do nothing."""

    _inherit = "complaint.case"

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create(vals_list)
        cases._acknowledge()
        return cases

    # ------------------------------------------------------------
    # Links
    # ------------------------------------------------------------

    def _get_page_token(self, page):
        self.ensure_one()
        return hmac(self.env(su=True), f"complaint_handling-{page}", self.id)

    def _get_page_url(self, page, **query):
        """Return the link to a page of the customer, see :data:`PAGES`.

        :param query: what is chosen on the page beforehand; only his click there counts
        """
        self.ensure_one()
        if self.env.context.get("complaint_sample"):
            return self.get_base_url()
        path = PAGES[page] % (self.id, self._get_page_token(page))
        return f"{self.get_base_url()}{path}{'?' if query else ''}{url_encode(query)}"

    def _get_case_url(self):
        """Return the link to the case itself, which needs no login."""
        self.ensure_one()
        if self.env.context.get("complaint_sample"):
            return self.get_base_url()
        return f"{self.get_base_url()}{self.get_portal_url()}"

    @api.model
    def _find_by_page_token(self, case_id, page, token):
        """Return the case (sudo) that a link leads to, none where the token is not its own."""
        # sudo: whoever has the link of his mail needs no login
        case = self.sudo().browse(case_id).exists()
        if not case or not is_same(case._get_page_token(page), token):
            return case.browse()
        case = case.merged_into_id or case
        # a sender who is not confirmed has one thing to do only
        return case.browse() if case.is_unconfirmed and page != "confirm" else case

    # ------------------------------------------------------------
    # To whom, and from whom
    # ------------------------------------------------------------

    def _get_letter_partner(self):
        """Return the contact a letter goes to, none where only an address is known."""
        self.ensure_one()
        contact = self._get_contact()
        return contact if contact.email else contact.browse()

    def _get_letter_address(self):
        """Return the address a letter goes to where it goes to no contact."""
        self.ensure_one()
        return "" if self._get_letter_partner() else self.email_from or ""

    def _get_letter_name(self):
        self.ensure_one()
        return self._get_contact().name or self.contact_name or self.email_from or ""

    def _get_letter_sender(self):
        """Return the address of the team, where answers become messages of the case."""
        self.ensure_one()
        team, company = self.team_id, self.company_id
        if team.alias_email:
            return formataddr((company.name, team.alias_email))
        return company.email_formatted or self.env.user.email_formatted

    # ------------------------------------------------------------
    # Words
    # ------------------------------------------------------------

    def _say_moment(self, moment):
        """Return a moment in the customer's language and time zone, with the day of the week."""
        self.ensure_one()
        locale = babel_locale_parse(self._get_customer_lang())
        moment = fields.Datetime.context_timestamp(
            self.with_context(tz=self._get_customer_tz()), moment
        )
        return self.env._(
            "%(day)s, %(time)s",
            day=babel.dates.format_date(moment, "full", locale=locale),
            time=babel.dates.format_time(moment, "short", locale=locale),
        )

    def _get_promise_words(self):
        """Return what is promised as ``{kind: moment in words}``, without what is late."""
        self.ensure_one()
        return {
            kind: self._say_moment(moment)
            for kind, moment, is_late in self._get_customer_promises()
            if not is_late
        }

    def _get_hours_words(self):
        """Return when somebody works on cases; nothing where work goes on around the clock."""
        self.ensure_one()
        calendar, _notice = self.team_id._get_calendar(self.company_id)
        return calendar._get_hours_in_words(self._get_customer_lang()) if calendar else ""

    # ------------------------------------------------------------
    # Sending
    # ------------------------------------------------------------

    @api.model
    def _hide_page_links(self, mails):
        """Take the links that speak for the customer out of the history of his case.

        The mails keep them; an agent who reads what was sent cannot answer in his place.
        """
        for message in mails.mail_message_id:
            message.body = Markup(PAGE_LINK.sub("#", message.body or ""))

    def _acknowledge(self):
        """Tell customers the number of their case, and what is promised."""
        self._send_template(TEMPLATE % "acknowledge")

    def _send_form_confirmation(self):
        """Ask who filled in the public form to confirm his address.

        The one letter that needs no other switch than that of the form: the form asked for it.
        """
        self.ensure_one()
        # sudo: the visitor of the form is nobody in this database
        template = self.env.ref(TEMPLATE % "confirm").sudo()
        self._hide_page_links(template.send_mail_batch(self.ids))
        # he waits for it at his screen
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()

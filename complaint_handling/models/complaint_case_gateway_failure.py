import logging

from markupsafe import Markup
from odoo import SUPERUSER_ID, api, models

from .mail_reading import clean_subject, get_head, make_message_id, read_in_part

_logger = logging.getLogger(__name__)


class ComplaintCase(models.Model):
    """Mails that could not be processed become cases all the same."""

    _inherit = "complaint.case"

    @api.model
    def _keep_failed_mail(self, model, raw, error):
        """Make a case of a mail that could not be processed, in a transaction of its own.

        It goes to the catch-all team of the company it was written to, with what can be read of
        it and the original attached.

        :return: id of the case
        :raise: the error, if not even that is possible: then the mail server still knows
        """
        _logger.warning("A mail about complaints could not be processed", exc_info=error)
        with self.env.registry.cursor() as cr:
            env = self.env(cr=cr, user=SUPERUSER_ID, su=True)
            return env[self._name]._create_failed_case(raw, error).id

    @api.model
    def _create_failed_case(self, raw, error):
        head = get_head(raw)
        read = read_in_part(raw)
        message_id = read["message_id"] or make_message_id(raw)
        known = self._find_mails([message_id])
        if known:
            return self.browse(known.res_id)
        answered = self._find_answered_case(head)
        company = self._find_addressed_teams(head)[:1].company_id or answered.company_id
        company = company or self.env.company
        if not self.env["complaint.team"]._get_default(company):
            # a mail is never lost, not even where nobody is there to take it
            company.sudo().root_id._create_complaint_team()
        contact = self._find_mail_contact(read["email_from"], company)
        case = self.with_company(company).create(
            {
                "name": clean_subject(read["subject"]) or self.env._("Mail that cannot be read"),
                "description": Markup("<pre>%s</pre>") % read["text"] if read["text"] else False,
                "company_id": company.id,
                "team_id": self.env["complaint.team"]._get_catch_all(company).id,
                "partner_id": contact.commercial_partner_id.id,
                "contact_id": contact.id,
                "email_from": read["email_from"],
                "contact_name": read["name"],
                "channel": "mail",
                "date_received": self._get_mail_date({"date": _as_utc(read["date"])}),
                "previous_case_id": answered.id,
                "mail_failure": self._explain_failure(error),
            }
        )
        case.message_post(
            body=Markup("<p>%s</p><pre>%s</pre>")
            % (
                self.env._("This mail could not be processed. What could be read of it:"),
                read["text"],
            ),
            subject=read["subject"],
            message_type="email",
            author_id=contact.id or False,
            email_from=read["email_from"],
            message_id=message_id,
            attachments=[("original_mail.eml", raw)],
        )
        return case

    @api.model
    def _explain_failure(self, error):
        return self.env._(
            "Check customer and team, answer as usual, and tell your administrator what went "
            "wrong: %(error)s",
            error=f"{type(error).__name__}: {error}"[:1000].replace("\x00", ""),
        )


def _as_utc(date):
    if not date or not date.tzinfo:
        return date
    return (date - date.utcoffset()).replace(tzinfo=None)

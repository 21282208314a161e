import logging
from datetime import timedelta

from markupsafe import Markup
from odoo import SUPERUSER_ID, api, models
from odoo.fields import Domain
from odoo.tools import email_normalize, html2plaintext

from .mail_reading import clean_subject

_logger = logging.getLogger(__name__)

#: So many equal mails of a sender are kept within the time of core's loop guard; further ones
#: tell nothing new.
EQUAL_MAILS = 3


class ComplaintCase(models.Model):
    """Mails of machines, and too many mails of somebody."""

    _inherit = "complaint.case"

    # ------------------------------------------------------------
    # Too many mails
    # ------------------------------------------------------------

    @api.model
    def _is_known_sender(self, message_dict):
        """Say whether a sender is in the address book, or wrote before the last few hours."""
        email = email_normalize(message_dict.get("email_from") or "")
        since = self._get_loop_window()
        earlier = [("email_normalized", "=", email), ("create_date", "<", since)]
        return bool(email) and bool(
            self._find_sender(message_dict) or self.sudo().search_count(earlier, limit=1)
        )

    @api.model
    def _get_loop_window(self):
        get_param = self.env["ir.config_parameter"].sudo().get_param
        minutes = int(get_param("mail.gateway.loop.minutes", 120))
        return self.env.cr.now() - timedelta(minutes=minutes)

    @api.model
    def _get_recent_cases(self, message_dict, company=None):
        """Return the cases a sender opened within the time of core's loop guard."""
        email = email_normalize(message_dict.get("email_from") or "")
        domain = Domain("email_normalized", "=", email)
        domain &= Domain("create_date", ">=", self._get_loop_window())
        if company:
            domain &= Domain("company_id", "=", company.id)
        return self.sudo().search(domain, order="id desc") if email else self.sudo()

    def _limit_route(self, message_dict, route):
        """Let a sender who opened very many cases go on in the newest instead.

        Core would drop his mails. Nothing is lost this way, and circles end: nobody is sent an
        acknowledgement for a mail that opens no case.
        """
        model, thread_id, values, user_id, alias = route
        if thread_id:
            return route
        get_param = self.env["ir.config_parameter"].sudo().get_param
        limit = int(get_param("mail.gateway.loop.threshold", 20))
        cases = self._get_recent_cases(message_dict, self._get_route_company(values))
        newest = cases.filtered("is_open")[:1]
        if len(cases) < limit or not newest:
            return route
        _logger.info(
            "Mail from %s with Message-Id %s opens no case after %s others: added to case %s",
            message_dict.get("email_from"),
            message_dict["message_id"],
            len(cases),
            newest.number,
        )
        return model, newest.id, values, user_id, alias

    @api.model
    def _is_repetition(self, message_dict):
        """Say whether the sender wrote the very same several times just now.

        So do answering machines that do not say what they are. Mails with attachments are never
        taken for it: the same words may come with another picture.
        """
        cases = self._get_recent_cases(message_dict)
        if message_dict.get("attachments") or not cases:
            return False
        # sudo: see above
        messages = (
            self.env["mail.message"]
            .sudo()
            .search(
                [
                    ("model", "=", self._name),
                    ("res_id", "in", cases.ids),
                    ("message_type", "=", "email"),
                    ("create_date", ">=", self._get_loop_window()),
                ],
                limit=200,
            )
        )
        wanted = _get_words(message_dict.get("subject"), message_dict.get("body"))
        # by message-id: a late answer stands in the old case and in the one that follows on
        equal = {
            each.message_id for each in messages if _get_words(each.subject, each.body) == wanted
        }
        return len(equal) >= EQUAL_MAILS

    # ------------------------------------------------------------
    # Refused
    # ------------------------------------------------------------

    def _refuse_robot(self, message, message_dict, routes, robot):
        """Refuse an automatic mail: cases it answers get a note, which counts for nothing."""
        answered = self.sudo().browse([route[1] for route in routes if route[1]])
        for case in answered:
            case._log_mail(
                message_dict,
                self.env._(
                    "An automatic reply came from %(sender)s and was not counted (%(header)s).",
                    sender=message_dict.get("email_from"),
                    header=robot,
                ),
            )
        if answered:
            self._log_refusal(message_dict, robot)
        else:
            self._refuse_mail(message, message_dict, routes, "robot", robot)

    def _refuse_mail(self, message, message_dict, routes, reason, detail=""):
        """Keep a refused mail for some weeks: a person may decide otherwise."""
        self._log_refusal(message_dict, detail or reason)
        company = self._get_route_company(routes[0][2])
        self.env["complaint.mail.refusal"]._keep(message, message_dict, company, reason, detail)

    def _log_refusal(self, message_dict, why):
        _logger.info(
            "Refused mail from %s to %s with Message-Id %s: %s",
            message_dict.get("email_from"),
            message_dict.get("to"),
            message_dict.get("message_id"),
            why,
        )

    def _note_bounce(self, message_dict):
        """Tell the agent that our mail did not arrive."""
        bounced = message_dict.get("bounced_message")
        if not bounced or bounced.model != self._name:
            return
        self._check_mail_bringer()
        case = self.sudo().browse(bounced.res_id).exists()._get_survivor()
        if case and not self._find_mails([message_dict["message_id"]]):
            case._log_mail(
                message_dict,
                self.env._(
                    "Our mail to %(address)s could not be delivered.",
                    address=message_dict.get("bounced_email") or message_dict.get("to"),
                ),
                case.user_id.partner_id,
            )

    def _log_mail(self, message_dict, sentence, partners=None):
        """Note a mail that counts for nothing, with its text."""
        self.ensure_one()
        self.with_user(SUPERUSER_ID).message_post(
            body=Markup("<p>%s</p><blockquote>%s</blockquote>")
            % (sentence, Markup(message_dict.get("body") or "")),  # sanitised by the field
            message_type="notification",
            subtype_xmlid="mail.mt_note",
            message_id=message_dict["message_id"],
            date=message_dict.get("date"),
            partner_ids=partners.ids if partners else None,
        )


def _get_words(subject, body):
    return clean_subject(subject), " ".join(html2plaintext(body or "").split())

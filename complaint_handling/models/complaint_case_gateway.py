import logging
import re
from datetime import timedelta

from markupsafe import Markup
from odoo import SUPERUSER_ID, api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize, html2plaintext

from .mail_reading import (
    MESSAGE_ID,
    clean_subject,
    find_robot,
    get_head,
    limit_date,
    make_message_id,
    read_in_part,
)

_logger = logging.getLogger(__name__)

#: So many equal mails of a sender are kept within the time of core's loop guard; further ones
#: tell nothing new.
EQUAL_MAILS = 3
#: What may be the number of a case, in a subject.
NUMBERS = re.compile(r"\w[\w/.-]*\d")


class ComplaintCase(models.Model):
    """Which incoming mail becomes a case, answers one, or is refused.

    Context keys:

    - ``complaint_accept_mail``: a person said that this mail is none of a machine
    """

    _inherit = "complaint.case"

    # ------------------------------------------------------------
    # Is it about complaints?
    # ------------------------------------------------------------

    @api.model
    def _concerns_mail(self, model, raw):
        """Say whether a mail is written to a team of ours, or answers a case.

        Goes by the bytes, because the mails that matter most here cannot be parsed.
        """
        if model == self._name:
            return True
        head = get_head(raw)
        return bool(self._find_addressed_teams(head) or self._find_answered_case(head))

    @api.model
    def _find_addressed_teams(self, head):
        """Return the teams whose address is among the header lines of a mail."""
        head = head.lower()
        # sudo: the account that brings mails need not have rights on complaints
        aliases = self.env["mail.alias"].sudo()
        aliases = aliases.search(
            [
                ("alias_model_id.model", "=", self._name),
                ("alias_parent_model_id.model", "=", "complaint.team"),
                ("alias_name", "!=", False),
            ]
        )
        found = [
            alias.alias_parent_thread_id
            for alias in aliases
            if re.search(_address_pattern(alias).encode(), head)
        ]
        return self.env["complaint.team"].sudo().browse(found).exists()

    @api.model
    def _find_answered_case(self, head):
        """Return the case whose messages the header lines of a mail refer to."""
        ids = [each.decode(errors="replace") for each in MESSAGE_ID.findall(head)[-32:]]
        message = self._find_mails(ids)
        return self.sudo().browse(message.res_id).exists()._get_survivor()

    @api.model
    def _find_mails(self, message_ids):
        """Return the newest message of a case with one of these message-ids."""
        # sudo: see above
        messages = self.env["mail.message"].sudo()
        return messages.search(
            [("message_id", "in", message_ids), ("model", "=", self._name)],
            order="id desc",
            limit=1,
        )

    # ------------------------------------------------------------
    # Routes
    # ------------------------------------------------------------

    @api.model
    def _choose_mail_routes(self, message, message_dict, routes):
        """Decide what a mail does to cases; routes of other applications stay as they are.

        One mail opens one case in each company, even if it names several teams.

        :param message: ``email.message.EmailMessage``
        :param message_dict: what core parsed of it; author, date and id are set right here
        :param routes: core's ``(model, thread, values, user, alias)``
        :return: the routes to take
        """
        if message_dict.get("is_bounce"):
            self._note_bounce(message_dict)
            return routes
        ours = [route for route in routes if route[0] == self._name]
        if not ours:
            return routes
        others = [route for route in routes if route[0] != self._name]
        if not self._claim_mail(message, message_dict):
            return others
        message_dict["date"] = self._get_mail_date(message_dict)
        chosen = self._merge_routes(message_dict, self._sort_routes(message, ours))
        robot = None if self.env.context.get("complaint_accept_mail") else find_robot(message)
        if robot:
            self._refuse_robot(message, message_dict, chosen, robot)
            return others
        if self._is_repetition(message_dict):
            self._refuse_mail(message, message_dict, chosen, "loop")
            return others
        return others + [self._limit_route(message_dict, route) for route in chosen]

    @api.model
    def _claim_mail(self, message, message_dict):
        """Say whether a mail is new; the same one may be delivered twice, even at once.

        Core looks only among the messages the account that brings mails may read.
        """
        if not message.get("Message-Id"):
            parts = [
                message_dict.get(key) for key in ("email_from", "to", "subject", "date", "body")
            ]
            message_dict["message_id"] = make_message_id(*parts)
        message_id = message_dict["message_id"]
        lock = SQL("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", message_id)
        if self.env.execute_query(lock)[0][0] and not self._find_mails([message_id]):
            return True
        _logger.info("Ignored mail with Message-Id %s: it was delivered before", message_id)
        return False

    @api.model
    def _get_mail_date(self, message_dict):
        now = fields.Datetime.now()
        try:
            date = fields.Datetime.to_datetime(message_dict.get("date"))
        except ValueError:  # a year that no database can hold
            date = None
        return fields.Datetime.to_string(limit_date(date, now))

    @api.model
    def _sort_routes(self, message, routes):
        """Put the team named first by the sender first; core mixes the addresses up."""
        named = (str(each) for name in ("To", "Cc") for each in message.get_all(name, []))
        recipients = ", ".join(named).lower()

        def position(route):
            alias = route[4]
            found = alias and re.search(_address_pattern(alias.sudo()), recipients)
            return found.start() if found else len(recipients)

        return sorted(routes, key=position)

    @api.model
    def _merge_routes(self, message_dict, routes):
        """Find the case each route answers, and leave one route for each case and company."""
        sender = self._find_sender(message_dict)
        chosen = {}
        for model, thread_id, values, user_id, alias in routes:
            company = self._get_route_company(values)
            case = self.sudo().browse(thread_id or []).exists()._get_survivor()
            if case:
                self._mark_answer(message_dict, case, sender)
            else:
                case = self._find_named_case(message_dict, company, sender)
            route = (model, case.id or thread_id, values, user_id, alias)
            chosen.setdefault(case or company, route)
        return list(chosen.values())

    @api.model
    def _get_route_company(self, values):
        values = values or {}
        if values.get("company_id"):
            return self.env["res.company"].browse(values["company_id"])
        team = self.env["complaint.team"].sudo().browse(values.get("team_id") or []).exists()
        return team.company_id or self.env.company

    def _mark_answer(self, message_dict, case, sender):
        """Let an answer show for what it is.

        What a stranger writes is kept as a note: nobody outside reads it, it does not count as
        the customer's message, and the agent is told. A customer's answer to what was a note,
        as the notice of an automatic reply is, counts all the same.
        """
        if sender.user_ids.filtered(lambda user: not user.share):
            return
        message_dict["is_internal"] = not case._is_connected(message_dict, sender)

    @api.model
    def _find_named_case(self, message_dict, company, sender):
        """Return the case whose number is in the subject, if the sender has to do with it."""
        numbers = NUMBERS.findall(message_dict.get("subject") or "")[:20]
        # sudo: the account that brings mails need not have rights on complaints
        cases = self.sudo().search(
            [("number", "in", numbers), ("company_id", "child_of", company.ids)]
            if numbers
            else Domain.FALSE
        )
        for case in cases._get_survivor():
            if case._is_connected(message_dict, sender):
                return case
        return cases.browse()

    def _is_connected(self, message_dict, sender):
        """Say whether a sender has to do with this case: colleague, customer, or in copy."""
        self.ensure_one()
        email = email_normalize(message_dict.get("email_from") or "")
        if email and email in (self.email_normalized, *self._get_copied_emails()):
            return True
        if sender.user_ids.filtered(lambda user: not user.share):
            return True
        customer = self.partner_id
        return bool(sender & (self.message_partner_ids | self.contact_id)) or bool(
            customer and customer in sender.commercial_partner_id
        )

    @api.model
    def _find_sender(self, message_dict):
        """Return everybody who has the sender's mail address."""
        email = email_normalize(message_dict.get("email_from") or "")
        # sudo: see above
        partners = self.env["res.partner"].sudo()
        return partners.search([("email_normalized", "=", email)]) if email else partners

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
        equal = [each for each in messages if _get_words(each.subject, each.body) == wanted]
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

    # ------------------------------------------------------------
    # Failed
    # ------------------------------------------------------------

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
        contact = self._find_mail_contact(read["email_from"], company)
        case = self.with_company(company).create(
            {
                "name": clean_subject(read["subject"]) or self.env._("Mail that cannot be read"),
                "description": Markup("<pre>%s</pre>") % read["text"] if read["text"] else False,
                "company_id": company.id,
                "team_id": self.env["complaint.team"]._get_default(company).id,
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
            body=Markup("<p>%s</p><pre>%s</pre>") % (case.mail_failure, read["text"]),
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
            "This mail could not be processed; the original is attached, and here is what could "
            "be read of it. Check customer and team, and answer as usual. Tell your "
            "administrator: %(error)s",
            error=f"{type(error).__name__}: {error}"[:1000].replace("\x00", ""),
        )


def _address_pattern(alias):
    """Return a pattern that finds the address of an alias, and not a longer one."""
    address = re.escape(alias.alias_full_name.lower())
    if alias.alias_incoming_local or "@" not in alias.alias_full_name:
        address = re.escape(alias.alias_name.lower()) + "@"
        return rf"(?<![\w.+-]){address}"
    return rf"(?<![\w.+-]){address}(?![\w-])"


def _get_words(subject, body):
    return clean_subject(subject), " ".join(html2plaintext(body or "").split())


def _as_utc(date):
    if not date or not date.tzinfo:
        return date
    return (date - date.utcoffset()).replace(tzinfo=None)

import logging
import re

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL, email_normalize

from .mail_reading import MESSAGE_ID, find_robot, get_head, limit_date, make_message_id

_logger = logging.getLogger(__name__)

#: What may be the number of a case, in a subject.
NUMBERS = re.compile(r"\w[\w/.-]*\d")


class ComplaintCase(models.Model):
    """Which incoming mail becomes a case or answers one.

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
    def _check_mail_bringer(self):
        """Refuse mails handed in by customers: processing them asks nobody for rights.

        Anybody with a login can call ``message_process``; the gateway is a colleague's account.
        """
        if not (self.env.su or self.env.user._is_internal()):
            raise AccessError(
                self.env._(
                    "Mails about complaints come in through the mail gateway only: write to us "
                    "by mail, or use the complaint page of your account."
                )
            )

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
            # sudo: core notes on the alias that it works, as the account that brings mails
            alias = alias and alias.sudo()
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


def _address_pattern(alias):
    """Return a pattern that finds the address of an alias, and not a longer one."""
    address = re.escape(alias.alias_full_name.lower())
    if alias.alias_incoming_local or "@" not in alias.alias_full_name:
        address = re.escape(alias.alias_name.lower()) + "@"
        return rf"(?<![\w.+-]){address}"
    return rf"(?<![\w.+-]){address}(?![\w-])"

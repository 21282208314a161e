"""What happened to a case, told from its records, for print."""

from odoo import models
from odoo.fields import Domain
from odoo.tools import formatLang, html2plaintext

from .complaint_case_message import WRITTEN
from .complaint_compensation import GRANTED

#: So much of a message stands in the timeline.
EXCERPT = 400


class ComplaintCase(models.Model):
    _inherit = "complaint.case"

    def _get_timeline(self):
        """Return what happened to the case, oldest first.

        :return: list of dicts: ``date``, ``title`` and ``text`` (may be empty)
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: who may read a case reads its whole file
        case = self.sudo()
        events = [
            *case._tell_stages(),
            *case._tell_messages(),
            *case._tell_promises(),
            *case._tell_waits(),
            *case._tell_escalations(),
            *case._tell_tasks(),
            *case._tell_verifications(),
            *case._tell_compensations(),
        ]
        told = [
            {"date": date, "title": title, "text": text or ""}
            for date, title, text in events
            if date
        ]
        return sorted(told, key=lambda event: event["date"])

    def _get_printed_promises(self):
        """Return the promises of the case for print, in the order they were given."""
        # sudo: who may read a case reads its promises
        clocks = self.sudo().clock_ids
        return clocks.filtered(lambda clock: clock.state != "cancelled" or clock.date_breached)

    def _word(self, name):
        """Return the word for the value of a selection field."""
        words = dict(self._fields[name]._description_selection(self.env))
        return words.get(self[name], "")

    # ------------------------------------------------------------
    # Events: (moment, title, text)
    # ------------------------------------------------------------

    def _tell_stages(self):
        ended = self.env._("Rejected") if self.stage_kind == "rejected" else self.env._("Closed")
        runs = self.clock_ids.filtered(lambda clock: clock.kind == "resolve")
        earlier = runs.filtered(lambda clock: clock.run < self.run)
        return [
            (self.date_received, self.env._("Received"), self._word("channel")),
            (self.date_accepted, self.env._("Accepted"), self.user_id.name),
            (
                self.date_communicated,
                self.env._("Decision told to the customer"),
                self.remedy_granted,
            ),
            (self.date_resolved, self.env._("Solved"), self.cause_id.display_name),
            (self.date_closed, ended, self.reject_reason_id.name),
            # reopening clears the dates of the case; its promises keep them
            *((clock.date_met, self.env._("Solved"), "") for clock in earlier),
            *(
                (clock.date_start, self.env._("Taken up again"), "")
                for clock in runs
                if clock.run > 1
            ),
        ]

    def _tell_messages(self):
        messages = self.env["mail.message"].search(
            Domain("model", "=", self._name)
            & Domain("res_id", "=", self.id)
            & Domain("message_type", "in", WRITTEN)
            & Domain("is_internal", "=", False)
            & Domain("subtype_id.internal", "=", False)
        )
        return [
            (
                message.date,
                self.env._("Answer of %(name)s", name=message.author_id.name)
                if self._is_ours(message.author_id)
                else self.env._(
                    "Message of %(name)s", name=message.author_id.name or message.email_from
                ),
                html2plaintext(message.body or "").strip()[:EXCERPT],
            )
            for message in messages
        ]

    def _tell_promises(self):
        """Return broken promises, and answers that were spoken and not written."""
        events = []
        for clock in self.clock_ids:
            word = dict(clock._fields["kind"]._description_selection(self.env))[clock.kind]
            events.append(
                (clock.date_breached, self.env._("Promise broken: %(promise)s", promise=word), "")
            )
            if clock.kind == "first_response" and not clock.proof_message_id:
                title = (
                    self.env._("Answered by phone")
                    if clock.proof_note
                    else self.env._("First Response")
                )
                events.append((clock.date_met, title, clock.proof_note))
        return events

    def _tell_waits(self):
        waits = self.env["complaint.wait"].search([("case_id", "=", self.id)])
        return [
            event
            for wait in waits
            for event in (
                (wait.date_start, self.env._("Clock stopped"), wait.reason_id.name),
                (wait.date_stop, self.env._("Clock runs again"), ""),
            )
        ]

    def _tell_escalations(self):
        steps = self.env["complaint.escalation"].search([("case_id", "=", self.id)])
        events = []
        for step in steps.filtered(lambda step: step.state != "skipped"):
            people = ", ".join(step.user_ids.mapped("name"))
            events.append((step.date_fired, self.env._("Escalated"), people))
            events.append((step.date_seen, self.env._("Taken on"), step.seen_by_id.name))
        return events

    def _tell_tasks(self):
        tasks = self.env["complaint.task"].search([("case_id", "=", self.id)])
        return [
            event
            for task in tasks
            for event in (
                (task.date_asked, self.env._("Asked %(name)s", name=task.user_id.name), task.name),
                (
                    task.date_answered,
                    self.env._("%(name)s answered", name=task.answered_by_id.name),
                    html2plaintext(task.answer or "").strip()[:EXCERPT],
                ),
            )
        ]

    def _tell_verifications(self):
        events = []
        for each in self.verification_ids:
            word = dict(each._fields["state"]._description_selection(self.env))[each.state]
            title = self.env._("Verification: %(verdict)s", verdict=word)
            events.append((each.date_done, title, each.note))
        return events

    def _tell_compensations(self):
        granted = self.compensation_ids.filtered(lambda each: each.state in GRANTED)
        return [
            (
                each.date_approved or each.create_date,
                self.env._("Compensation granted"),
                formatLang(self.env, each.amount, currency_obj=each.currency_id),
            )
            for each in granted
        ]

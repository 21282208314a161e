from odoo import fields, models

from .kinds import WORKING

#: Promises given when a case comes in, and again when it is reopened.
AT_INTAKE = ("first_response", "update", "resolve")
AT_REOPENING = ("update", "resolve")


class ComplaintCase(models.Model):
    """The promises of a case: which, from when, and what changes them."""

    _inherit = "complaint.case"

    def _start_clocks(self, kinds=AT_INTAKE, moment=None):
        """Give the promises of the policy that fits each case.

        :param moment: when they begin; default: when the case was received
        """
        policies = self.env["complaint.sla.policy"]._find_policies(self)
        calendars = self._get_calendars()
        vals_list = [
            case._prepare_clock(target, calendars[case], moment or case.date_received)
            for case in self.filtered("is_open")
            for target in policies[case].target_ids
            if target.kind in kinds and case._has_clocks()
        ]
        clocks = self.env["complaint.sla.clock"]._open(vals_list)
        self._pause_waiting(clocks)
        return clocks

    def _pause_waiting(self, clocks):
        """What is promised while a case waits begins when it goes on."""
        waiting = clocks.filtered(lambda clock: clock.case_id.pause_reason_id)
        by_pause = waiting.grouped(lambda c: (c.case_id.pause_reason_id, c.case_id.date_paused))
        for (reason, moment), group in by_pause.items():
            group._pause(reason, moment)

    def _has_clocks(self):
        """An archived customer has no clocks."""
        return not self.partner_id or self.partner_id.active

    def _get_calendars(self):
        """Return ``{case: (working hours, notice)}``: the team's, else the company's."""
        found = {}
        for team, cases in self.grouped("team_id").items():
            for company, group in cases.grouped("company_id").items():
                found |= dict.fromkeys(group, team._get_calendar(company))
        return found

    def _prepare_clock(self, target, calendar, moment):
        return {
            "case_id": self.id,
            "kind": target.kind,
            "run": self.run,
            "date_start": moment,
            **self._prepare_promise(target, calendar),
        }

    def _prepare_promise(self, target, calendar):
        """Return what a target promises, as values of a clock."""
        hours, notice = calendar
        working = target.time == "working"
        return {
            "company_id": self.company_id.id,
            "policy_id": target.policy_id.id,
            "policy_revision": target.policy_id.revision,
            "target_seconds": target._get_seconds(hours),
            "is_working": working,
            "resource_calendar_id": hours.id if working else False,
            "notice": notice if working else False,
        }

    def _get_open_clocks(self, *kinds):
        # sudo: the case's methods look after its clocks
        return self.sudo().clock_ids.filtered(
            lambda clock: clock.is_open and (not kinds or clock.kind in kinds)
        )

    # ------------------------------------------------------------
    # What happened
    # ------------------------------------------------------------

    def _note_answer(self, moment=None, message=None, note=None):
        """A human answered the customer: the first response is given, the next update runs.

        :param message: the message that proves it
        :param note: words, where it was said and not written
        """
        moment = moment or fields.Datetime.now()
        # sudo: dates are written by the methods only
        for case in self.sudo():
            case.write(
                {
                    "date_last_answer": max(moment, case.date_last_answer or moment),
                    "date_first_response": min(moment, case.date_first_response or moment),
                }
            )
        # sudo: the case's methods look after its clocks
        first = self.sudo().clock_ids.filtered(lambda clock: clock.kind == "first_response")
        first._prove_earlier(moment)
        first._meet(moment, message, note)
        # a call noted later than a message that was written after it restarts nothing
        updates = self._get_open_clocks("update").filtered(lambda each: each.date_start <= moment)
        updates._meet(moment, message, note)
        told = updates.case_id.with_env(self.env)
        told.filtered(lambda case: case.stage_kind in WORKING)._start_clocks(["update"], moment)

    def _pause(self, reason, moment=None):
        """Stop the clocks for a reason.

        :raise UserError: if the reason is for complaint managers only
        """
        moment = moment or fields.Datetime.now()
        self._check_pause(reason)
        # sudo: the reason is checked above
        self.sudo().write({"pause_reason_id": reason.id, "date_paused": moment})
        self._get_open_clocks()._pause(reason, moment)
        self._note_holder()

    def _resume(self, moment=None):
        """Let the clocks run again."""
        cases = self.filtered("pause_reason_id")
        # sudo: dates are written by the methods only
        cases.sudo().write({"pause_reason_id": False, "date_paused": False})
        cases._get_open_clocks()._resume(moment)
        cases._note_holder()

from datetime import datetime, time, timedelta

import pytz
from odoo import fields, models

CARE = "customer_tiering.customer_tiering_group_own"
CALL = "mail.mail_activity_data_call"
EVENING = time(18)


class ComplaintVerification(models.Model):
    """The call: a follow-up where the caller has follow-ups, else an activity; and its attempts.

    Context key ``complaint_sync``: the follow-up is written from here, do not answer it.
    """

    _inherit = "complaint.verification"

    def _plan_call(self):
        """Give calls to those who make them.

        Who has follow-ups finds it among them; others get an activity on the verification,
        which leads to a screen they may see.
        """
        # sudo: the system plans
        for user, calls in self.sudo().filtered("user_id").grouped("user_id").items():
            touched = calls.filtered("partner_id.active") if user.has_group(CARE) else self.browse()
            touched._create_touches()
            others = calls - touched
            others._schedule(user, {each: each._get_call_words() for each in others})

    def _create_touches(self, **vals):
        # sudo: follow-ups of verifications are made by the system
        touches = self.env["followup.touch"].sudo().with_context(complaint_sync=True)
        if len(self) > 1:
            # they are found on the list; nobody wants a mail about each
            touches = touches.with_context(tracking_disable=True)
        touches = touches.create([{**each._prepare_touch_vals(), **vals} for each in self])
        for verification, touch in zip(self, touches, strict=True):
            verification.touch_id = touch

    def _prepare_touch_vals(self):
        return {
            "partner_id": self.partner_id.id,
            "contact_id": self.case_id.contact_id.id,
            "company_id": self.company_id.root_id.id,
            "kind": "call",
            "purpose": "complaint",
            "user_id": self.user_id.id,
            "date_planned": self._get_call_day(),
            "checklist": self._get_call_words(),
        }

    def _get_call_words(self):
        return self.env._(
            "%(case)s: ask whether the customer accepts the solution.",
            case=self.case_id.display_name,
        )

    def _get_call_day(self):
        """Return the day it is due on where the caller is."""
        return pytz.utc.localize(self.date_due).astimezone(self._get_zone()).date()

    def _get_zone(self):
        tz = self.user_id.tz or self.company_id.resource_calendar_id.tz or "UTC"
        return pytz.timezone(tz)

    def _schedule(self, user, words):
        """Put an activity on each verification, one at a time.

        :param words: ``{verification: what is to be done}``
        """
        # sudo: the system plans
        verifications = self.sudo()
        verifications.activity_unlink([CALL])
        activities = verifications.env["mail.activity"].with_context(lang=user.lang, tz=user.tz)
        if len(self) > 1:
            # they are found on the list; nobody wants a mail about each
            activities = activities.with_context(mail_activity_quick_update=True)
        activities.create([each._prepare_activity_vals(user, words[each]) for each in self])

    def _prepare_activity_vals(self, user, words):
        return {
            "activity_type_id": self.env["ir.model.data"]._xmlid_to_res_id(CALL),
            "automated": True,
            "res_model_id": self.env["ir.model"]._get_id(self._name),
            "res_id": self.id,
            "user_id": user.id,
            "date_deadline": self._get_call_day(),
            "summary": words,
        }

    def _move_call(self):
        """Let follow-up and activity say who calls and when."""
        for verification in self.sudo().filtered(lambda each: each.state == "due"):
            touch = verification.touch_id.filtered(lambda touch: touch.state == "planned")
            if verification.method != "call" or not verification.user_id:
                continue
            touch = touch.with_context(complaint_sync=True)
            if touch and verification.user_id.has_group(CARE):
                verification._move_touch(touch)
            else:
                touch.write({"state": "cancelled"})
                verification._plan_call()

    def _move_touch(self, touch):
        if touch.user_id != self.user_id:
            touch.user_id = self.user_id
        if touch._local_day() != self._get_call_day():
            touch.date_planned = self._get_call_day()

    def _end_call(self):
        """Close what reminded of the calls."""
        self.activity_unlink([CALL])
        # done by record_outcome before where the customer was reached
        planned = self.touch_id.filtered(lambda touch: touch.state == "planned")
        planned.with_context(complaint_sync=True).write({"state": "cancelled"})

    # ------------------------------------------------------------
    # What came of a call
    # ------------------------------------------------------------

    def _note_call(self, is_reached, result=None, date_next=None):
        """Record a call as the contact that it is.

        :param date_next: day on which to try again, where nobody was reached
        """
        verification = self.sudo().with_context(complaint_sync=True)
        code = "reached" if is_reached else "no_answer"
        outcomes = verification.env["followup.outcome"]
        outcome = outcomes.search([("code", "=", code)], limit=1)
        touch = verification.touch_id
        values = {"result": result}
        if touch.state == "planned" and outcome:
            touch.record_outcome(outcome, {**values, "date_next": date_next})
        elif touch.state == "planned" and is_reached:
            touch.write({**values, "state": "done"})
        elif is_reached and touch.state != "done" and verification.partner_id.active:
            verification._create_touches(
                **values,
                user_id=self.env.uid,
                state="done",
                origin="unplanned",
                date_planned=fields.Datetime.now(),
            )

    def _note_attempt(self, date_next=None):
        """Nobody was reached: try again another day, and give up after so many attempts.

        :param date_next: day of the next attempt; default: tomorrow
        """
        # sudo: attempts are kept by the system
        for verification in self.sudo().filtered(lambda each: each.state == "due"):
            verification.attempt_count += 1
            limit = verification.company_id.complaint_verify_attempts
            if limit and verification.attempt_count >= limit:
                verification._give_up()
            else:
                verification._put_off(date_next)

    def _put_off(self, day=None):
        """Call again on another day, by default tomorrow, until the evening of the caller."""
        zone = self._get_zone()
        local = pytz.utc.localize(fields.Datetime.now()).astimezone(zone)
        day = day or local.date() + timedelta(days=1)
        evening = zone.localize(datetime.combine(day, EVENING))
        self.date_due = evening.astimezone(pytz.utc).replace(tzinfo=None)

    def _note_touches(self):
        """Follow-ups of these verifications were done or tried on the follow-up's own screen."""
        for verification in self.sudo().filtered(lambda each: each.state == "due"):
            touch = verification.touch_id
            if touch.state == "planned" and touch.outcome_id.effect == "reschedule":
                # he was reached and named a day
                verification._put_off(touch._local_day())
            elif touch.state == "planned":
                verification._note_attempt(touch._local_day())
            elif touch.is_contact:
                # reached is not accepted: what he said is still to be recorded
                words = self.env._(
                    "%(case)s: record what the customer said.",
                    case=verification.case_id.display_name,
                )
                user = verification.user_id or touch.done_by_id
                verification._schedule(user, {verification: words})
            else:
                verification._note_attempt()

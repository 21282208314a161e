"""What an outcome does to a follow-up and to the next ones."""

from datetime import date, datetime, timedelta

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

#: What may be said together with an outcome.
RESULT_FIELDS = ("result", "next_step", "minutes", "contact_id", "participant_ids")


class FollowupTouch(models.Model):
    _inherit = "followup.touch"

    # ------------------------------------------------------------
    # Recording
    # ------------------------------------------------------------

    def record_outcome(self, outcome_id, values=None):
        """Record how a contact went, and let the outcome do what it says.

        :param outcome_id: id or recordset of ``followup.outcome``
        :param values: dict, all optional: ``result``, ``next_step``, ``minutes`` (integer),
            ``contact_id``, ``participant_ids``; ``date_next`` (date or datetime in UTC, also
            as text): when to go on, required by outcomes that ask for a date; ``kind_next``;
            ``promise``: dict of ``name``, ``date_due`` and optionally ``promised_by``
        :return: dict ``state``, ``date_planned`` (of this follow-up, UTC) and ``next``: dict
            ``id``, ``date_planned`` of the next one of its rhythm, or False
        :raise UserError: where a date is missing or the follow-up is cancelled
        """
        self.ensure_one()
        self.check_access("write")
        values = dict(values or {})
        outcome = self.env["followup.outcome"].browse(int(outcome_id))
        if self.state not in ("planned", "missed"):
            raise UserError(
                self.env._(
                    "“%(name)s” is %(state)s already. Reopen it to record another outcome.",
                    name=self.display_name,
                    state=dict(self._fields["state"]._description_selection(self.env))[self.state],
                )
            )
        result = {name: values[name] for name in RESULT_FIELDS if values.get(name)}
        if self.date_started and not result.get("minutes"):
            spent = fields.Datetime.now() - self.date_started
            result["minutes"] = max(1, round(spent.total_seconds() / 60))
        getattr(self, f"_record_{outcome.effect}")(outcome, result, values)
        self._record_promise(values.get("promise"))
        self._log_outcome(outcome, values.get("result"))
        following = self._get_following()
        return {
            "state": self.state,
            "date_planned": self.date_planned,
            "next": {"id": following.id, "date_planned": following.date_planned}
            if following
            else False,
        }

    def _record_done(self, outcome, result, values):
        """Finish; plan the next one on the day that was named, else the rhythm does it."""
        self.write({**result, "state": "done", "outcome_id": outcome.id})
        if values.get("date_next"):
            self._plan_next(values["date_next"], values.get("kind_next") or self.kind)

    def _record_retry(self, outcome, result, values):
        """Try again after some days; after too many attempts the other way, else missed."""
        attempt = self._prepare_attempt_vals(outcome, result)
        gives_up = outcome.give_up_after and attempt["attempt_count"] >= outcome.give_up_after
        if not gives_up:
            moment = self._parse_moment(values.get("date_next")) or {
                "date_planned": self._moved_to(self._get_retry_day(outcome))
            }
            self.write({**attempt, **moment})
        elif outcome.other_kind and outcome.other_kind != self.kind:
            self.write(
                {
                    **attempt,
                    "attempt_count": 0,
                    "kind": outcome.other_kind,
                    "is_all_day": True,
                    "date_planned": self._at(self._get_retry_day(outcome)),
                }
            )
        else:
            self.write({**attempt, "state": "missed", "outcome_id": outcome.id})

    def _record_reschedule(self, outcome, result, values):
        """Move it to the date the customer named; with an hour it is an appointment."""
        moment = self._parse_moment(values.get("date_next"))
        if not moment:
            raise UserError(
                self.env._(
                    "“%(outcome)s” needs a date: say when to go on with %(customer)s.",
                    outcome=outcome.name,
                    customer=self.partner_id.display_name,
                )
            )
        attempt = self._prepare_attempt_vals(outcome, result)
        self.write({**attempt, **moment, "is_appointment": not moment["is_all_day"]})

    def _record_repair(self, outcome, result, values):
        """Ask for the right number or address, and wait for it."""
        self._record_retry(outcome, result, values)
        if self.user_id.active:
            # sudo: who calls a customer need not have the right to change his record
            self.partner_id.sudo().activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=self.user_id.id,
                summary=self.env._("Find the right contact data"),
                note=values.get("result") or outcome.name,
            )

    def _prepare_attempt_vals(self, outcome, result):
        return {
            **result,
            "outcome_id": outcome.id,
            "attempt_count": self.attempt_count + 1,
            "date_attempt": fields.Datetime.now(),
            "date_started": False,
            "state": "planned",
        }

    def _get_retry_day(self, outcome):
        """Return the working day of the responsible person on which to try again."""
        day = self._local_day(fields.Datetime.now()) + timedelta(days=outcome.retry_days)
        return self._get_working_day(self.user_id, day)

    def _parse_moment(self, value):
        """Return the values of a date (any time that day) or of a date with an hour (UTC).

        :raise UserError: where that day is over
        """
        if not value:
            return {}
        if isinstance(value, str) and len(value) > 10:
            value = fields.Datetime.to_datetime(value)
        if not isinstance(value, date):
            value = fields.Date.to_date(value)
        has_hour = isinstance(value, datetime)
        moment = value if has_hour else self._at(value)
        if self._local_day(moment) < self._local_day(fields.Datetime.now()):
            raise UserError(
                self.env._(
                    "%(date)s is over: choose today or a later day to go on with %(customer)s.",
                    date=format_date(self.env, self._local_day(moment)),
                    customer=self.partner_id.display_name,
                )
            )
        return {"date_planned": moment, "is_all_day": not has_hour}

    def _plan_next(self, value, kind):
        """Plan the next contact on a day or moment that was agreed."""
        moment = self._parse_moment(value)
        following = self._get_following()
        if following and following.kind == kind:
            following.write({**moment, "is_appointment": not moment["is_all_day"]})
            following._widen_window()
            return following
        return self.create(
            {
                **moment,
                "partner_id": self.partner_id.id,
                "contact_id": self.contact_id.id,
                "company_id": self.company_id.id,
                "kind": kind,
                "user_id": self.user_id.id,
                "purpose": self.purpose,
                "duration": self.duration,
                "is_appointment": not moment["is_all_day"],
            }
        )

    def _widen_window(self):
        """Let the window reach to the day that was agreed."""
        for touch in self:
            day = touch._local_day()
            touch.write(
                {
                    "date_earliest": min(touch.date_earliest or day, day),
                    "date_latest": max(touch.date_latest or day, day),
                }
            )

    def _get_following(self):
        """Return the open follow-up of the same rhythm line, or none."""
        self.ensure_one()
        if self.state == "planned" or not self.cadence_line_id:
            return self.browse()
        return self.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("cadence_line_id", "=", self.cadence_line_id.id),
                ("state", "=", "planned"),
            ],
            limit=1,
        )

    def _record_promise(self, promise):
        if promise and promise.get("name"):
            self.env["followup.promise"].create(
                {
                    "name": promise["name"],
                    "date_due": promise.get("date_due") or self._local_day(fields.Datetime.now()),
                    "promised_by": promise.get("promised_by") or "us",
                    "partner_id": self.partner_id.id,
                    "touch_id": self.id,
                    "company_id": self.company_id.id,
                    "user_id": self.user_id.id or self.env.uid,
                }
            )

    def _log_outcome(self, outcome, result):
        """Leave the result in the customer's chatter."""
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        head = self.env._(
            "%(kind)s: %(outcome)s", kind=kinds[self.kind], outcome=outcome.display_name
        )
        body = Markup("<b>%s</b>") % head
        if result:
            body += Markup("<br/>%s") % result
        # sudo: whoever did the contact may leave it in the customer's history
        self.partner_id.sudo()._message_log(
            body=body, author_id=self.env.user.partner_id.id, message_type="notification"
        )

    # ------------------------------------------------------------
    # Contacts that nobody planned
    # ------------------------------------------------------------

    @api.model
    def log_contact(self, partner_id, kind, outcome_id=None, values=None):
        """Record a contact that nobody planned, also one the customer began.

        :param partner_id: id of the customer or of one of his contacts
        :param kind: one of the ways of contact
        :param outcome_id: id of ``followup.outcome``; None = the usual one of the kind
        :param values: as for :meth:`record_outcome`, and ``purpose``
        :return: id of the new, done follow-up
        """
        values = dict(values or {})
        outcomes = self.env["followup.outcome"]
        outcome = outcomes.browse(outcome_id) if outcome_id else outcomes._get_default(kind)
        touch = self.create(
            {
                **{name: values[name] for name in RESULT_FIELDS if values.get(name)},
                "partner_id": partner_id,
                "kind": kind,
                "purpose": values.get("purpose") or "relationship",
                "origin": "unplanned",
                "state": "done",
                "outcome_id": outcome.id,
            }
        )
        if values.get("date_next"):
            touch._plan_next(values["date_next"], values.get("kind_next") or kind)
        touch._record_promise(values.get("promise"))
        touch._log_outcome(outcome, values.get("result"))
        return touch.id

    def _finish_from_activity(self, feedback):
        """Finish follow-ups whose activity was marked as done without saying how it went."""
        for touch in self:
            outcome = self.env["followup.outcome"]._get_default(touch.kind)
            touch.write(
                {
                    "state": "done",
                    "outcome_id": outcome.id,
                    "result": feedback or touch.result,
                    "done_by_id": self.env.uid,
                }
            )
            touch._log_outcome(outcome, feedback)

    # ------------------------------------------------------------
    # What a contact means for the rest of the rhythm
    # ------------------------------------------------------------

    def _after_contact(self):
        """Close what these contacts count for as well, and plan on from their day."""
        if not self:
            return
        # imported, or set by a program that does not know of outcomes
        self.filtered(lambda touch: not touch.outcome_id)._take_usual_outcome()
        for touch in self.filtered("is_contact"):
            touch._satisfy_others()
        self._plan_partners(self.partner_id, self.company_id)

    def _satisfy_others(self):
        """Close the open follow-ups in whose window this contact falls.

        An appointment stays: it was promised to the customer.
        """
        self.ensure_one()
        day = self._local_day(self.date_done)
        # sudo: a contact counts for the customer, whoever has the other follow-up
        others = self.sudo().search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "planned"),
                ("cadence_line_id", "!=", False),
                ("is_appointment", "=", False),
                ("kind", "in", self._get_counted_kinds()),
                ("id", "!=", self.id),
            ]
        )
        machine = others.with_context(followup_machine=True)
        covered = machine.filtered(lambda touch: touch.date_earliest <= day)
        covered.write(
            {"state": "cancelled", "cancel_reason": "satisfied", "satisfied_by_id": self.id}
        )
        # too early to count: the rhythm goes on from the new day
        (machine - covered)._replan_from(day)

    def _get_counted_kinds(self):
        """Return the kinds of follow-up that a contact of this one's kind counts for."""
        # sudo: what counts for what is the rhythm's matter, not of the caller's rights
        lines = self.env["followup.cadence"].sudo()._get_lines_of(self.partner_id, self.company_id)
        own = lines.filtered(lambda line: line.kind == self.kind)
        kinds = {self.kind, *(kind for kind in own.mapped("counts_for") if kind)}
        if self.kind == "visit" and not own:
            kinds.add("call")  # who was visited need not be called
        return list(kinds)

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_start(self):
        """Note when the contact began, so that the minutes need not be typed."""
        self.filtered(lambda touch: touch.state == "planned").date_started = fields.Datetime.now()

    def action_record(self):
        """Open the short form that asks how it went."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("How did it go?"),
            "res_model": "followup.record",
            "view_mode": "form",
            "target": "new",
            "context": {"default_touch_id": self.id},
        }

    def action_cancel(self):
        """Cancel what is planned; the rhythm goes on with the next one."""
        self.filtered(lambda touch: touch.state == "planned").write({"state": "cancelled"})

    def action_reopen(self):
        """Take back what was done, missed or cancelled by mistake."""
        for touch in self.filtered(lambda touch: touch.state != "planned"):
            touch._get_following().with_context(followup_machine=True).write(
                {"state": "cancelled", "cancel_reason": "rhythm"}
            )
            touch.flush_model()  # one open follow-up of a line at a time
            touch.write({"state": "planned"})

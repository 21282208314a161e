from datetime import datetime, time, timedelta

import pytz
from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from .kinds import KINDS, PURPOSES

#: Without a rhythm a follow-up may be done so many days after its date.
TOLERANCE_DAYS = 7
NOON = time(12)


class FollowupTouch(models.Model):
    """One planned or done contact with a customer: the only truth about it.

    Its activity and its event are mirrors; see ``followup_touch_mirror.py``. What an outcome
    does is in ``followup_touch_outcome.py``, what the rhythm asks for in
    ``followup_touch_plan.py``.
    """

    _name = "followup.touch"
    _description = "Follow-up"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_planned, id"
    _mail_post_access = "read"
    _check_company_auto = True

    # who and what
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Contact Person",
        index="btree_not_null",
        domain="[('commercial_partner_id', '=', partner_id)]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company.root_id
    )
    kind = fields.Selection(KINDS, required=True, default="call", tracking=True)
    purpose = fields.Selection(PURPOSES, default="relationship")
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index=True,
        default=lambda self: self.env.user,
        tracking=True,
        domain="[('share', '=', False)]",
    )
    stand_in_for_id = fields.Many2one(
        "res.users",
        string="Stands in for",
        index="btree_not_null",
        copy=False,
        help="Who should do it but is away; it goes back to him when he is there again.",
    )
    is_reassigned = fields.Boolean(
        copy=False,
        help="Somebody chose the person by hand: the account manager's change does not move it.",
    )
    participant_ids = fields.Many2many(
        "res.users", string="With", help="Colleagues who come along."
    )

    # when
    date_earliest = fields.Date(string="Earliest", copy=False)
    date_due = fields.Date(string="Due", copy=False, tracking=True)
    date_latest = fields.Date(string="Latest", copy=False)
    date_planned = fields.Datetime(
        string="Planned on",
        required=True,
        tracking=True,
        default=fields.Datetime.now,
        help="Where no hour is set, noon of the planned day in the responsible person's time zone.",
    )
    is_all_day = fields.Boolean(string="Any Time that Day", default=True)
    duration = fields.Float(string="Planned Duration", default=0.25)
    date_stop = fields.Datetime(
        string="Planned End", compute="_compute_date_stop", inverse="_inverse_date_stop", store=True
    )
    is_appointment = fields.Boolean(
        string="Appointment Agreed",
        tracking=True,
        help="Agreed with the customer: nothing but a person moves it.",
    )

    # how it stands
    state = fields.Selection(
        [
            ("planned", "Planned"),
            ("done", "Done"),
            ("missed", "Missed"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="planned",
        index=True,
        copy=False,
        tracking=True,
    )
    origin = fields.Selection(
        [
            ("cadence", "Rhythm"),
            ("hand", "Planned by hand"),
            ("unplanned", "Off plan"),
            ("activity", "Activity elsewhere"),
            ("automatic", "Automatic message"),
        ],
        required=True,
        default="hand",
        readonly=True,
        copy=False,
    )
    cancel_reason = fields.Selection(
        [
            ("user", "By hand"),
            ("satisfied", "Another contact counts"),
            ("absorbed", "A planned visit counts"),
            ("rhythm", "No longer in the rhythm"),
        ],
        readonly=True,
        copy=False,
    )
    satisfied_by_id = fields.Many2one(
        "followup.touch",
        string="Covered by",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="The contact that counts for this one as well.",
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    is_late = fields.Boolean(string="Done Late", compute="_compute_is_late", store=True)

    # rhythm
    cadence_line_id = fields.Many2one(
        "followup.cadence.line",
        string="Rhythm",
        index=True,
        readonly=True,
        copy=False,
        ondelete="set null",
    )
    plan_key = fields.Char(
        readonly=True, copy=False, help="The interval it was planned with; another one re-plans it."
    )
    checklist = fields.Text(help="What to prepare and not to forget.")

    # result
    outcome_id = fields.Many2one(
        "followup.outcome", index="btree_not_null", copy=False, tracking=True
    )
    is_contact = fields.Boolean(
        related="outcome_id.is_contact", store=True, string="Counts as Contact"
    )
    date_started = fields.Datetime(string="Started", readonly=True, copy=False)
    date_done = fields.Datetime(string="Done on", copy=False)
    done_by_id = fields.Many2one(
        "res.users", string="Done by", index="btree_not_null", readonly=True, copy=False
    )
    minutes = fields.Integer(string="Minutes taken", copy=False)
    attempt_count = fields.Integer(string="Attempts", readonly=True, copy=False)
    date_attempt = fields.Datetime(string="Last Attempt", readonly=True, copy=False)
    result = fields.Text(copy=False)
    next_step = fields.Char(copy=False)
    promise_ids = fields.One2many("followup.promise", "touch_id", string="Promises")

    event_id = fields.Many2one(
        "calendar.event", index="btree_not_null", ondelete="set null", readonly=True, copy=False
    )

    _one_open_idx = models.UniqueIndex(
        "(partner_id, company_id, cadence_line_id)"
        " WHERE state = 'planned' AND cadence_line_id IS NOT NULL",
        "There is an open follow-up of this rhythm for this customer already.",
    )
    _open_idx = models.Index("(user_id, date_planned) WHERE state = 'planned'")
    _open_latest_idx = models.Index("(date_latest) WHERE state = 'planned'")
    _done_idx = models.Index("(partner_id, date_done) WHERE state = 'done'")
    _duration_positive = models.Constraint(
        "CHECK(duration >= 0 AND duration <= 24)",
        "The planned duration lies between 0 and 24 hours.",
    )
    _minutes_positive = models.Constraint(
        "CHECK(minutes >= 0)", "The minutes taken cannot be negative."
    )

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("partner_id", "kind")
    @api.depends_context("lang")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        for touch in self:
            touch.display_name = self.env._(
                "%(kind)s: %(customer)s",
                kind=kinds.get(touch.kind, ""),
                customer=touch.partner_id.display_name,
            )

    @api.depends("date_planned", "duration", "is_all_day")
    def _compute_date_stop(self):
        for touch in self:
            hours = 0 if touch.is_all_day else touch.duration
            touch.date_stop = touch.date_planned and touch.date_planned + timedelta(hours=hours)

    def _inverse_date_stop(self):
        """Let a calendar stretch a visit that has an hour."""
        for touch in self.filtered(lambda touch: not touch.is_all_day and touch.date_stop):
            seconds = (touch.date_stop - touch.date_planned).total_seconds()
            touch.duration = max(0, seconds / 3600)

    @api.depends("state", "date_done", "date_latest", "user_id")
    def _compute_is_late(self):
        for touch in self:
            touch.is_late = bool(
                touch.state == "done"
                and touch.date_done
                and touch.date_latest
                and touch._local_day(touch.date_done) > touch.date_latest
            )

    @api.depends("state", "date_planned")
    def _compute_is_overdue(self):
        now = fields.Datetime.now()
        for touch in self:
            touch.is_overdue = bool(
                touch.state == "planned"
                and touch.date_planned
                and touch._local_day() < touch._local_day(now)
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "=", "planned") & Domain("date_planned", "<", "today")
        return (overdue if True in value else Domain.FALSE) | (
            ~overdue if False in value else Domain.FALSE
        )

    # ------------------------------------------------------------
    # Time
    # ------------------------------------------------------------

    def _tz(self, tz=None):
        """Return the time zone whose days count: that of who does it.

        :param tz: name of the one he had before a change of it
        """
        tz = (
            self.user_id.sudo().tz if tz is None else tz
        ) or self.company_id.sudo().resource_calendar_id.tz
        return pytz.timezone(tz or "UTC")

    def _local_day(self, moment=None):
        """Return the day of a moment (UTC), or of the plan, where the responsible person is."""
        return self._to_local(moment or self.date_planned).date()

    def _to_local(self, moment):
        """Return a moment (UTC) as the responsible person's clock shows it."""
        return pytz.utc.localize(moment).astimezone(self._tz())

    def _at(self, day, hour=NOON):
        """Return the moment in UTC of an hour of a day where the responsible person is."""
        local = self._tz().localize(datetime.combine(day, hour))
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def _moved_to(self, day):
        """Return the moment in UTC when the follow-up is on another day at the same hour."""
        if self.is_all_day or not self.date_planned:
            return self._at(day)
        return self._at(day, self._to_local(self.date_planned).time())

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------

    @api.constrains("user_id", "company_id", "state")
    def _check_user_company(self):
        """Nobody gets customers of a company that he may not enter."""
        for touch in self.filtered(lambda touch: touch.state == "planned" and touch.user_id):
            # sudo: which companies somebody may enter
            roots = touch.user_id.sudo().company_ids.root_id
            if touch.company_id.root_id not in roots:
                raise ValidationError(
                    self.env._(
                        "%(person)s may not work in %(company)s: choose somebody who may.",
                        person=touch.user_id.name,
                        company=touch.company_id.name,
                    )
                )

    @api.constrains("date_earliest", "date_due", "date_latest")
    def _check_window(self):
        for touch in self:
            days = [day for day in (touch.date_earliest, touch.date_due, touch.date_latest) if day]
            if days != sorted(days):
                raise ValidationError(
                    self.env._(
                        "“%(name)s”: the earliest day must not lie after the due day, nor that "
                        "after the latest one.",
                        name=touch.display_name,
                    )
                )

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = [self._prepare_create_vals(vals) for vals in vals_list]
        touches = super(FollowupTouch, self.with_context(followup_load=False)).create(vals_list)
        touches._complete_window()
        touches._mirror()
        touches.filtered(lambda touch: touch.state == "done")._after_contact()
        return touches

    @api.model
    def _prepare_create_vals(self, vals):
        """Return the values of a new follow-up: of the customer himself, with an hour or not."""
        vals = dict(vals)
        partner = self.env["res.partner"].browse(vals.get("partner_id"))
        # sudo: which company a contact person belongs to
        customer = partner.sudo().commercial_partner_id
        if partner and customer != partner:
            vals["partner_id"] = customer.id
            vals.setdefault("contact_id", partner.id)
        vals = self._read_day(vals)
        if "is_all_day" not in vals and "date_planned" in vals:
            vals["is_all_day"] = self._is_day(vals["date_planned"])
        if self._is_day(vals.get("date_planned")):
            vals.pop("date_stop", None)  # a calendar names it, too
        if vals.get("state") == "done":
            vals.setdefault("date_done", fields.Datetime.now())
            vals.setdefault("done_by_id", self.env.uid)
        return vals

    def _complete_window(self):
        """Give a follow-up without a window the usual one, and a day without hour its noon."""
        for touch in self:
            vals = {}
            day = touch._local_day()
            if touch.is_all_day and touch.date_planned.time() == time.min:
                day = touch.date_planned.date()  # only a day was given
            if touch.is_all_day and touch.date_planned != touch._at(day):
                vals["date_planned"] = touch._at(day)
            if not touch.date_due:
                vals["date_due"] = day
            due = touch.date_due or day
            if not touch.date_earliest:
                vals["date_earliest"] = min(due, day)
            if not touch.date_latest:
                vals["date_latest"] = max(due, day) + timedelta(days=TOLERANCE_DAYS)
            if vals:
                touch.with_context(followup_sync=True).write(vals)

    @api.model
    def _is_day(self, value):
        """Return whether a value for the planned moment names a day only."""
        return bool(value) and not isinstance(value, datetime) and len(str(value)) <= 10

    def write(self, vals):
        if self.env.context.get("followup_load"):
            return self.with_context(followup_load=False).write(self._read_day(vals))
        if self._is_day(vals.get("date_planned")):
            day = fields.Date.to_date(vals["date_planned"])
            # a calendar names the end, too: of a day that is the same moment
            others = {name: vals[name] for name in vals if name not in ("date_stop", "user_id")}
            if "user_id" in vals:
                self.write({"user_id": vals["user_id"]})  # whose day it is
            for touch in self:
                touch.write({**others, "date_planned": touch._at(day), "is_all_day": True})
            return True
        vals = self._prepare_write_vals(vals)
        done = self.filtered(lambda touch: vals.get("state") == "done" and touch.state != "done")
        days = self._get_days() if "user_id" in vals and "date_planned" not in vals else {}
        result = super().write(vals)
        if "outcome_id" not in vals:
            done._take_usual_outcome()
        self._keep_days(days)
        if not self.env.context.get("followup_sync") and self._mirrored_fields() & vals.keys():
            self._mirror()
        done._after_contact()
        return result

    @api.model
    def _prepare_write_vals(self, vals):
        """Return the values of a change: what a person moves or gives away is his decision."""
        vals = dict(vals)
        by_machine = self.env.context.get("followup_machine")
        if "user_id" in vals and not by_machine:
            vals.setdefault("is_reassigned", True)
            vals.setdefault("stand_in_for_id", False)
        if vals.get("state") == "cancelled" and not by_machine:
            vals.setdefault("cancel_reason", "user")
        if vals.get("state") == "done":
            vals.setdefault("date_done", fields.Datetime.now())
            vals.setdefault("done_by_id", self.env.uid)
        if vals.get("state") in ("planned", "missed"):
            vals.update(cancel_reason=False, satisfied_by_id=False)
        if vals.get("state") == "planned":
            vals.update(date_done=False, done_by_id=False, outcome_id=vals.get("outcome_id", False))
        return vals

    def _take_usual_outcome(self):
        """Say how it went where nobody did, as in mass edit or import: else it would not count.

        The outcome of an attempt before is none of the contact.
        """
        silent = self.filtered(lambda touch: touch.outcome_id.effect != "done")
        for kind, touches in silent.grouped("kind").items():
            outcome = self.env["followup.outcome"]._get_default(kind)
            touches.with_context(followup_sync=True).outcome_id = outcome

    @api.model
    def _mirrored_fields(self):
        """Return the fields that activity and event repeat."""
        return {
            "date_planned",
            "is_all_day",
            "duration",
            "user_id",
            "state",
            "kind",
            "purpose",
            "partner_id",
            "contact_id",
        }

    @api.ondelete(at_uninstall=False)
    def _unlink_except_done(self):
        if any(touch.state in ("done", "missed") for touch in self) and not self.env.su:
            raise UserError(
                self.env._(
                    "Contacts that were done or missed are part of the customer's history and "
                    "cannot be deleted. Cancel what is still planned instead."
                )
            )

    def unlink(self):
        self._remove_mirrors()
        return super().unlink()

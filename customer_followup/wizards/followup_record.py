from datetime import datetime, time

import pytz
from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.kinds import KINDS, PURPOSES


class FollowupRecord(models.TransientModel):
    """The short form: how a contact went, what was promised, when to go on."""

    _name = "followup.record"
    _description = "Record a Contact"

    touch_id = fields.Many2one("followup.touch", string="Follow-up", ondelete="cascade")
    # precomputed: the form does not send what is readonly on it
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        compute="_compute_from_touch",
        store=True,
        precompute=True,
        readonly=False,
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Contact Person",
        compute="_compute_from_touch",
        store=True,
        precompute=True,
        readonly=False,
    )
    kind = fields.Selection(
        KINDS,
        required=True,
        compute="_compute_from_touch",
        store=True,
        precompute=True,
        readonly=False,
    )
    purpose = fields.Selection(
        PURPOSES,
        compute="_compute_from_touch",
        store=True,
        precompute=True,
        readonly=False,
    )
    outcome_id = fields.Many2one(
        "followup.outcome",
        required=True,
        compute="_compute_outcome_id",
        store=True,
        precompute=True,
        readonly=False,
    )
    outcome_ids = fields.Many2many(
        "followup.outcome", string="Possible Outcomes", compute="_compute_outcome_ids"
    )
    effect = fields.Selection(related="outcome_id.effect")
    result = fields.Text(string="What was said")
    next_step = fields.Char()
    minutes = fields.Integer(string="Minutes taken")
    date_next = fields.Date(string="Next on")
    hour_next = fields.Float(string="at", help="Empty = any time that day.")
    promise_name = fields.Char(string="Promise")
    promise_date = fields.Date(string="Until")
    promised_by = fields.Selection([("us", "Us"), ("customer", "Customer")], default="us")

    @api.depends("touch_id")
    def _compute_from_touch(self):
        for record in self:
            touch = record.touch_id
            record.partner_id = touch.partner_id or record.partner_id
            record.contact_id = touch.contact_id or record.contact_id
            record.kind = touch.kind or record.kind or "call"
            record.purpose = touch.purpose or record.purpose or "relationship"

    @api.depends("kind")
    def _compute_outcome_ids(self):
        outcomes = self.env["followup.outcome"]
        for record in self:
            record.outcome_ids = outcomes.search(
                [(outcomes._kind_field(record.kind or "call"), "=", True)]
            )

    @api.depends("kind")
    def _compute_outcome_id(self):
        for record in self:
            record.outcome_id = self.env["followup.outcome"]._get_default(record.kind)

    def action_save(self):
        """Record it; the follow-up, the rhythm and the customer's chatter follow."""
        self.ensure_one()
        values = self._prepare_values()
        if self.touch_id:
            self.touch_id.record_outcome(self.outcome_id.id, values)
        elif self.partner_id:
            self.env["followup.touch"].log_contact(
                (self.contact_id or self.partner_id).id, self.kind, self.outcome_id.id, values
            )
        else:
            raise UserError(self.env._("Choose the customer you were in touch with."))
        return {"type": "ir.actions.act_window_close"}

    def _prepare_values(self):
        values = {
            "result": self.result,
            "next_step": self.next_step,
            "minutes": self.minutes,
            "purpose": self.purpose,
            "contact_id": self.contact_id.id,
            "date_next": self._get_next_moment(),
        }
        if self.promise_name:
            values["promise"] = {
                "name": self.promise_name,
                "date_due": self.promise_date,
                "promised_by": self.promised_by,
            }
        return values

    def _get_next_moment(self):
        """Return when to go on: a day, or a moment in UTC where an hour is given."""
        if not self.date_next or not self.hour_next:
            return self.date_next
        tz = pytz.timezone((self.touch_id.user_id or self.env.user).tz or "UTC")
        minutes = round(self.hour_next * 60)
        hour = time(min(minutes // 60, 23), minutes % 60)
        moment = tz.localize(datetime.combine(self.date_next, hour))
        return moment.astimezone(pytz.utc).replace(tzinfo=None)

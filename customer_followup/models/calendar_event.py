"""What users do to the event of a follow-up moves the follow-up."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Command

from odoo.addons.customer_tiering.models.working_time import get_day_start, to_seconds

from .kinds import QUIET


class CalendarEvent(models.Model):
    """Context key ``followup_invite``: the user pressed *Send invitation*."""

    _inherit = "calendar.event"

    touch_ids = fields.One2many(
        "followup.touch",
        "event_id",
        string="Follow-up",
        groups="customer_tiering.customer_tiering_group_own",
    )

    def _skip_send_mail_status_update(self):
        """No mail leaves for the event of a follow-up unless the user asked for it."""
        if self.env.context.get("followup_invite"):
            return super()._skip_send_mail_status_update()
        # sudo: also where the user may not read the follow-up
        return bool(self.sudo().touch_ids) or super()._skip_send_mail_status_update()

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("followup_sync"):
            return super().create(vals_list)
        # core writes its activities now: the follow-up answers when it knows its event
        quiet = self.with_context(followup_sync=True)
        events = super(CalendarEvent, quiet).create(vals_list).with_env(self.env)
        events._adopt()
        return events

    def _adopt(self):
        """Let an event that was made from the activity of a follow-up become its event."""
        for event in self:
            # sudo: who may plan a meeting from the activity gives the follow-up its hour
            activities = event.sudo().activity_ids
            if not activities:
                continue
            touches = self.env["followup.touch"].sudo()
            touch = touches.search([("activity_id", "in", activities.ids)], limit=1)
            if touch.state == "planned" and not touch.event_id:
                touch.with_context(followup_sync=True).event_id = event
                # sudo: its follow-up takes over hour and person, whose right to plan it was asked
                event.sudo()._move_touch(touch)
                touch._mirror()

    def write(self, vals):
        if self.env.context.get("followup_sync"):
            return super().write(vals)
        # sudo: who may move the meeting moves the follow-up
        touches = self.sudo().touch_ids
        touches = touches.filtered(lambda touch: touch.state == "planned")
        if not touches:
            return super().write(vals)
        # core moves the activity now, and only the day of it: the follow-up does it afterwards
        quiet = self.with_context(followup_sync=True, calendar_event_meeting_update=True)
        result = super(CalendarEvent, quiet).write(vals)
        for touch in touches:
            if touch.event_id.active or vals.get("active") is False:
                touch.event_id._move_touch(touch)
            else:
                # core put it aside, e.g. for a recurrence that leaves this day out
                touch._mirror()
        return result

    def _move_touch(self, touch):
        """Make a follow-up say what its event says."""
        if not self.active:
            touch.write({"state": "cancelled"})
            return
        change = {}
        if self.allday:
            day = self.start_date
            if not touch.is_all_day or touch._local_day() != day:
                change.update(is_all_day=True, date_planned=touch._at(day))
        else:
            if self.start != touch.date_planned:
                change["date_planned"] = self.start
            if touch.is_all_day:
                change["is_all_day"] = False
            hours = (self.stop - self.start).total_seconds() / 3600
            if abs(hours - touch.duration) > 1 / 3600:
                change["duration"] = hours
        if self.user_id and self.user_id != touch.user_id:
            change["user_id"] = self.user_id.id
        if "user_id" in change:
            guests = [
                Command.unlink(touch.user_id.partner_id.id),
                Command.link(self.user_id.partner_id.id),
            ]
            self.with_context(**QUIET, followup_sync=True).write({"partner_ids": guests})
        if change:
            touch.write(change)

    def unlink(self):
        touches = self.env["followup.touch"].sudo()
        if not self.env.context.get("followup_sync"):
            # sudo: who may delete the meeting cancels the follow-up
            touches = self.sudo().touch_ids
            touches = touches.filtered(lambda touch: touch.state == "planned")
        by_user = not self.env.su
        result = super().unlink()
        if touches and by_user:
            touches.write({"state": "cancelled"})
        elif touches:
            touches._mirror()
        return result

    def _get_busy_seconds(self, zone):
        """Return start and stop in seconds since 1970; all day is all day where the person is."""
        self.ensure_one()
        start, stop = self.start, self.stop
        if self.allday:
            start = get_day_start(zone, self.start_date)
            stop = get_day_start(zone, self.stop_date + timedelta(days=1))
        return to_seconds(start), to_seconds(stop)

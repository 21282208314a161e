"""How much of a person's day is left for customers."""

from collections import defaultdict

from odoo import models
from pytz import timezone

from odoo.addons.customer_tiering.models.working_time import to_moment


class ResUsers(models.Model):
    _inherit = "res.users"

    def _get_capacity_seconds(self, days, company=None):
        """Return the working time that neither leaves nor busy meetings take.

        Meetings of follow-ups take nothing: they are the work that is planned into this time.

        :return: ``{(user id, date): whole seconds}`` of the users' own days
        """
        return self._get_capacity_in(self._get_work_days(days, company))

    def _get_capacity_in(self, work):
        """Answer :meth:`_get_capacity_seconds` from the ``WorkDays`` of these users."""
        meetings = self._get_meetings(work)
        return {
            (user_id, day): seconds
            for user_id, plan in work.plans.items()
            for parts in [work.parts[plan]]
            for day, seconds in work.get_seconds(
                plan, parts.closed, parts.away, meetings[user_id]
            ).items()
        }

    def _get_meetings(self, work):
        """Return ``{user id: [(start, stop)]}`` of busy meetings, in seconds since 1970."""
        meetings = defaultdict(list)
        if not work.plans:
            return meetings
        # sudo: when somebody is busy, not with what or with whom
        users = self.sudo()
        events = users.env["calendar.event"].search(
            [
                ("partner_ids", "in", users.partner_id.ids),
                ("show_as", "=", "busy"),
                ("start", "<", to_moment(work.last)),
                ("stop", ">", to_moment(work.first)),
                ("touch_ids", "=", False),
            ]
        )
        user_of = {user.partner_id: user.id for user in users}
        for attendee in events.attendee_ids:
            user_id = user_of.get(attendee.partner_id)
            if user_id and attendee.state != "declined":
                zone = timezone(work.plans[user_id].tz)
                meetings[user_id].append(attendee.event_id._get_busy_seconds(zone))
        return meetings

from odoo import api, models
from odoo.tools.misc import format_datetime


class ComplaintSlaClock(models.Model):
    """What another promise would mean for a clock, and how people read it."""

    _inherit = "complaint.sla.clock"

    @api.model
    def _get_shorter(self, changes):
        """Return those of planned changes that make a promise due earlier."""
        forecast = self.union(*changes)._forecast(changes)
        return {
            clock: values
            for clock, values in changes.items()
            if (
                forecast[clock] < clock.date_due
                if forecast[clock] and clock.date_due
                else values["target_seconds"] < clock.target_seconds
            )
        }

    def _forecast(self, changes):
        """Return ``{clock: due moment}`` if other promises were given; None where it is paused."""
        timelines = self._get_timelines(changes=changes)
        return {
            clock: clock._get_due(
                timelines[clock],
                changes.get(clock, {}).get("target_seconds", clock.target_seconds),
            )
            for clock in self
        }

    def _get_due_words(self):
        """Return when the promise is due in the hours of its team, or what is left of it."""
        if self.date_due:
            return format_datetime(self.env, self.date_due, tz=self._get_tz(), dt_format="short")
        return self.env._("%(time)s h left", time=self._format_seconds(self.remaining_seconds))

    def _describe_move(self, old, new):
        return self.env._(
            "%(promise)s: due %(old)s → %(new)s",
            promise=self._get_kind_name(),
            old=old,
            new=new,
        )

    def _get_tz(self):
        """Return the time zone people read this promise in: that of its hours or the company's."""
        # sudo: hours of work are no secret
        company = self.company_id.sudo()
        return (self.sudo().resource_calendar_id or company.resource_calendar_id).tz or "UTC"

    @api.model
    def _format_seconds(self, seconds):
        """Return seconds as hours and minutes, as in 3:05."""
        minutes = abs(seconds) // 60
        return f"{'-' if seconds < 0 else ''}{minutes // 60}:{minutes % 60:02d}"

from odoo import models

from .complaint_case_screen import to_timestamp


class ComplaintSlaClock(models.Model):
    """A promise as the countdown shows it."""

    _inherit = "complaint.sla.clock"

    def _get_running_since(self):
        """Return ``{clock: when its open interval began}``, with one query."""
        rows = self.env["complaint.sla.interval"]._read_group(
            [
                ("clock_id", "in", self.ids),
                ("state", "=", "running"),
                ("date_stop", "=", False),
            ],
            ["clock_id"],
            ["date_start:max"],
        )
        return dict(rows)

    def _prepare_countdown(self, since):
        """Return what the web client needs to tick by itself.

        ``share`` of the time promised was left at ``since`` and runs out evenly until ``due``.

        :param since: when the open interval began, none while paused
        """
        self.ensure_one()
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        values = {"promise": kinds[self.kind], "working": self.is_working}
        if not self.date_due:
            return {**values, "left": self.remaining_seconds}
        left = max(self.target_seconds - self.done_seconds, 0)
        return {
            **values,
            "due": to_timestamp(self.date_due),
            "since": to_timestamp(since or self.date_start),
            "share": left / self.target_seconds if self.target_seconds else 0,
        }

from odoo import fields, models


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    promise_fingerprint = fields.Char(
        copy=False,
        readonly=True,
        groups="base.group_system",
        help="What these working hours consisted of when promises last followed them.",
    )

    def _with_those_that_rely_on_them(self):
        """Return also the working hours that cannot be used, in whose place a company's hold."""
        unusable = self.search([("flexible_hours", "=", True)]) | self.search(
            [("attendance_ids", "=", False)]
        )
        return self | unusable

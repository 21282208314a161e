from odoo import api, fields, models


class ComplaintSlaInterval(models.Model):
    """A stretch of time in which a promise ran or stood still. Never edited once it is over."""

    _name = "complaint.sla.interval"
    _description = "Time Log"
    _order = "date_start, id"

    clock_id = fields.Many2one("complaint.sla.clock", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one("res.company", required=True, index=True)
    state = fields.Selection([("running", "Running"), ("paused", "Paused")], required=True)
    date_start = fields.Datetime(string="From", required=True)
    date_stop = fields.Datetime(string="To", help="Empty while it goes on.")
    work_seconds = fields.Integer(
        string="Counted Seconds",
        aggregator="sum",
        help="What counted when it ended. It stays as it is when working hours change later.",
    )
    reason_id = fields.Many2one(
        "complaint.pause.reason", index="btree_not_null", ondelete="restrict"
    )
    user_id = fields.Many2one("res.users", string="By", index="btree_not_null")

    counted_time = fields.Char(
        string="Counted", compute="_compute_counted_time", help="Empty while it goes on."
    )

    _one_open_idx = models.UniqueIndex("(clock_id) WHERE date_stop IS NULL")

    @api.depends("state", "date_stop", "work_seconds")
    def _compute_counted_time(self):
        clocks = self.env["complaint.sla.clock"]
        for interval in self:
            over = interval.state == "running" and interval.date_stop
            interval.counted_time = clocks._format_seconds(interval.work_seconds) if over else False

from odoo import fields, models


class ComplaintWait(models.Model):
    """A time in which a case stood still, and whether the customer had the last word in it.

    Written when it happens. Clocks have ledgers of their own, but a late clock is not stopped
    and says nothing about the case.
    """

    _name = "complaint.wait"
    _description = "Time a Case stood still"
    _order = "date_start, id"

    case_id = fields.Many2one("complaint.case", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="case_id.company_id", store=True, index=True)
    reason_id = fields.Many2one(
        "complaint.pause.reason", required=True, index=True, ondelete="restrict"
    )
    user_id = fields.Many2one("res.users", string="Stopped by", index="btree_not_null")
    date_start = fields.Datetime(string="From", required=True)
    date_stop = fields.Datetime(string="To", help="Empty while it goes on.")
    is_unanswered = fields.Boolean(
        string="Customer had the last Word",
        help="It began although the customer's last message, or the complaint itself, had no "
        "answer of ours.",
    )
    date_answered = fields.Datetime(
        string="Answered while waiting", help="When the answer he waited for came after all."
    )

    _one_open_idx = models.UniqueIndex("(case_id) WHERE date_stop IS NULL")

    def _end(self, moment):
        for wait in self:
            # two things reported in the wrong order
            wait.date_stop = max(moment, wait.date_start)
        # the next one is inserted at once, and two open ones are refused
        self.flush_recordset(["date_stop"])

from odoo import fields, models


class ComplaintEscalation(models.Model):
    """A step of the ladder that acted: whom it told, and who took it on. Never edited by hand."""

    _name = "complaint.escalation"
    _description = "Escalation"
    _order = "date_fired desc, id desc"

    clock_id = fields.Many2one("complaint.sla.clock", required=True, index=True, ondelete="cascade")
    case_id = fields.Many2one(related="clock_id.case_id", store=True, index=True)
    company_id = fields.Many2one(related="clock_id.company_id", store=True, index=True)
    level_id = fields.Many2one(
        "complaint.escalation.level", index="btree_not_null", ondelete="set null"
    )
    level_name = fields.Char(string="Step", help="As the step was called when it acted.")
    date_due = fields.Datetime(string="Should act at")
    date_fired = fields.Datetime(string="Acted at", required=True, default=fields.Datetime.now)
    user_ids = fields.Many2many("res.users", string="Told")
    state = fields.Selection(
        [("told", "Told"), ("seen", "Seen"), ("skipped", "Skipped")],
        required=True,
        default="told",
    )
    seen_by_id = fields.Many2one("res.users", string="Taken on by", index="btree_not_null")
    date_seen = fields.Datetime(string="Taken on at")
    note = fields.Text(help="What was done, and why somebody was left out.")

    _once_idx = models.UniqueIndex("(clock_id, level_id) WHERE level_id IS NOT NULL")

from odoo import api, fields, models
from odoo.fields import Domain


class FollowupPromise(models.Model):
    _name = "followup.promise"
    _description = "Promise"
    _inherit = ["mail.thread"]
    _order = "date_due, id"
    _check_company_auto = True

    name = fields.Char(string="What", required=True, tracking=True)
    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    touch_id = fields.Many2one(
        "followup.touch", string="Given in", index="btree_not_null", ondelete="set null"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    user_id = fields.Many2one(
        "res.users",
        string="Responsible",
        index=True,
        default=lambda self: self.env.user,
        tracking=True,
        help="Who keeps our promise, or reminds the customer of his.",
    )
    promised_by = fields.Selection(
        [("us", "Us"), ("customer", "Customer")], required=True, default="us"
    )
    date_due = fields.Date(string="Until", required=True, tracking=True)
    date_kept = fields.Date(readonly=True, copy=False)
    state = fields.Selection(
        [("open", "Open"), ("kept", "Kept"), ("late", "Late"), ("broken", "Broken")],
        required=True,
        default="open",
        copy=False,
        index=True,
        tracking=True,
        help="Kept: done until the date. Late: done afterwards. Broken: not done.",
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    @api.depends("state", "date_due")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for promise in self:
            promise.is_overdue = bool(
                promise.state == "open" and promise.date_due and promise.date_due < today
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        overdue = Domain("state", "=", "open") & Domain("date_due", "<", "today")
        return (overdue if True in value else Domain.FALSE) | (
            ~overdue if False in value else Domain.FALSE
        )

    def action_keep(self):
        """Mark as done: kept until the date, late afterwards (the responsible person's day)."""
        for promise in self.filtered(lambda promise: promise.state in ("open", "broken")):
            today = fields.Date.context_today(promise.with_context(tz=promise.user_id.tz))
            state = "kept" if today <= promise.date_due else "late"
            promise.write({"state": state, "date_kept": today})

    def action_break(self):
        """Mark as not done and no longer to be done."""
        self.filtered(lambda promise: promise.state == "open").write(
            {"state": "broken", "date_kept": False}
        )

    def action_reopen(self):
        """Take back what was marked by mistake."""
        self.write({"state": "open", "date_kept": False})

    def _prepare_lines(self, today):
        """Return these promises as plain data; overdue are those due before ``today``."""
        return [
            {
                "id": promise.id,
                "name": promise.name,
                "partner_id": promise.partner_id.id,
                "customer": promise.partner_id.name or "",
                "by_customer": promise.promised_by == "customer",
                "date_due": promise.date_due,
                "is_overdue": promise.date_due < today,
            }
            for promise in self
        ]

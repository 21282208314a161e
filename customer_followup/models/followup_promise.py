from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL


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
        group_expand=True,
        help="Kept: done until the date. Late: done afterwards. Broken: not done.",
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )

    kept_ratio = fields.Float(
        string="Kept (%)",
        compute="_compute_kept_ratio",
        aggregator="avg",
        digits=(5, 1),
        help="Promises kept in time, out of all that were kept, late or broken.",
    )
    date_told = fields.Date(
        string="Leader told on",
        readonly=True,
        copy=False,
        help="When the leader was told that it is overdue; he is told once.",
    )
    is_in_my_team = fields.Boolean(
        compute="_compute_is_in_my_team",
        search="_search_is_in_my_team",
        help="Somebody who reports to the user is responsible.",
    )

    _overdue_idx = models.Index("(date_due) WHERE state = 'open'")

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

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

    @api.depends("state")
    def _compute_kept_ratio(self):
        for promise in self:
            promise.kept_ratio = 100 if promise.state == "kept" else 0

    def _field_to_sql(self, alias, field_expr, query=None):
        """Let reports average what was kept; an open promise does not count yet."""
        if field_expr != "kept_ratio":
            return super()._field_to_sql(alias, field_expr, query)
        return SQL(
            "CASE %s WHEN 'kept' THEN 100.0 WHEN 'open' THEN NULL ELSE 0.0 END",
            self._field_to_sql(alias, "state", query),
        )

    @api.depends("user_id.care_path")
    @api.depends_context("uid")
    def _compute_is_in_my_team(self):
        mine = self.filtered_domain(self._get_team_domain())
        for promise in self:
            promise.is_in_my_team = promise in mine

    def _search_is_in_my_team(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = self._get_team_domain()
        return (mine if True in value else Domain.FALSE) | (
            ~mine if False in value else Domain.FALSE
        )

    @api.model
    def _get_team_domain(self):
        user = self.env.user
        below = Domain("user_id.care_path", "=like", f"{user.care_path or '-'}%")
        return below & Domain("user_id", "!=", user.id)

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    def write(self, vals):
        """Another date is another promise to keep in time: the leader may be told again."""
        if "date_due" in vals:
            vals = {**vals, "date_told": False}
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_settled(self):
        if any(promise.state != "open" for promise in self) and not self.env.su:
            raise UserError(
                self.env._(
                    "Promises that were kept, late or broken are counted and cannot be deleted. "
                    "Reopen one that was marked by mistake."
                )
            )

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

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

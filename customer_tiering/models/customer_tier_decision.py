from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import formatLang

from .customer_tier import SERVICE_CLASSES


class CustomerTierDecision(models.Model):
    """One customer who will rise or fall on the next decision day if nothing more is bought.

    Written by the nightly run from the same statement that decides on the day itself; people
    review the lines, they do not edit them.
    """

    _name = "customer.tier.decision"
    _description = "Coming Decision"
    _order = "date, direction, amount desc, id"
    _rec_name = "partner_id"
    _check_company_auto = True

    scheme_id = fields.Many2one(
        "customer.tier.scheme",
        string="Grading Scheme",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    user_id = fields.Many2one(
        "res.users", string="Account Manager", readonly=True, index="btree_not_null"
    )
    date = fields.Date(
        string="Takes Effect",
        required=True,
        readonly=True,
        index=True,
        help="Decision day: the level changes in the night after it.",
    )
    direction = fields.Selection([("fall", "Fall"), ("rise", "Rise")], required=True, readonly=True)
    from_tier_id = fields.Many2one(
        "customer.tier",
        string="Level",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    to_tier_id = fields.Many2one(
        "customer.tier",
        string="New Level",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
    )
    from_color = fields.Integer(related="from_tier_id.color", string="Level Color")
    to_color = fields.Integer(related="to_tier_id.color", string="New Level Color")
    service_class = fields.Selection(
        SERVICE_CLASSES,
        compute="_compute_service_class",
        search="_search_service_class",
    )
    amount = fields.Monetary(
        string="Revenue at Stake",
        readonly=True,
        aggregator="sum",
        help="The customer's revenue of the period as of the last evaluation.",
    )
    value_on_day = fields.Float(
        string="Counts on the Day",
        digits=(16, 2),
        readonly=True,
        aggregator=None,
        help="What of the documents known today still lies in the period on the decision day.",
    )
    line = fields.Float(
        digits=(16, 2),
        readonly=True,
        aggregator=None,
        help="Line for staying on the level, or of the level to come.",
    )
    needed = fields.Float(
        string="Needed to Keep",
        compute="_compute_needed",
        digits=(16, 2),
        help="What must be bought by the decision day to keep the level.",
    )
    decisions = fields.Integer(string="Decisions below the Line", readonly=True, aggregator=None)
    reason = fields.Char(compute="_compute_reason")
    state = fields.Selection(
        [
            ("open", "To review"),
            ("accepted", "Accepted"),
            ("held", "Held"),
            ("locked", "Locked"),
            ("done", "Took effect"),
            ("avoided", "No longer due"),
        ],
        default="open",
        required=True,
        readonly=True,
        index=True,
    )
    reviewer_id = fields.Many2one(
        "res.users", string="Reviewed by", readonly=True, index="btree_not_null"
    )
    is_told = fields.Boolean(
        readonly=True, help="The account manager was told of this coming change."
    )

    @api.depends("from_tier_id.service_class")
    def _compute_service_class(self):
        for decision in self:
            decision.service_class = decision.from_tier_id.service_class

    def _search_service_class(self, operator, value):
        return Domain("from_tier_id.service_class", operator, value)

    @api.depends("line", "value_on_day", "direction")
    def _compute_needed(self):
        for decision in self:
            gap = decision.line - decision.value_on_day
            decision.needed = max(0, gap) if decision.direction == "fall" else 0

    @api.depends_context("lang")
    @api.depends("direction", "value_on_day", "line", "from_tier_id", "to_tier_id", "date")
    def _compute_reason(self):
        for decision in self:
            decision.reason = decision._get_reason()

    def _get_reason(self):
        """Say in the reader's language why the level would change, and what would keep it."""
        self.ensure_one()
        values = {
            "level": (self.from_tier_id if self.direction == "fall" else self.to_tier_id).name,
            "value": self._format_value(self.value_on_day),
            "line": self._format_value(self.line),
            "needed": self._format_value(self.needed),
            "decisions": self.decisions,
        }
        if self.scheme_id.method == "rfm":
            if self.direction == "fall":
                text = self.env._("%(value)s points then; %(level)s needs %(line)s to stay.")
            else:
                text = self.env._("%(value)s points reach %(level)s, from %(line)s points.")
        elif self.direction == "rise":
            text = self.env._("%(value)s then reach the line of %(level)s: %(line)s.")
        elif not self.line:
            text = self.env._("The figures no longer make %(level)s.")
        elif not self.value_on_day:
            text = self.env._("Nothing bought in the period by then; %(level)s needs %(line)s.")
        else:
            text = self.env._(
                "Only %(value)s still count then; %(level)s needs %(line)s to stay, %(needed)s "
                "more."
            )
        reason = text % values
        if self.decisions > 1:
            reason = self.env._(
                "%(reason)s %(missed)s",
                reason=reason,
                missed=self.env._("Below the line %(decisions)s decisions in a row.", **values),
            )
        return reason

    def _format_value(self, value):
        if self.scheme_id.method == "rfm":
            return f"{value:g}"
        if self.scheme_id.measure == "quantity":
            return formatLang(self.env, value, digits=2)
        return formatLang(self.env, value, currency_obj=self.currency_id)

    # ------------------------------------------------------------
    # Review
    # ------------------------------------------------------------

    def action_accept(self):
        """Agree to these changes; they take effect on the decision day."""
        self._check_reviewer()
        self.filtered(lambda decision: decision.state == "open")._set_state("accepted")

    def action_reopen(self):
        """Take an agreement back; the change still takes effect unless held or locked."""
        self._check_reviewer()
        accepted = self.filtered(lambda decision: decision.state == "accepted")
        # sudo: the right to review was checked; lines are written by the review only
        accepted.sudo().write({"state": "open", "reviewer_id": False})

    def action_hold(self):
        """Open the dialog that keeps the customers who would fall from it until a day."""
        falls = self.filtered(lambda decision: decision.direction == "fall")
        if not falls:
            raise UserError(self.env._("Only a fall can be held: choose customers who would fall."))
        return falls._get_standings().action_hold()

    def action_lock(self):
        """Open the dialog that gives these customers exactly one level until a day."""
        return self._get_standings().action_lock()

    def action_open_standing(self):
        """Open why this customer stands where he stands."""
        self.ensure_one()
        return self._get_standings()._get_records_action()

    def _get_standings(self):
        """Return the grading results these lines speak of."""
        return self.env["customer.standing"].search(
            Domain.OR(
                Domain("scheme_id", "=", scheme.id)
                & Domain("partner_id", "in", decisions.partner_id.ids)
                for scheme, decisions in self.grouped("scheme_id").items()
            )
        )

    def _check_reviewer(self):
        self.check_access("read")
        if not self.env.user.has_group("customer_tiering.customer_tiering_group_team"):
            raise AccessError(
                self.env._("Only team leaders and above review the coming decisions.")
            )

    def _set_state(self, state):
        # sudo: the right to review was checked; lines are written by the review only
        self.sudo().write({"state": state, "reviewer_id": self.env.uid})

    @api.model
    def _note_hold(self, standings, state, until):
        """Mark the open lines of customers whose level is now held or locked until a day.

        A hold does not stop a rise; one that ends before the decision day stops nothing.
        """
        domain = self._get_lines_domain(standings, ("open", "accepted"))
        domain &= Domain("date", "<=", until)
        if state == "held":
            domain &= Domain("direction", "=", "fall")
        # sudo: part of holding a level, whose right was checked
        self.sudo().search(domain).with_env(self.env)._set_state(state)

    @api.model
    def _note_release(self, standings):
        """Open the lines of customers whose level is held or locked no more."""
        domain = self._get_lines_domain(standings, ("held", "locked"))
        # sudo: part of releasing a level, whose right was checked
        self.sudo().search(domain).write({"state": "open", "reviewer_id": False})

    @api.model
    def _get_lines_domain(self, standings, states):
        """Return the domain of the lines in some states that speak of these customers."""
        return Domain("state", "in", states) & Domain.OR(
            Domain("scheme_id", "=", scheme.id) & Domain("partner_id", "in", own.partner_id.ids)
            for scheme, own in standings.grouped("scheme_id").items()
        )

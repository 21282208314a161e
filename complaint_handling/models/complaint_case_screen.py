from datetime import UTC

from odoo import api, fields, models

from .kinds import AGENT, WORKING

#: Who looks at cases: agents, and account managers at those of their customers.
READERS = f"{AGENT},customer_tiering.customer_tiering_group_own"


def to_timestamp(moment):
    """Return a naive UTC moment as whole seconds since 1970, for the web client."""
    return int(moment.replace(tzinfo=UTC).timestamp())


class ComplaintCase(models.Model):
    """What the screens show beside the case: time left, who waits, and who the customer is."""

    _inherit = "complaint.case"

    countdown = fields.Json(
        compute="_compute_countdown",
        compute_sudo=True,
        help="What the countdown needs to tick by itself: moments in seconds since 1970, and the "
        "server's own time, because the clock of a computer at a desk may be wrong.",
    )
    is_unanswered = fields.Boolean(
        string="Unanswered",
        compute="_compute_is_unanswered",
        store=True,
        help="The customer waits for a word of ours: nobody has answered yet, or he wrote after "
        "our last answer.",
    )
    tier_color = fields.Integer(related="tier_id.color", string="Level Color")

    # how to reach him, where the case itself says nothing
    contact_email = fields.Char(compute="_compute_contact_ways")
    contact_phone = fields.Char(compute="_compute_contact_ways")

    # the customer today, as far as an agent has to know him
    customer_tier_id = fields.Many2one(
        "customer.tier",
        string="Level today",
        compute="_compute_customer_box",
        compute_sudo=True,
        groups=READERS,
    )
    customer_status = fields.Char(
        string="Status", compute="_compute_customer_box", compute_sudo=True, groups=READERS
    )
    customer_manager_id = fields.Many2one(
        "res.users",
        string="Account Manager",
        compute="_compute_customer_box",
        compute_sudo=True,
        groups=READERS,
    )
    customer_last_date = fields.Date(
        string="Last Purchase", compute="_compute_customer_box", compute_sudo=True, groups=READERS
    )
    customer_case_count = fields.Integer(
        string="Cases", compute="_compute_customer_counts", compute_sudo=True, groups=READERS
    )
    customer_open_count = fields.Integer(
        string="Open Cases", compute="_compute_customer_counts", compute_sudo=True, groups=READERS
    )

    # ------------------------------------------------------------
    # Time left
    # ------------------------------------------------------------

    @api.depends("clock_ids.state", "clock_ids.date_due", "clock_ids.remaining_seconds")
    def _compute_countdown(self):
        now = to_timestamp(fields.Datetime.now())
        urgent = {case: case._get_urgent_clock() for case in self}
        clocks = self.env["complaint.sla.clock"].union(*urgent.values())
        starts = clocks._get_running_since()
        for case, clock in urgent.items():
            case.countdown = {
                "now": now,
                "state": case.sla_state,
                **(clock._prepare_countdown(starts.get(clock)) if clock else {}),
            }

    def _get_urgent_clock(self):
        """Return the open promise that is due first, else the paused one with the least left."""
        self.ensure_one()
        clocks = self.clock_ids.filtered(lambda clock: clock.is_open and clock.kind != "task")
        running = clocks.filtered("date_due").sorted("date_due")
        return running[:1] or clocks.sorted("remaining_seconds")[:1]

    @api.depends("stage_kind", "date_first_response", "date_last_customer", "date_last_answer")
    def _compute_is_unanswered(self):
        for case in self:
            asked, answered = case.date_last_customer, case.date_last_answer
            case.is_unanswered = case.stage_kind in WORKING and (
                not case.date_first_response or bool(asked and (not answered or asked > answered))
            )

    # ------------------------------------------------------------
    # The customer
    # ------------------------------------------------------------

    @api.depends("contact_id.email", "contact_id.phone", "partner_id.email", "partner_id.phone")
    def _compute_contact_ways(self):
        for case in self:
            case.contact_email = case.contact_id.email or case.partner_id.email
            case.contact_phone = case.contact_id.phone or case.partner_id.phone

    @api.depends("partner_id", "company_id")
    def _compute_customer_box(self):
        none = self.env["customer.standing"]
        words = dict(none._fields["customer_status"]._description_selection(self.env))
        for company, cases in self.grouped("company_id").items():
            standings = self._get_standings(company, cases.partner_id)
            for case in cases:
                standing = standings.get(case.partner_id, none)
                case.customer_tier_id = standing.tier_id
                case.customer_last_date = standing.last_date
                case.customer_status = words.get(standing.customer_status)
                case.customer_manager_id = standing.user_id or case.partner_id.user_id

    @api.model
    def _get_standings(self, company, partners):
        """Return ``{customer: standing}`` of what the company's operative scheme says today."""
        scheme = self.env["customer.tier.scheme"]._get_operative(company)
        standings = self.env["customer.standing"].search(
            [("scheme_id", "=", scheme.id), ("partner_id", "in", partners.ids)]
        )
        return {standing.partner_id: standing for standing in standings}

    @api.depends("partner_id", "company_id")
    def _compute_customer_counts(self):
        rows = self._read_group(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)],
            ["company_id", "partner_id", "is_open"],
            ["__count"],
        )
        counts = {(company, partner, is_open): n for company, partner, is_open, n in rows}
        for case in self:
            key = case.company_id, case.partner_id
            case.customer_open_count = counts.get((*key, True), 0)
            case.customer_case_count = case.customer_open_count + counts.get((*key, False), 0)

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_view_customer_cases(self):
        """Open all cases of this case's customer."""
        self.ensure_one()
        return self.partner_id._open_cases()

    def action_open(self):
        """Open this case as a page of its own."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }

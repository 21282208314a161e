from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import email_normalize

from .kinds import (
    CHANNELS,
    CLASS_RANK,
    ENDED,
    KEPT,
    KINDS,
    REMEDIES,
    SERVICE_CLASSES,
    SEVERE,
    SEVERITIES,
    TARGETS,
)

#: Severity first, then the service class: the first figure of the order of work.
SEVERITY_RANK = {"critical": 0, "high": 1, "medium": 2, "low": 3}
#: So much a clock elsewhere may be fast.
CLOCK_TOLERANCE = timedelta(hours=1)


class ComplaintCase(models.Model):
    """What a customer complains about, asks for, suggests or praises.

    How it moves is in ``complaint_case_workflow.py``, what messages do to it in
    ``complaint_case_message.py``, its promises in ``complaint_case_clock.py``.
    """

    _name = "complaint.case"
    _description = "Complaint Case"
    _inherit = [
        "portal.mixin",
        "mail.thread.cc",
        "mail.activity.mixin",
        "rating.mixin",
        "mail.tracking.duration.mixin",
    ]
    # the order of work: what is open, the severest, the key customers, what is due first
    _order = "is_open desc, work_rank, date_due, id"
    _rec_names_search = ["number", "name"]
    _track_duration_field = "stage_id"
    _mail_post_access = "read"
    _primary_email = "email_from"
    _check_company_auto = True

    # what
    number = fields.Char(readonly=True, copy=False, index="trigram")
    name = fields.Char(string="Subject", required=True, tracking=True)
    description = fields.Html()
    kind = fields.Selection(KINDS, required=True, default="complaint", index=True, tracking=True)
    category_id = fields.Many2one("complaint.category", index="btree_not_null", tracking=True)
    tips = fields.Html(related="category_id.tips", string="Handling Tips")
    severity = fields.Selection(SEVERITIES, required=True, default="medium", tracking=True)
    is_safety = fields.Boolean(
        string="Somebody may come to harm", tracking=True, help="Makes the case critical."
    )
    channel = fields.Selection(
        CHANNELS, string="Received through", required=True, default="phone", tracking=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )

    # who
    partner_id = fields.Many2one(
        "res.partner", string="Customer", index=True, tracking=True, ondelete="restrict"
    )
    contact_id = fields.Many2one(
        "res.partner",
        string="Contact Person",
        index="btree_not_null",
        ondelete="set null",
        domain="[('commercial_partner_id', '=?', partner_id)]",
    )
    contact_name = fields.Char(string="Name as given")
    email_from = fields.Char(string="Email")
    email_normalized = fields.Char(
        compute="_compute_email_normalized", store=True, index="btree_not_null"
    )
    phone = fields.Char()
    tier_id = fields.Many2one(
        "customer.tier",
        string="Level at Intake",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    service_class = fields.Selection(
        SERVICE_CLASSES,
        readonly=True,
        copy=False,
        help="Of the level at intake, or of a better one the customer got since: promises and "
        "the order of work go by it.",
    )

    # about which purchase
    sale_order_id = fields.Many2one(
        "sale.order", string="Order", index="btree_not_null", check_company=True
    )
    invoice_id = fields.Many2one("account.move", index="btree_not_null", check_company=True)
    product_id = fields.Many2one("product.product", index="btree_not_null", check_company=True)
    lot_name = fields.Char(string="Lot or Serial Number")

    # what he wants and gets
    remedy_sought = fields.Selection(REMEDIES)
    remedy_wish = fields.Char(string="In the Customer's Words")
    remedy_granted = fields.Text(tracking=True)
    cause_id = fields.Many2one(
        "complaint.cause", string="Root Cause", index="btree_not_null", tracking=True
    )
    reject_reason_id = fields.Many2one(
        "complaint.reject.reason", string="Rejected because", index="btree_not_null", tracking=True
    )

    # who does it
    team_id = fields.Many2one(
        "complaint.team", required=True, index=True, tracking=True, check_company=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        index=True,
        tracking=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    stage_id = fields.Many2one(
        "complaint.stage",
        required=True,
        index=True,
        copy=False,
        tracking=True,
        group_expand="_read_group_stage_ids",
        default=lambda self: self.env["complaint.stage"]._get("new"),
        ondelete="restrict",
    )
    stage_kind = fields.Selection(related="stage_id.kind", store=True, index=True, string="State")
    is_open = fields.Boolean(compute="_compute_is_open", store=True)
    work_rank = fields.Integer(
        compute="_compute_work_rank",
        store=True,
        help="Order of work: the severest first, then key customers, then what is due first.",
    )
    held_by = fields.Selection(
        [
            ("agent", "Agent"),
            ("customer", "Customer"),
            ("department", "Other department"),
            ("outside", "Somebody outside"),
            ("verification", "Verification"),
            ("nobody", "Nobody"),
        ],
        string="Is with",
        default="nobody",
        readonly=True,
        copy=False,
    )
    held_by_id = fields.Many2one(
        "res.users", string="Is with Person", readonly=True, copy=False, index="btree_not_null"
    )
    held_since = fields.Datetime(string="Since", readonly=True, copy=False)

    # when
    date_received = fields.Datetime(
        string="Received", required=True, default=fields.Datetime.now, copy=False, index=True
    )
    date_accepted = fields.Datetime(string="Accepted", readonly=True, copy=False)
    date_first_response = fields.Datetime(string="First Response", readonly=True, copy=False)
    date_communicated = fields.Datetime(string="Decision told", readonly=True, copy=False)
    communicated_message_id = fields.Many2one(
        "mail.message", readonly=True, copy=False, index="btree_not_null", ondelete="set null"
    )
    date_resolved = fields.Datetime(string="Solved", readonly=True, copy=False)
    date_closed = fields.Datetime(string="Closed on", readonly=True, copy=False)
    date_last_customer = fields.Datetime(
        string="Customer's last Message", readonly=True, copy=False
    )
    date_last_answer = fields.Datetime(string="Our last Answer", readonly=True, copy=False)
    reopen_count = fields.Integer(string="Reopened", readonly=True, copy=False)
    run = fields.Integer(default=1, readonly=True, copy=False)
    pause_reason_id = fields.Many2one(
        "complaint.pause.reason",
        string="Waiting",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    date_paused = fields.Datetime(string="Waiting since", readonly=True, copy=False)

    # promises
    clock_ids = fields.One2many("complaint.sla.clock", "case_id", string="Promises")
    date_due = fields.Datetime(
        string="Due by", compute="_compute_sla", store=True, help="What is due first."
    )
    due_kind = fields.Selection(
        TARGETS, compute="_compute_sla", store=True, string="Promise due first"
    )
    sla_state = fields.Selection(
        [
            ("none", "No promise"),
            ("running", "Running"),
            ("paused", "Paused"),
            ("met", "Kept"),
            ("breached", "Breached"),
        ],
        compute="_compute_sla",
        store=True,
        string="Promise",
    )

    # afterwards
    verification_state = fields.Selection(
        [
            ("not_needed", "Not needed"),
            ("due", "Due"),
            ("confirmed", "Confirmed"),
            ("refused", "Refused"),
            ("no_answer", "No answer"),
        ],
        string="Verification",
        default="not_needed",
        readonly=True,
        copy=False,
        tracking=True,
    )
    rating_outcome = fields.Integer(string="Rating of the Outcome", readonly=True, copy=False)
    rating_handling = fields.Integer(string="Rating of the Handling", readonly=True, copy=False)

    # where it comes from and goes to
    touch_id = fields.Many2one(
        "followup.touch",
        string="Source Follow-up",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The call or visit in which the customer said it.",
    )
    is_unconfirmed = fields.Boolean(
        string="Sender not confirmed",
        readonly=True,
        copy=False,
        help="Sent by the public form, and the mail address was not confirmed yet.",
    )
    mail_failure = fields.Text(string="Mail could not be read", readonly=True, copy=False)
    previous_case_id = fields.Many2one(
        "complaint.case", readonly=True, copy=False, index="btree_not_null", string="Follows on"
    )
    merged_into_id = fields.Many2one(
        "complaint.case", readonly=True, copy=False, index="btree_not_null"
    )

    _number_idx = models.UniqueIndex(
        "(company_id, number) WHERE number IS NOT NULL", "This number is taken in this company."
    )
    # IS TRUE, as searches write it: PostgreSQL does not see that it means the same without
    _queue_idx = models.Index("(team_id, work_rank, date_due) WHERE is_open IS TRUE")
    _agent_idx = models.Index("(user_id, work_rank, date_due) WHERE is_open IS TRUE")
    _customer_idx = models.Index("(partner_id, date_received)")

    # ------------------------------------------------------------
    # Compute
    # ------------------------------------------------------------

    @api.depends("number", "name")
    def _compute_display_name(self):
        for case in self:
            case.display_name = f"{case.number} {case.name}" if case.number else case.name

    @api.depends("email_from")
    def _compute_email_normalized(self):
        for case in self:
            case.email_normalized = email_normalize(case.email_from or "") or False

    @api.depends("stage_kind")
    def _compute_is_open(self):
        for case in self:
            case.is_open = case.stage_kind not in ENDED

    @api.depends("severity", "service_class")
    def _compute_work_rank(self):
        for case in self:
            case.work_rank = 3 * SEVERITY_RANK[case.severity] + CLASS_RANK[case.service_class]

    @api.depends("clock_ids.state", "clock_ids.date_due", "clock_ids.is_open")
    def _compute_sla(self):
        for case in self:
            clocks = case.clock_ids.filtered(lambda clock: clock.kind != "task")
            urgent = clocks.filtered(lambda clock: clock.is_open and clock.date_due).sorted(
                "date_due"
            )[:1]
            case.date_due = urgent.date_due
            case.due_kind = urgent.kind
            case.sla_state = case._get_sla_state(clocks)

    def _get_sla_state(self, clocks):
        """Return how the promises of a case stand; once it has ended, whether all were kept."""
        counted = clocks.filtered("is_open") or clocks.filtered(
            lambda clock: clock.state != "cancelled"
        )
        states = set(counted.mapped("state"))
        for state in ("breached", "running", "paused", "met"):
            if state in states:
                return state
        return "none"

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for case in self:
            case.access_url = f"/my/complaints/{case.id}"
        return result

    @api.model
    def _read_group_stage_ids(self, stages, domain):
        # all of them: empty columns are shown, too
        return stages.search([])  # pylint: disable=no-search-all

    # ------------------------------------------------------------
    # Checks and fields that follow others
    # ------------------------------------------------------------

    @api.constrains("date_received")
    def _check_date_received(self):
        """Promises run from then on: nobody complains tomorrow."""
        latest = fields.Datetime.now() + CLOCK_TOLERANCE
        for case in self.filtered(lambda case: case.date_received > latest):
            raise ValidationError(
                self.env._(
                    "%(case)s cannot have been received in the future: enter when it came in.",
                    case=case.display_name,
                )
            )

    @api.onchange("partner_id", "contact_id")
    def _onchange_partner_id(self):
        """Show at once what saving does."""
        if self.contact_id and not self.partner_id:
            self.partner_id = self.contact_id.commercial_partner_id
        if self.contact_id.commercial_partner_id != self.partner_id:
            self.contact_id = False

    @api.onchange("category_id", "is_safety")
    def _onchange_is_safety(self):
        self.is_safety = self.is_safety or self.category_id.is_safety
        if self.is_safety:
            self.severity = "critical"

    @api.onchange("company_id")
    def _onchange_company_id(self):
        if self.team_id.company_id not in self.company_id.sudo().parent_ids:
            self.team_id = self.env["complaint.team"]._get_default(self.company_id)

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if "team_id" in fields and not values.get("team_id"):
            company = self.env["res.company"].browse(values.get("company_id"))
            values["team_id"] = (
                self.env["complaint.team"]._get_default(company or self.env.company).id
            )
        return values

    # ------------------------------------------------------------
    # CRUD
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            vals_list = [
                {name: value for name, value in vals.items() if name not in KEPT}
                for vals in vals_list
            ]
        partners = self._prefetch_partners(vals_list)
        vals_list = [self._complete_vals(vals, partners) for vals in vals_list]
        if any(not vals.get("stage_id") for vals in vals_list):
            new = self.env["complaint.stage"]._get("new")
            vals_list = [{"stage_id": new.id, **vals} for vals in vals_list]
        self._set_teams(vals_list)
        self._set_levels(vals_list)
        self._set_numbers(vals_list)
        cases = super().create(vals_list)
        cases._check_begin()
        cases._subscribe_people()
        given = cases.filtered("user_id")
        cases._assign()
        cases._note_holder()
        cases._start_clocks()
        # whom the rule of the team chose was told when he was written on the case
        given._tell_agent()
        return cases

    def write(self, vals):
        self._check_kept(vals)
        vals = self._complete_vals(vals)
        before = {case: case._get_promise_values() for case in self}
        received = {case: case.date_received for case in self}
        result = super().write(vals)
        if "severity" in vals or "is_safety" in vals:
            # what may do harm stays critical, whoever says otherwise
            harmful = self.filtered(lambda case: case.is_safety or case.category_id.is_safety)
            super(ComplaintCase, harmful).write({"is_safety": True, "severity": "critical"})
        if "date_received" in vals:
            self._move_start(received)
        self._after_write(vals, before)
        return result

    def copy_data(self, default=None):
        """A copy is a new case of today, not of the day the first one came."""
        return [
            {**values, "name": self.env._("%(subject)s (copy)", subject=case.name)}
            for case, values in zip(self, super().copy_data(default), strict=True)
        ]

    def _after_write(self, vals, before):
        """Do what follows from changed fields."""
        if "user_id" in vals or "contact_id" in vals or "partner_id" in vals:
            self._subscribe_people()
        if "user_id" in vals:
            self._note_holder()
            self._tell_agent()
        changed = self.filtered(lambda case: before[case] != case._get_promise_values())
        changed._replan_corrected(before)

    def _get_promise_values(self):
        """Return what a promise depends on, by field."""
        return {
            "severity": self.severity,
            "category_id": self.category_id,
            "kind": self.kind,
            "channel": self.channel,
            "team_id": self.team_id.resource_calendar_id,
            "company_id": self.company_id,
            "service_class": self.service_class,
            "partner_id": self.partner_id,
        }

    @api.model
    def _prefetch_partners(self, vals_list):
        """Return all customers and contacts of new cases, to be read at once."""
        ids = {vals.get(name) for vals in vals_list for name in ("partner_id", "contact_id")}
        # sudo: which company a contact belongs to
        return self.env["res.partner"].sudo().browse(ids - {None, False})

    @api.model
    def _complete_vals(self, vals, partners=None):
        """Return values with what follows from them: customer of a contact, severity of safety."""
        vals = dict(vals)
        if partners is None:
            partners = self._prefetch_partners([vals])
        partners = {partner.id: partner for partner in partners}
        if vals.get("partner_id"):
            partner = partners[vals["partner_id"]]
            customer = partner.commercial_partner_id
            if partner != customer and not vals.get("contact_id"):
                vals["contact_id"] = partner.id
            vals["partner_id"] = customer.id
        elif vals.get("contact_id"):
            vals["partner_id"] = partners[vals["contact_id"]].commercial_partner_id.id
        if vals.get("category_id"):
            category = self.env["complaint.category"].browse(vals["category_id"])
            if category.is_safety:
                vals["is_safety"] = True
        if vals.get("is_safety"):
            vals["severity"] = "critical"
        return vals

    @api.model
    def _set_teams(self, vals_list):
        """Give cases a team and its company, where they name none."""
        teams = {}
        for vals in vals_list:
            if not vals.get("company_id") and vals.get("team_id"):
                team = self.env["complaint.team"].browse(vals["team_id"])
                vals["company_id"] = team.company_id.id
            company_id = vals.setdefault("company_id", self.env.company.id)
            if not vals.get("team_id"):
                if company_id not in teams:
                    company = self.env["res.company"].browse(company_id)
                    # sudo: the catch-all team takes cases from everybody
                    teams[company_id] = self.env["complaint.team"].sudo()._get_default(company).id
                vals["team_id"] = teams[company_id]

    @api.model
    def _set_levels(self, vals_list):
        """Note the level each customer has today."""
        customers = {}
        for vals in vals_list:
            if vals.get("partner_id"):
                customers.setdefault(vals["company_id"], set()).add(vals["partner_id"])
        levels = {}
        for company_id, partner_ids in customers.items():
            # sudo: the level decides what is promised, whoever opens the case
            partners = self.env["res.partner"].sudo().with_company(company_id).browse(partner_ids)
            for partner in partners:
                levels[company_id, partner.id] = partner.tier_id
        for vals in vals_list:
            tier = levels.get((vals["company_id"], vals.get("partner_id")))
            vals["tier_id"] = tier.id if tier else False
            vals["service_class"] = tier.service_class if tier else False

    @api.model
    def _set_numbers(self, vals_list):
        """Draw the numbers of all new cases of a company at once."""
        for company_id in {vals["company_id"] for vals in vals_list}:
            mine = [vals for vals in vals_list if vals["company_id"] == company_id]
            company = self.env["res.company"].browse(company_id)
            for vals, number in zip(mine, company._draw_complaint_numbers(len(mine)), strict=True):
                vals["number"] = number

    # ------------------------------------------------------------
    # Searching
    # ------------------------------------------------------------

    @api.model
    def _get_severe_domain(self):
        """Return the open complaints that hold up a fall of the level."""
        return (
            Domain("kind", "=", "complaint")
            & Domain("severity", "in", SEVERE)
            & Domain("is_open", "=", True)
            & Domain("is_unconfirmed", "=", False)
        )

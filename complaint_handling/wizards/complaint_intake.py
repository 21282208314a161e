from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import plaintext2html

from ..models.kinds import CHANNELS, KINDS, REMEDIES, SEVERITIES


class ComplaintIntake(models.TransientModel):
    """Somebody complains on the phone: who, about what, in his words. Saved as a case."""

    _name = "complaint.intake"
    _description = "New Complaint by Phone"

    # who; the search sets several fields at once
    found = fields.Json(help="What was picked from the search: values by field, written once.")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", string="Customer", ondelete="cascade")
    contact_id = fields.Many2one(
        "res.partner",
        string="Contact Person",
        domain="[('commercial_partner_id', '=?', partner_id)]",
        ondelete="cascade",
    )
    contact_name = fields.Char(string="Name as given")
    phone = fields.Char()
    email_from = fields.Char(string="Email")

    # what is known of him at once
    contact_phone = fields.Char(compute="_compute_contact_ways")
    contact_email = fields.Char(compute="_compute_contact_ways")
    customer_case_ids = fields.Many2many(
        "complaint.case", compute="_compute_customer_cases", string="Open Cases of the Customer"
    )
    customer_open_count = fields.Integer(compute="_compute_customer_cases", string="Open Cases")
    customer_tier_id = fields.Many2one("customer.tier", compute="_compute_level", string="Level")
    customer_status = fields.Char(compute="_compute_level", string="Status")
    customer_manager_id = fields.Many2one(
        "res.users", compute="_compute_level", string="Account Manager"
    )

    # about which purchase, or which case
    case_id = fields.Many2one("complaint.case", string="Is about the Case", ondelete="cascade")
    sale_order_id = fields.Many2one("sale.order", string="Order", ondelete="cascade")
    invoice_id = fields.Many2one("account.move", ondelete="cascade")

    # what
    kind = fields.Selection(KINDS, required=True, default="complaint")
    channel = fields.Selection(CHANNELS, string="Received through", required=True, default="phone")
    category_id = fields.Many2one("complaint.category", ondelete="cascade")
    tips = fields.Html(related="category_id.tips", string="Handling Tips")
    severity = fields.Selection(SEVERITIES, required=True, default="medium")
    is_safety = fields.Boolean(string="Somebody may come to harm")
    name = fields.Char(string="Subject")
    description = fields.Text(string="What happened")
    remedy_sought = fields.Selection(REMEDIES)

    # what then
    is_mine = fields.Boolean(string="Take it myself", default=True)
    is_answered = fields.Boolean(
        string="Answered during the call",
        help="You told the customer what happens now: that is the first response.",
    )

    @api.model
    def default_get(self, fields):
        """Know the customer of the document the dialog was opened from."""
        values = super().default_get(fields)
        document = self._get_document(values)
        partner = self.env["res.partner"].browse(values.get("partner_id"))
        partner = partner or document.partner_id
        if partner:
            values.update(self.env["complaint.case"]._prepare_caller(partner))
        if document and document.company_id:
            values["company_id"] = document.company_id.id
        return values

    def _get_document(self, values):
        """Return the order or invoice to begin with, with the rights of who sees it."""
        for name in ("sale_order_id", "invoice_id"):
            if values.get(name):
                return self.env[self._fields[name].comodel_name].browse(values[name])
        return self.env["sale.order"]

    # ------------------------------------------------------------
    # What is known of the customer
    # ------------------------------------------------------------

    @api.onchange("found")
    def _onchange_found(self):
        """Fill in what was picked from the search, and nothing else."""
        picked = self.found or {}
        allowed = ("partner_id", "contact_id", "case_id", "sale_order_id", "invoice_id")
        for name in allowed if picked else ():
            self[name] = picked.get(name, False)
        self.found = False

    @api.onchange("contact_id", "partner_id")
    def _onchange_contact_id(self):
        if self.contact_id and self.contact_id.commercial_partner_id != self.partner_id:
            self.contact_id = False

    @api.onchange("category_id", "is_safety")
    def _onchange_is_safety(self):
        self.is_safety = self.is_safety or self.category_id.is_safety
        if self.is_safety:
            self.severity = "critical"

    @api.depends("contact_id", "partner_id")
    def _compute_contact_ways(self):
        for wizard in self:
            wizard.contact_phone = wizard.contact_id.phone or wizard.partner_id.phone
            wizard.contact_email = wizard.contact_id.email or wizard.partner_id.email

    @api.depends("partner_id", "company_id")
    def _compute_customer_cases(self):
        Case = self.env["complaint.case"]
        for wizard in self:
            domain = [
                ("partner_id", "=", wizard.partner_id.id),
                ("company_id", "=", wizard.company_id.id),
                ("is_open", "=", True),
            ]
            known = bool(wizard.partner_id)
            wizard.customer_case_ids = Case.search(domain, limit=5) if known else Case
            # sudo: how many, not which: other teams may work for him, too
            wizard.customer_open_count = Case.sudo().search_count(domain) if known else 0

    @api.depends("partner_id", "company_id")
    def _compute_level(self):
        Case = self.env["complaint.case"]
        for wizard in self:
            # sudo: level, status in a word and who looks after him; cases show the same
            facts = Case.sudo().new(
                {"partner_id": wizard.partner_id.id, "company_id": wizard.company_id.id}
            )
            wizard.customer_tier_id = facts.customer_tier_id
            wizard.customer_status = facts.customer_status
            wizard.customer_manager_id = facts.customer_manager_id

    # ------------------------------------------------------------
    # Save
    # ------------------------------------------------------------

    def action_save(self):
        """Create the case and go on with it."""
        self.ensure_one()
        case = self._create_case()
        return case.action_open() if case.has_access("read") else self._tell_entered(case)

    def _tell_entered(self, case):
        """Return the notification that a case went to a team the user is not in."""
        # sudo: the number and the team of what he entered himself, no more
        case_sudo = case.sudo()
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("%(case)s was entered", case=case_sudo.number),
                "message": self.env._("%(team)s takes it on.", team=case_sudo.team_id.name),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def action_open_case(self):
        """Open the case the customer calls about, instead of a new one."""
        self.ensure_one()
        return self.case_id.action_open()

    def _create_case(self):
        self._check_caller()
        self._check_may_enter()
        # sudo: who answers the phone enters cases for the team that takes them, though he does
        # not see its cases
        case_sudo = self.env["complaint.case"].sudo().create(self._prepare_case())
        case_sudo.previous_case_id = self.case_id
        case = case_sudo.sudo(False)
        if self.is_mine:
            case.action_take()
        if self.is_answered:
            note = self.env._("Answered during the call.")
            case_sudo._note_answer(case_sudo.date_received, note=note)
        return case

    def _check_may_enter(self):
        """Refuse who may not enter cases at all, or not for this company."""
        self.env["complaint.case"].check_access("create")
        if self.company_id not in self.env.companies:
            raise UserError(
                self.env._(
                    "You do not work for %(company)s now: choose it at the top of the screen, "
                    "and enter the complaint again.",
                    company=self.company_id.sudo().name,
                )
            )

    def _check_caller(self):
        if not (self.name or self.description):
            raise UserError(
                self.env._("Write down what it is about: a few words as subject are enough.")
            )
        if not (self.partner_id or self.contact_name or self.phone or self.email_from):
            raise UserError(
                self.env._("Say who complains: a customer, or at least a name or a number.")
            )

    def _prepare_case(self):
        subject = self.name or self.description.strip().splitlines()[0][:80]
        values = {
            "name": subject,
            "description": plaintext2html(self.description) if self.description else False,
            "company_id": self.company_id.id,
            "contact_name": self.contact_name or self.contact_id.name,
        }
        for name in ("kind", "channel", "severity", "is_safety", "phone", "email_from"):
            values[name] = self[name]
        for name in ("partner_id", "contact_id", "category_id", "sale_order_id", "invoice_id"):
            values[name] = self[name].id
        if self.remedy_sought:
            values["remedy_sought"] = self.remedy_sought
        if self.is_mine:
            values["user_id"] = self.env.uid
        return values

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

#: Written by the methods only.
KEPT = {"state", "requested_by_id", "date_requested", "approver_id", "approved_by_id"}
KEPT |= {"date_approved", "date_done", "document_model", "document_id", "posting_activity_id"}
#: What was approved; another value has to be approved anew.
APPROVED = {"type", "amount", "currency_id", "date", "product_id", "quantity"}
#: States that count against the authority, and those that cost money.
ASKED = ("to_approve", "approved", "done")
GRANTED = ("approved", "done")


class ComplaintCompensation(models.Model):
    """What a customer gets for his trouble: who granted it, and what it costs.

    Approval is in ``complaint_compensation_approval.py``, the draft document in
    ``complaint_compensation_document.py``.
    """

    _name = "complaint.compensation"
    _description = "Compensation"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _mail_post_access = "read"
    _check_company_auto = True

    # for what
    case_id = fields.Many2one("complaint.case", required=True, index=True, ondelete="restrict")
    company_id = fields.Many2one(
        related="case_id.company_id", store=True, precompute=True, index=True
    )
    partner_id = fields.Many2one(
        related="case_id.partner_id", store=True, index=True, string="Customer"
    )
    cause_id = fields.Many2one(
        related="case_id.cause_id", store=True, index="btree_not_null", string="Root Cause"
    )
    category_id = fields.Many2one(related="case_id.category_id", store=True, index="btree_not_null")
    team_id = fields.Many2one(related="case_id.team_id", store=True, index=True)

    # what
    type = fields.Selection("_selection_type", required=True, default="credit_note", tracking=True)
    name = fields.Char(string="Description", help="Stands on the document the customer gets.")
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", check_company=True, tracking=True
    )
    quantity = fields.Float(default=1, digits="Product Unit")
    amount = fields.Monetary(required=True, tracking=True, help="What it is worth, taxes included.")
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        compute="_compute_currency_id",
        store=True,
        readonly=False,
        precompute=True,
        index=True,
    )
    date = fields.Date(
        required=True, default=fields.Date.context_today, help="Its exchange rate counts."
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    amount_company = fields.Monetary(
        string="Cost",
        compute="_compute_amount_company",
        store=True,
        currency_field="company_currency_id",
        help="In the company's currency at the rate of the date.",
    )
    reason = fields.Text(required=True, help="Why it is right to grant it.")

    # who granted it
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("to_approve", "To approve"),
            ("approved", "Approved"),
            ("done", "Done"),
            ("refused", "Declined"),
            ("cancelled", "Cancelled"),
        ],
        required=True,
        default="draft",
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
    )
    requested_by_id = fields.Many2one(
        "res.users", string="Asked for by", readonly=True, copy=False, index="btree_not_null"
    )
    date_requested = fields.Datetime(string="Asked for on", readonly=True, copy=False)
    approver_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        tracking=True,
    )
    approved_by_id = fields.Many2one(
        "res.users", string="Approved by", readonly=True, copy=False, index="btree_not_null"
    )
    date_approved = fields.Datetime(string="Approved on", readonly=True, copy=False)
    date_done = fields.Datetime(string="Done on", readonly=True, copy=False)

    # its document
    document_model = fields.Char(readonly=True, copy=False)
    document_id = fields.Many2oneReference(
        string="Document Id", model_field="document_model", readonly=True, copy=False, index=True
    )
    posting_activity_id = fields.Many2one(
        "mail.activity",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="Asks who may post the document to do it.",
    )
    document_name = fields.Char(compute="_compute_document_name", string="Document")

    _amount_positive = models.Constraint("CHECK(amount >= 0)", "The amount cannot be negative.")

    # ------------------------------------------------------------
    # Fields
    # ------------------------------------------------------------

    @api.model
    def _selection_type(self):
        """Vouchers exist where the app for them is installed."""
        offered = "loyalty.card" in self.env
        types = [
            ("credit_note", self.env._("Credit note")),
            ("discount", self.env._("Price reduction")),
            ("replacement", self.env._("Replacement")),
            ("voucher", self.env._("Voucher")),
            ("goodwill", self.env._("Goodwill payment")),
            ("other", self.env._("Other")),
        ]
        return [each for each in types if each[0] != "voucher" or offered]

    @api.depends("company_id")
    def _compute_currency_id(self):
        for compensation in self:
            company = compensation.company_id or self.env.company
            compensation.currency_id = compensation.currency_id or company.currency_id

    @api.depends("amount", "currency_id", "date", "company_id")
    def _compute_amount_company(self):
        for compensation in self:
            company = compensation.company_id
            compensation.amount_company = (
                compensation.currency_id._convert(
                    compensation.amount, company.currency_id, company, compensation.date
                )
                if company and compensation.currency_id
                else compensation.amount
            )

    @api.depends("case_id", "type")
    @api.depends_context("lang")
    def _compute_display_name(self):
        types = dict(self._fields["type"]._description_selection(self.env))
        for compensation in self:
            compensation.display_name = self.env._(
                "%(case)s: %(type)s",
                case=compensation.case_id.sudo().number or "",
                type=types.get(compensation.type, ""),
            )

    def _compute_document_name(self):
        for compensation in self:
            document = compensation._get_document()
            compensation.document_name = document.display_name if document else False

    @api.onchange("case_id")
    def _onchange_case_id(self):
        self.product_id = self.product_id or self.case_id.product_id

    @api.onchange("type", "product_id", "quantity")
    def _onchange_type(self):
        """A replacement is worth what the product costs the customer."""
        if self.type == "replacement" and self.product_id:
            price = self.product_id.lst_price * self.quantity
            # sudo: the currency of a price list is no secret
            currency = self.product_id.sudo().currency_id
            self.amount = currency._convert(
                price, self.currency_id, self.company_id or self.env.company, self.date
            )

    # ------------------------------------------------------------
    # Checks
    # ------------------------------------------------------------

    @api.constrains("type", "product_id", "quantity")
    def _check_product_id(self):
        for compensation in self.filtered(lambda each: each.type == "replacement"):
            if not compensation.product_id or compensation.quantity <= 0:
                raise ValidationError(
                    self.env._("A replacement needs a product and how many of it.")
                )

    def _check_writer(self, vals):
        if self.env.su:
            return
        if KEPT & vals.keys():
            raise UserError(
                self.env._("Use the buttons: approvals and documents are not typed in.")
            )
        if "case_id" in vals:
            raise UserError(self.env._("A compensation stays with its case."))

    def _check_changeable(self, vals):
        """What is done or over is not changed any more."""
        if not (APPROVED | {"reason", "name"}) & vals.keys():
            return
        for compensation in self.filtered(lambda each: each.state in ("done", "refused")):
            raise UserError(
                self.env._(
                    "%(compensation)s is over: enter another one.",
                    compensation=compensation.display_name,
                )
            )

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
        return super().create(vals_list)

    def write(self, vals):
        self._check_writer(vals)
        self._check_changeable(vals)
        before = {each: each._get_approved_values() for each in self}
        result = super().write(vals)
        if APPROVED & vals.keys():
            changed = self.filtered(
                lambda each: each.state in ("to_approve", "approved")
                and before[each] != each._get_approved_values()
            )
            changed._ask_again()
        return result

    def _get_approved_values(self):
        return [self[name] for name in sorted(APPROVED)]

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asked(self):
        for compensation in self.filtered(lambda each: each.state in ASKED):
            raise UserError(
                self.env._(
                    "%(compensation)s was granted or asked for: cancel it instead.",
                    compensation=compensation.display_name,
                )
            )

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_done(self):
        """Say that the customer got it."""
        for compensation in self.filtered(lambda each: each.state != "approved"):
            raise UserError(
                self.env._(
                    "%(compensation)s is not approved: only what was granted can be done.",
                    compensation=compensation.display_name,
                )
            )
        self.check_access("write")
        self._set_done()
        return True

    def _set_done(self):
        # sudo: how it stands is written by the methods only
        compensations = self.sudo()
        compensations.write({"state": "done", "date_done": fields.Datetime.now()})
        compensations.posting_activity_id.filtered("active")._action_done()

    def action_cancel(self):
        """Take a compensation back, with its document as long as that is a draft."""
        self.check_access("write")
        for compensation in self.filtered(lambda each: each.state == "done"):
            raise UserError(
                self.env._(
                    "%(compensation)s is done: the customer has it already.",
                    compensation=compensation.display_name,
                )
            )
        self._withdraw_document()
        self._clear_activities()
        # sudo: how it stands is written by the methods only
        self.sudo().write({"state": "cancelled"})
        return True

    def action_draft(self):
        """Take up again what was cancelled or refused."""
        self.check_access("write")
        over = self.filtered(lambda each: each.state in ("cancelled", "refused"))
        # sudo: how it stands is written by the methods only
        over.sudo().write({"state": "draft", "approved_by_id": False, "date_approved": False})
        return True

    def action_refuse(self):
        """Open the dialog that asks why it is refused."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_compensation_refuse_action"
        )
        action["context"] = {"default_compensation_id": self.id}
        return action

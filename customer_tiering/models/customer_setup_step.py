from odoo import api, fields, models


class CustomerSetupStep(models.Model):
    """One line of the setup checklist.

    Higher addons add their lines as data records and a method ``_is_done_<code>``.
    """

    _name = "customer.setup.step"
    _description = "Setup Checklist"
    _order = "sequence, id"

    name = fields.Char(string="Step", required=True, translate=True)
    code = fields.Char(required=True, readonly=True)
    description = fields.Char(translate=True)
    sequence = fields.Integer(default=10)
    action_id = fields.Many2one(
        "ir.actions.actions", string="Opens", index="btree_not_null", ondelete="set null"
    )
    is_marked = fields.Boolean(
        string="Marked as Done", company_dependent=True, help="Ticked by hand in this company."
    )
    state = fields.Selection(
        [("todo", "To do"), ("done", "Done")],
        compute="_compute_state",
        search="_search_state",
    )

    _code_uniq = models.UniqueIndex("(code)", "Two steps cannot have the same code.")

    @api.depends("is_marked")
    @api.depends_context("company")
    def _compute_state(self):
        for step in self:
            check = getattr(step, f"_is_done_{step.code}", None)
            done = step.is_marked or bool(check and check())
            step.state = "done" if done else "todo"

    def _search_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        return [
            (
                "id",
                "in",
                self.search([("code", "!=", False)]).filtered(lambda step: step.state in value).ids,
            )
        ]

    # ------------------------------------------------------------
    # What makes a step done
    # ------------------------------------------------------------

    def _is_done_choose_grading(self):
        return bool(self._get_scheme().last_evaluated)

    def _is_done_import_history(self):
        return bool(self._get_scheme().history_until)

    def _get_scheme(self):
        return self.env["customer.tier.scheme"]._get_operative(self.env.company)

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_open(self):
        """Open the screen this step is done on."""
        self.ensure_one()
        # sudo: actions are read by their own rules, only their name is looked up here
        base = self.action_id.sudo()
        action = self.env[base.type].sudo().browse(base.id)
        return self.env[base.type]._for_xml_id(action.get_external_id()[action.id])

    def action_toggle_mark(self):
        for step in self:
            step.is_marked = not step.is_marked

    @api.model
    def action_land(self):
        """Open the app where this user begins: the checklist while it is not done."""
        is_manager = self.env.user.has_group("customer_tiering.customer_tiering_group_manager")
        if is_manager and self.search_count([("state", "=", "todo")], limit=1):
            xmlid = "customer_tiering.customer_setup_step_action"
        else:
            xmlid = "customer_tiering.customer_standing_action"
        return self.env["ir.actions.act_window"]._for_xml_id(xmlid)

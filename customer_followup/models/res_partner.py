from odoo import api, fields, models

GROUP_OWN = "customer_tiering.customer_tiering_group_own"


class ResPartner(models.Model):
    _inherit = "res.partner"

    care_do_not_contact = fields.Boolean(
        string="Do not contact",
        groups=GROUP_OWN,
        tracking=True,
        help="The customer wants no calls, visits or messages from us: nothing is planned for him.",
    )
    touch_ids = fields.One2many(
        "followup.touch", "partner_id", string="Follow-ups", groups=GROUP_OWN
    )
    last_touch_date = fields.Datetime(
        string="Last Contact", compute="_compute_touch_dates", groups=GROUP_OWN
    )
    next_touch_date = fields.Datetime(
        string="Next Follow-up", compute="_compute_touch_dates", groups=GROUP_OWN
    )
    touch_count = fields.Integer(compute="_compute_touch_count", groups=GROUP_OWN)

    @api.depends("commercial_partner_id")
    def _compute_touch_dates(self):
        customers = self.commercial_partner_id.ids
        touches = self.env["followup.touch"]
        last = touches._read_group(
            [
                ("partner_id", "in", customers),
                ("state", "=", "done"),
                ("is_contact", "=", True),
            ],
            ["partner_id"],
            ["date_done:max"],
        )
        following = touches._read_group(
            [("partner_id", "in", customers), ("state", "=", "planned")],
            ["partner_id"],
            ["date_planned:min"],
        )
        last = {customer.id: moment for customer, moment in last}
        following = {customer.id: moment for customer, moment in following}
        for partner in self:
            customer = partner.commercial_partner_id.id
            partner.last_touch_date = last.get(customer)
            partner.next_touch_date = following.get(customer)

    @api.depends("commercial_partner_id")
    def _compute_touch_count(self):
        counts = dict(
            self.env["followup.touch"]._read_group(
                [("partner_id", "in", self.commercial_partner_id.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.touch_count = counts.get(partner.commercial_partner_id, 0)

    def write(self, vals):
        # sudo: whose clock changes takes his follow-ups along, whoever sets it
        users = self.sudo().with_context(active_test=False).user_ids if "tz" in vals else ()
        touches = {user: user._get_own_touches() for user in users}
        days = {user: touches[user]._get_days(user.partner_id.tz) for user in users}
        result = super().write(vals)
        for user in users:
            touches[user]._keep_days(days[user])
            touches[user]._mirror_surfaced()
        if {"user_id", "active", "care_do_not_contact", "prospect_class"} & vals.keys():
            self._replan_touches()
        return result

    def unlink(self):
        # the database would take the follow-ups along, and leave activities and meetings
        # sudo: who may delete the customer deletes what was planned and done with him
        self.env["followup.touch"].sudo().search([("partner_id", "in", self.ids)]).unlink()
        return super().unlink()

    def _replan_touches(self):
        """Let the follow-ups of these customers follow what changed at once."""
        customers = self.filtered(lambda partner: partner.commercial_partner_id == partner)
        # sudo: which companies plan for them is no matter of the caller's rights
        touches = self.env["followup.touch"].sudo()
        planned = touches.search([("partner_id", "in", customers.ids), ("state", "=", "planned")])
        if planned:
            touches._plan_partners(planned.partner_id, planned.company_id)

    def action_view_touches(self):
        """Open the follow-ups of this customer."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "customer_followup.followup_touch_action"
        )
        customer = self.commercial_partner_id
        action["domain"] = [("partner_id", "=", customer.id)]
        action["context"] = {"default_partner_id": customer.id}
        return action

    def action_log_contact(self):
        """Open the short form for a contact that nobody planned."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Record a Contact"),
            "res_model": "followup.record",
            "view_mode": "form",
            "target": "new",
            "context": {"default_partner_id": self.id},
        }

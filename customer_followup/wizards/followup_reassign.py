from odoo import api, fields, models
from odoo.exceptions import UserError


class FollowupReassign(models.TransientModel):
    """Dialog: give planned follow-ups to a colleague; the customers keep their account manager."""

    _name = "followup.reassign"
    _description = "Reassign Follow-ups"

    touch_ids = fields.Many2many("followup.touch", required=True, string="Follow-ups")
    touch_count = fields.Integer(string="Number of Follow-ups", compute="_compute_counts")
    customer_count = fields.Integer(string="Number of Customers", compute="_compute_counts")
    done_count = fields.Integer(compute="_compute_counts")
    company_ids = fields.Many2many("res.company", compute="_compute_counts")
    user_id = fields.Many2one(
        "res.users",
        string="To",
        required=True,
        domain="[('share', '=', False), ('company_ids', 'in', company_ids)]",
        ondelete="cascade",
    )

    @api.depends("touch_ids.state", "touch_ids.partner_id")
    def _compute_counts(self):
        for wizard in self:
            planned = wizard._get_planned()
            wizard.touch_count = len(planned)
            wizard.customer_count = len(planned.partner_id)
            wizard.done_count = len(wizard.touch_ids) - len(planned)
            # sudo: who works in a branch works for the company
            wizard.company_ids = (
                self.env["res.company"].sudo().search([("id", "child_of", planned.company_id.ids)])
            )

    def _get_planned(self):
        """Return those that are still to be done: history is not rewritten."""
        return self.touch_ids.filtered(lambda touch: touch.state == "planned")

    def action_apply(self):
        """Give the follow-ups away; activities and meetings go along."""
        self.ensure_one()
        touches = self._get_planned()
        if not touches:
            raise UserError(
                self.env._("None of these follow-ups is still planned: there is nothing to give.")
            )
        touches.user_id = self.user_id
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._(
                    "%(count)s follow-ups now belong to %(user)s.",
                    count=len(touches),
                    user=self.user_id.name,
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

from odoo import api, fields, models
from odoo.exceptions import UserError


class CustomerTierPublish(models.TransientModel):
    """Dialog: publish a what-if, or bring an earlier revision back."""

    _name = "customer.tier.publish"
    _description = "Publish Rules"

    simulation_id = fields.Many2one("customer.tier.simulation", readonly=True)
    revision_id = fields.Many2one("customer.tier.revision", readonly=True)
    scheme_id = fields.Many2one("customer.tier.scheme", compute="_compute_scheme_id")
    conclusion = fields.Char(related="simulation_id.conclusion")
    rules = fields.Text(compute="_compute_scheme_id", string="Rules to come")
    reason = fields.Char(required=True)
    apply = fields.Selection(
        [
            ("stability", "Under the stability rules: rises as set, falls on decision days"),
            ("at_once", "At once: every customer gets the level the figures call for"),
        ],
        string="Levels follow",
        required=True,
        default="stability",
    )

    @api.depends("simulation_id", "revision_id")
    def _compute_scheme_id(self):
        for wizard in self:
            simulation, revision = wizard.simulation_id, wizard.revision_id
            wizard.scheme_id = simulation.scheme_id or revision.scheme_id
            wizard.rules = "\n".join(simulation._describe()) if simulation else revision.summary

    @api.model
    def _open(self, context):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Publish"),
            "res_model": self._name,
            "view_mode": "form",
            "target": "new",
            "context": context,
        }

    def action_apply(self):
        """Publish, and say what happened."""
        self.ensure_one()
        scheme = self.scheme_id
        at_once = self.apply == "at_once"
        if self.simulation_id:
            revision = self.simulation_id.publish(self.reason, at_once)
        elif self.revision_id:
            revision = self.revision_id.restore(self.reason, at_once)
        else:
            raise UserError(self.env._("There is nothing to publish."))
        if scheme.evaluation_pending:
            message = self.env._(
                "Revision %s is in force. The customers are being graded in the background.",
                revision.number,
            )
        else:
            message = self.env._(
                "Revision %(number)s is in force: %(up)s up, %(down)s down at once.",
                number=revision.number,
                up=scheme.last_up if scheme.last_evaluated else 0,
                down=scheme.last_down if scheme.last_evaluated else 0,
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": self.env._("Published"),
                "message": message,
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

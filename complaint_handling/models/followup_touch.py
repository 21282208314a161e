from odoo import api, fields, models
from odoo.fields import Domain

#: So many cases are named before one talks to a customer.
SHOWN = 3


class FollowupTouch(models.Model):
    """What somebody who calls or visits a customer must know of his complaints."""

    _inherit = "followup.touch"

    case_ids = fields.One2many("complaint.case", "touch_id", string="Cases logged")

    @api.model
    def _get_partner_alerts(self, partners):
        """Open complaints first: severe ones as danger, others as warning."""
        alerts = super()._get_partner_alerts(partners)
        shown = {key: cases[:SHOWN] for key, cases in self._get_open_complaints(partners).items()}
        if not shown:
            return alerts
        every = self.env["complaint.case"].sudo().union(*shown.values())
        readable = every.sudo(False)._filtered_access("read")
        for partner_id, cases in shown.items():
            found = [case._prepare_alert(case.id in readable.ids) for case in cases]
            alerts[partner_id] = sorted(
                [*found, *alerts.get(partner_id, [])], key=lambda alert: alert[0] != "danger"
            )
        return alerts

    @api.model
    def _get_open_complaints(self, partners):
        """Return ``{partner id: open complaints}`` in the order of work."""
        domain = (
            Domain("partner_id", "in", partners.ids)
            & Domain("is_open", "=", True)
            & Domain("kind", "=", "complaint")
            & Domain("is_unconfirmed", "=", False)
            & Domain("company_id", "in", self.env.companies.ids)
        )
        # sudo: whoever talks to a customer has to know; who may not read the case gets no link
        cases = self.env["complaint.case"].sudo().search(domain)
        return {partner.id: found for partner, found in cases.grouped("partner_id").items()}

    def action_log_case(self):
        """Open the dialog that logs what was said as a complaint, request, suggestion, praise."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Log as …"),
            "res_model": "complaint.log",
            "view_mode": "form",
            "target": "new",
            "context": {"default_touch_id": self.id},
        }

    @api.model
    def _is_blocked(self, partner, line):
        """Nothing cheerful leaves by itself while a severe complaint is open."""
        # sudo: the machine sends for the company
        cases = self.env["complaint.case"].sudo()
        severe = Domain("partner_id", "=", partner.id) & cases._get_severe_domain()
        return super()._is_blocked(partner, line) or bool(cases.search_count(severe, limit=1))

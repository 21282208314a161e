from odoo import api, fields, models
from odoo.tools import plaintext2html

from ..models.kinds import KINDS, SEVERITIES

CHANNELS = {"call": "phone", "visit": "visit", "mail": "mail", "sms": "chat", "wechat": "chat"}


class ComplaintLog(models.TransientModel):
    """What a customer said in a call or visit becomes a case, for who is no agent, too."""

    _name = "complaint.log"
    _description = "Log as a Case"

    touch_id = fields.Many2one("followup.touch", required=True, readonly=True)
    partner_id = fields.Many2one(related="touch_id.partner_id")
    kind = fields.Selection(KINDS, required=True, default="complaint", string="Log as")
    name = fields.Char(string="Subject", required=True)
    description = fields.Text(string="What he said")
    category_id = fields.Many2one("complaint.category")
    severity = fields.Selection(SEVERITIES, required=True, default="medium")
    is_safety = fields.Boolean(string="Somebody may come to harm")

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        touch = self.env["followup.touch"].browse(values.get("touch_id"))
        if touch:
            values["description"] = touch.result
        return values

    def action_confirm(self):
        """Create the case and show it to who may read it."""
        self.ensure_one()
        touch = self.touch_id
        touch.check_access("read")
        # sudo: account managers open cases of their customers, and only so
        case = self.env["complaint.case"].sudo().create(self._prepare_case(touch))
        touch._message_log(body=self.env._("Logged as %(case)s.", case=case._get_html_link()))
        mine = case.sudo(False)._filtered_access("read")
        if not mine:
            return {"type": "ir.actions.act_window_close"}
        return mine._get_records_action()

    def _prepare_case(self, touch):
        return {
            "name": self.name,
            "description": plaintext2html(self.description or ""),
            "kind": self.kind,
            "category_id": self.category_id.id,
            "severity": self.severity,
            "is_safety": self.is_safety,
            "channel": CHANNELS.get(touch.kind, "other"),
            "partner_id": touch.partner_id.id,
            "contact_id": touch.contact_id.id,
            "company_id": touch.company_id.id,
            "touch_id": touch.id,
        }

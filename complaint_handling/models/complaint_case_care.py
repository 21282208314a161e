"""What a case means to those who look after the customer."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_datetime

from .kinds import SEVERE

#: The account manager calls within so many days after a severe complaint came in.
COURTESY_DAYS = 1


class ComplaintCase(models.Model):
    _inherit = "complaint.case"

    courtesy_touch_id = fields.Many2one(
        "followup.touch",
        string="Courtesy Call",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )

    @api.model_create_multi
    def create(self, vals_list):
        cases = super().create(vals_list)
        cases._plan_courtesy()
        return cases

    def write(self, vals):
        result = super().write(vals)
        if {"severity", "is_safety", "category_id", "kind", "partner_id"} & set(vals):
            self._plan_courtesy()
        return result

    def _plan_courtesy(self):
        """Let the account manager call customers with a severe complaint, once per case."""
        cases = self.filtered(lambda case: case._needs_courtesy())
        if not cases:
            return
        # sudo: agents plan nobody's calls; the system does
        touches = self.env["followup.touch"].sudo()
        busy = touches.search(
            Domain("partner_id", "in", cases.partner_id.ids)
            & Domain("state", "=", "planned")
            & Domain("purpose", "=", "complaint")
        ).partner_id
        due = fields.Date.context_today(self) + timedelta(days=COURTESY_DAYS)
        for case in cases:
            manager = case._get_account_manager()
            if not manager or case.partner_id in busy:
                continue
            busy |= case.partner_id
            case.sudo().courtesy_touch_id = touches.create(case._prepare_courtesy(manager, due))

    def _needs_courtesy(self):
        company = self.company_id.sudo()
        today = fields.Date.context_today(self)
        return (
            self.kind == "complaint"
            and self.severity in SEVERE
            and self.is_open
            and self.partner_id.active
            and not self.is_unconfirmed
            and not self.courtesy_touch_id
            and company.complaint_courtesy
            and (company.go_live_date or today) <= today
        )

    def _prepare_courtesy(self, manager, due):
        env = self.with_context(lang=manager.lang).env
        return {
            "partner_id": self.partner_id.id,
            "contact_id": self.contact_id.id if self.contact_id != self.partner_id else False,
            "company_id": self.company_id.root_id.id,
            "user_id": manager.id,
            "kind": "call",
            "purpose": "complaint",
            "date_planned": fields.Datetime.to_datetime(due) + timedelta(hours=12),
            "date_due": due,
            "checklist": env._(
                "Severe complaint %(number)s is open: say that you know, ask what matters most, "
                "promise nothing that the agent has not confirmed.",
                number=self.number,
            ),
        }

    # ------------------------------------------------------------
    # Before somebody talks to the customer
    # ------------------------------------------------------------

    def _prepare_alert(self, is_readable):
        """Return a case as an alert: ``(severity, text, action)``.

        :param is_readable: whether the user may open it
        """
        self.ensure_one()
        severity = dict(self._fields["severity"]._description_selection(self.env))[self.severity]
        text = self.env._(
            "Complaint %(number)s, %(severity)s: %(subject)s, open since %(date)s",
            number=self.number,
            severity=severity,
            subject=self.name,
            date=format_datetime(self.env, self.date_received, dt_format="short"),
        )
        action = is_readable and {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
        }
        return ("danger" if self.severity in SEVERE else "warning", text, action or False)

from odoo import api, fields, models

from . import sla_ledger


class ComplaintSlaClock(models.Model):
    """A promise as its case shows it: hours and minutes, never seconds."""

    _inherit = "complaint.sla.clock"

    target_time = fields.Char(string="Promised", compute="_compute_times")
    used_time = fields.Char(string="Used", compute="_compute_times", help="Time that counted.")
    left_time = fields.Char(
        string="Left", compute="_compute_times", help="Negative: overdue by this much."
    )
    hours_name = fields.Char(string="Runs in", compute="_compute_hours_name")
    proof = fields.Text(compute="_compute_proof", help="What shows that it was kept.")

    @api.depends("state", "date_due", "date_met", "target_seconds", "done_seconds")
    def _compute_times(self):
        now = fields.Datetime.now()
        timelines = self._get_timelines()
        for clock in self:
            used = sla_ledger.get_used(timelines[clock], clock._get_runs(), now)
            clock.target_time = self._format_seconds(clock.target_seconds)
            clock.used_time = self._format_seconds(used)
            clock.left_time = self._format_seconds(clock.target_seconds - used)

    @api.depends("is_working", "resource_calendar_id")
    @api.depends_context("lang")
    def _compute_hours_name(self):
        for clock in self:
            # sudo: hours of work are no secret
            hours = clock.sudo().resource_calendar_id if clock.is_working else False
            clock.hours_name = hours.name if hours else self.env._("around the clock")

    @api.depends("proof_message_id", "proof_note")
    def _compute_proof(self):
        for clock in self:
            message = clock.proof_message_id
            # sudo: who wrote it stands in the case's chatter
            author = message.sudo().author_id.name or message.sudo().email_from
            clock.proof = clock.proof_note or (
                self.env._(
                    "Message of %(author)s: %(text)s", author=author, text=message.sudo().preview
                )
                if message
                else False
            )

    def action_show_proof(self):
        """Show the message that proves that the promise was kept."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "url": f"/mail/message/{self.proof_message_id.id}",
            "target": "self",
        }

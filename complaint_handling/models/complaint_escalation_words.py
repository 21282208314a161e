"""What people read about a step of the ladder."""

from odoo import models
from odoo.tools import format_datetime


class ComplaintEscalation(models.Model):
    _inherit = "complaint.escalation"

    def _get_headline(self):
        """Return in a few words what is late, or will be."""
        self.ensure_one()
        promise = self.clock_id._get_kind_name()
        if self.level_id.moment == "before":
            return self.env._(
                "%(promise)s due %(moment)s", promise=promise, moment=self._format_due()
            )
        return self.env._(
            "%(promise)s was due %(moment)s", promise=promise, moment=self._format_due()
        )

    def _get_reason(self, headline):
        """Return one sentence that says why somebody is told."""
        return self.env._(
            "%(case)s: %(headline)s. Step “%(step)s” of %(policy)s.",
            case=self.case_id.display_name,
            headline=headline,
            step=self.level_id.name or self.level_name,
            policy=self.clock_id.policy_id.name,
        )

    def _get_way_out(self):
        """Return what stops the ladder, for whom it speaks to."""
        if self.level_id._is_for_agent():
            return self.env._(
                "%(what)s Or open the case and press “Seen, I take it”: then nobody is reminded "
                "again; leaders are told of a breach all the same.",
                what=self.clock_id._get_what_keeps_it(),
            )
        return self.env._(
            "%(what)s Or open the case and press “Seen, I take it”: then nobody else is told.",
            what=self.clock_id._get_what_keeps_it(),
        )

    def _get_news(self):
        """Return one sentence for the log of the case, without a time: readers' clocks differ."""
        news = self.env._(
            "%(promise)s: %(step)s. Told: %(people)s.",
            promise=self.clock_id._get_kind_name(),
            step=self.level_name,
            people=", ".join(self.user_ids.mapped("name")) or self.env._("nobody"),
        )
        return f"{news} {self.note}" if self.note else news

    def _format_due(self):
        """Return the due moment on the clock of the reader, not of who runs the job."""
        tz = self.env.context.get("tz") or self.env.user.tz or "UTC"
        return format_datetime(self.env, self.clock_id.date_due, tz=tz, dt_format="short")

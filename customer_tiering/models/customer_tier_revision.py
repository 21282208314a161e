from odoo import fields, models
from odoo.exceptions import UserError


class CustomerTierRevision(models.Model):
    _name = "customer.tier.revision"
    _description = "Rules Revision"
    _order = "scheme_id, number desc"
    _rec_name = "number"

    scheme_id = fields.Many2one(
        "customer.tier.scheme",
        string="Grading Scheme",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="scheme_id.company_id", store=True, index=True)
    number = fields.Integer(string="Revision", required=True, readonly=True, aggregator=None)
    date_from = fields.Datetime(string="In Force from", required=True, readonly=True)
    user_id = fields.Many2one("res.users", string="Author", readonly=True, index=True)
    reason = fields.Char(readonly=True)
    body = fields.Json(string="Rules", readonly=True, help="Levels and settings, frozen.")
    summary = fields.Text(compute="_compute_summary")

    _number_uniq = models.UniqueIndex("(scheme_id, number)")

    def write(self, vals):  # pylint: disable=method-required-super
        self.check_access("write")
        raise UserError(self.env._("A revision keeps the rules as they were; it is never edited."))

    def _compute_display_name(self):
        for revision in self:
            revision.display_name = self.env._(
                "%(scheme)s, revision %(number)s",
                scheme=revision.scheme_id.name,
                number=revision.number,
            )

    def action_restore(self):
        """Open the dialog that brings these rules back."""
        self.ensure_one()
        return self.env["customer.tier.publish"]._open({"default_revision_id": self.id})

    def restore(self, reason, at_once=False):
        """Make these rules the next revision of their scheme: the way back.

        :param reason: words for the new revision
        :param at_once: levels follow at once instead of under the stability rules
        :return: the new revision
        """
        self.ensure_one()
        scheme = self.scheme_id
        scheme.check_access("write")
        return scheme._restore(self, reason, at_once)

    def _compute_summary(self):
        for revision in self:
            revision.summary = self.env["customer.tier.scheme"]._describe_rules(revision.body)

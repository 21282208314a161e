from odoo import api, fields, models
from odoo.exceptions import AccessError

GROUP_MANAGER = "customer_tiering.customer_tiering_group_manager"


class FollowupKnowledgeExport(models.Model):
    """Who took what is known of customers out of the system, when, and how much of it."""

    _name = "followup.knowledge.export"
    _description = "Export of Customer Knowledge"
    _order = "date desc, id desc"
    _rec_name = "date"

    user_id = fields.Many2one(
        "res.users", string="Exported by", required=True, readonly=True, index=True
    )
    date = fields.Datetime(string="When", required=True, readonly=True, index=True)
    model_id = fields.Many2one(
        "ir.model", string="Exported from", readonly=True, index=True, ondelete="cascade"
    )
    record_count = fields.Integer(string="Records", readonly=True)
    field_names = fields.Text(string="Fields", readonly=True)

    @api.model
    def _allow_export(self, records, guarded):
        """Refuse an export of customer knowledge, or leave a trace of it.

        :param records: what is exported
        :param guarded: paths of the exported fields that hold customer knowledge
        :raise AccessError: for everybody but Customer Care managers
        """
        if not self.env.user.has_group(GROUP_MANAGER):
            raise AccessError(
                self.env._(
                    "What is known of customers can be exported by Customer Care managers only. "
                    "Leave out these fields, or ask a manager: %(fields)s.",
                    fields=", ".join(guarded),
                )
            )
        # sudo: nobody may write this log but the export itself
        self.sudo().create(
            {
                "user_id": self.env.uid,
                "date": fields.Datetime.now(),
                "model_id": self.env["ir.model"]._get_id(records._name),
                "record_count": len(records),
                "field_names": ", ".join(guarded),
            }
        )

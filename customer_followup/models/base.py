from odoo import models

from .res_partner_knowledge import GUARDED_FIELDS, GUARDED_MODELS


class Base(models.AbstractModel):
    _inherit = "base"

    def export_data(self, fields_to_export):
        """Let managers only export what is known of customers, and leave a trace."""
        if guarded := [path for path in fields_to_export if self._is_care_knowledge(path)]:
            self.env["followup.knowledge.export"]._allow_export(self, guarded)
        return super().export_data(fields_to_export)

    def _is_care_knowledge(self, path):
        """Tell whether a path of fields (``partner_id/care_role``) leads to customer knowledge."""
        model = self
        for name in path.replace(".", "/").split("/"):
            field = model._fields.get(name)
            if model._name in GUARDED_MODELS:
                return True
            if field is None:
                return False
            # res.users shows the fields of its partner
            if field.base_field.model_name == "res.partner" and name in GUARDED_FIELDS:
                return True
            if field.relational:
                model = self.env[field.comodel_name]
        return False

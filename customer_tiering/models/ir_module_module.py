from odoo import models


class IrModuleModule(models.Model):
    _inherit = "ir.module.module"

    def _update_translations(self, filter_lang=None, overwrite=False):
        """A language that comes later names the shipped levels too."""
        result = super()._update_translations(filter_lang, overwrite)
        # sudo: the shipped names of every company, whoever adds the language
        schemes = self.env["customer.tier.scheme"].sudo().with_context(active_test=False)
        schemes.search([("company_id", "!=", False)])._translate_default_names()
        return result

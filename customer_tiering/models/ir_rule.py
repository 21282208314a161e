from odoo import models

#: Models whose documents the Customer Care groups may read for their own customers.
WIDENED = ("sale.order", "sale.order.line", "account.move", "account.move.line")
GROUPS = ("own", "team", "all", "manager")


class IrRule(models.Model):
    _inherit = "ir.rule"

    def _get_rules(self, model_name, mode="read"):
        """Let the rules of Customer Care on core documents widen only, never narrow.

        Group rules are alternatives: who reads all orders through an access right that no
        rule limits (a warehouse worker, an accountant) would otherwise see only those that
        our rules grant, as soon as he joins one of our groups.
        """
        rules = super()._get_rules(model_name, mode)
        if mode != "read" or model_name not in WIDENED or not rules:
            return rules
        care_groups = self.env["res.groups"].sudo()
        for name in GROUPS:
            care_groups |= self.env.ref(f"customer_tiering.customer_tiering_group_{name}").sudo()
        # sudo: rules and access rights are configuration, read here to decide about access
        group_rules = rules.sudo().filtered("groups")
        ours = group_rules.filtered(lambda rule: rule.groups <= care_groups)
        if not ours or group_rules - ours:
            return rules
        other_groups = self.env.user.sudo().all_group_ids - care_groups
        unlimited = (
            self.env["ir.model.access"]
            .sudo()
            .search_count(
                [
                    ("model_id.model", "=", model_name),
                    ("perm_read", "=", True),
                    ("group_id", "in", [*other_groups.ids, False]),
                ],
                limit=1,
            )
        )
        return rules - ours.with_env(rules.env) if unlimited else rules

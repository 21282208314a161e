from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResUsers(models.Model):
    """Line of command of customer care, without ``hr`` and with it."""

    _inherit = "res.users"

    care_manager_id = fields.Many2one(
        "res.users",
        string="Reports to",
        compute="_compute_care_manager_id",
        store=True,
        readonly=False,
        index="btree_not_null",
        groups="customer_tiering.customer_tiering_group_own",
        help="Sees this user's customers and is told what he leaves undone. Default: the "
        "employee's manager, else the leader of his sales team.",
    )
    care_path = fields.Char(
        string="Line of Command",
        compute="_compute_care_path",
        store=True,
        recursive=True,
        index=True,
        groups="customer_tiering.customer_tiering_group_own",
        help="Ids from the top of the line of command down to this user.",
    )

    @api.model
    def _care_manager_depends(self):
        """Fields the default leader comes from; ``hr`` is used where it is installed."""
        fields_used = ["sale_team_id.user_id"]
        if "employee_parent_id" in self._fields:
            fields_used.append("employee_ids.parent_id.user_id")
        return fields_used

    @api.depends(lambda self: self._care_manager_depends())
    def _compute_care_manager_id(self):
        for user in self:
            leader = self.browse()
            if "employee_parent_id" in self._fields:
                # sudo: who leads whom, not the employee file
                leader = user.sudo().employee_ids.parent_id.user_id[:1]
            leader = leader or user.sale_team_id.user_id
            if leader == user or user in leader._get_care_managers():
                # two leaders who sell in each other's team: neither is above the other
                leader = self.browse()
            user.care_manager_id = leader

    def _get_care_managers(self):
        """Return everybody above this user, nearest first."""
        managers = self.browse()
        above = self.care_manager_id
        while above and above not in managers:
            managers |= above
            above = above.care_manager_id
        return managers

    @api.depends("care_manager_id.care_path")
    def _compute_care_path(self):
        for user in self:
            user.care_path = f"{user.care_manager_id.care_path or '/'}{user.id}/"
        # record rules keep the path of their user in this cache
        self.env.registry.clear_cache()

    @api.constrains("care_manager_id")
    def _check_care_manager_id(self):
        if self._has_cycle("care_manager_id"):
            raise ValidationError(
                self.env._(
                    "Nobody can report to himself, not even by way of others: choose another "
                    "person in “Reports to”."
                )
            )

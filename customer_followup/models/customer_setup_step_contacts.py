from odoo import fields, models


class CustomerSetupStep(models.Model):
    """The steps of the follow-ups. The rhythms are ticked by whoever has looked at them."""

    _inherit = "customer.setup.step"

    def _is_done_stand_ins(self):
        """Somebody acts for somebody."""
        users = self.env["res.users"].sudo()  # sudo: whether there is one at all
        domain = [("company_ids", "in", self.env.company.id), ("deputy_id", "!=", False)]
        return bool(users.search_count(domain, limit=1))

    def _is_done_public_holidays(self):
        """A day off of the whole company lies ahead."""
        company = self.env.company
        # sudo: whether there is one at all
        return bool(
            self.env["resource.calendar.leaves"]
            .sudo()
            .search_count(
                [
                    ("resource_id", "=", False),
                    ("company_id", "in", (False, company.id)),
                    ("date_to", ">=", fields.Datetime.now()),
                ],
                limit=1,
            )
        )

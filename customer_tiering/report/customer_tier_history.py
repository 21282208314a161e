from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class CustomerTierHistory(models.Model):
    _inherit = "customer.tier.history"

    direction = fields.Selection(search="_search_direction")

    def _search_direction(self, operator, value):
        """Find rises and falls, as :meth:`_compute_direction` tells them."""
        if operator != "in":
            return NotImplemented

        def to_sql(model, alias, query):
            return SQL(
                """
                (SELECT CASE WHEN old.id IS NOT DISTINCT FROM new.id THEN 'same'
                             WHEN old.id IS NULL THEN 'up'
                             WHEN (new.sequence, new.id) < (old.sequence, old.id) THEN 'up'
                             ELSE 'down' END
                   FROM (VALUES (%s, %s)) change (from_id, to_id)
              LEFT JOIN customer_tier old ON old.id = change.from_id
              LEFT JOIN customer_tier new ON new.id = change.to_id) IN %s
                """,
                model._field_to_sql(alias, "from_tier_id", query),
                model._field_to_sql(alias, "to_tier_id", query),
                tuple(value),
            )

        return Domain.custom(to_sql=to_sql)

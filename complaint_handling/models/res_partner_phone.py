import re

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import SQL

#: So many last digits of a phone number tell customers apart, however the number is written.
PHONE_DIGITS = 7


class ResPartner(models.Model):
    """Finding who is calling by the number his telephone shows."""

    _inherit = "res.partner"

    # last digits of the number, as it is searched by who sees a number on his telephone
    _complaint_phone_idx = models.Index(
        f"(RIGHT(REGEXP_REPLACE(phone, '[^0-9]', '', 'g'), {PHONE_DIGITS})) WHERE phone IS NOT NULL"
    )

    @api.model
    def _get_phone_domain(self, digits):
        """Return the domain of partners whose phone number ends as these digits do."""

        def to_sql(model, alias, query):
            # the same words as in the index, so that it is used
            return SQL(
                "(RIGHT(REGEXP_REPLACE(%s, '[^0-9]', '', 'g'), %s) = %s AND %s IS NOT NULL)",
                SQL.identifier(alias, "phone"),
                SQL(str(PHONE_DIGITS)),
                digits[-PHONE_DIGITS:],
                SQL.identifier(alias, "phone"),
            )

        def predicate(partner):
            return re.sub(r"\D", "", partner.phone or "").endswith(digits[-PHONE_DIGITS:])

        return Domain.custom(to_sql=to_sql, predicate=predicate)

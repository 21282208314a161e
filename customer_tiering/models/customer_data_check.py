from odoo import api, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

#: A customer with more than this share of all documents is probably "walk-in".
WALK_IN_SHARE = 0.2
WALK_IN_DOCUMENTS = 20
#: A list on the screen does not need more customers than this.
LIST_LIMIT = 10_000


class CustomerDataCheck(models.AbstractModel):
    """What to look at before customers are graded: gaps and rows that are no customers."""

    _name = "customer.data.check"
    _description = "Customer Data Check"

    @api.model
    def _get_texts(self):
        """Return ``{code: (what was found, advice, may be exempted)}`` in display order."""
        return {
            "no_user": (
                self.env._("Without account manager"),
                self.env._("Nobody will see them under “My Customers”."),
                False,
            ),
            "no_country": (
                self.env._("Without country"),
                self.env._("They are missing in every report by region."),
                False,
            ),
            "no_phone": (
                self.env._("Without phone number"),
                self.env._("They cannot be called."),
                False,
            ),
            "duplicate": (
                self.env._("Possible duplicates (same e-mail or tax ID)"),
                self.env._("Split between two records, a customer looks smaller: merge them."),
                False,
            ),
            "own": (
                self.env._("Own companies and employees"),
                self.env._("They are not customers: exempt them from grading."),
                True,
            ),
            "walk_in": (
                self.env._("Probably collective customers (walk-in)"),
                self.env._("Many people behind one record: exempt it from grading."),
                True,
            ),
        }

    @api.model
    def _get_conditions(self):
        """Return ``{code: SQL condition on customer}`` over the customers with documents."""
        return {
            "no_user": SQL("customer.user_id IS NULL"),
            "no_country": SQL("customer.country_id IS NULL"),
            "no_phone": SQL("COALESCE(customer.phone, '') = ''"),
            "duplicate": SQL("(customer.same_email > 1 OR customer.same_vat > 1)"),
            "own": SQL(
                """
                (EXISTS (SELECT 1 FROM res_company company
                          WHERE company.partner_id = customer.id)
                 OR EXISTS (SELECT 1 FROM res_users users
                             WHERE users.partner_id = customer.id AND users.share IS NOT TRUE))
                """
            ),
            "walk_in": SQL(
                "(customer.document_count > %s AND customer.document_count > %s * customer.total)",
                WALK_IN_DOCUMENTS,
                WALK_IN_SHARE,
            ),
        }

    @api.model
    def _customers_sql(self, scheme):
        """Return the graded customers with what the checks compare."""
        return SQL(
            """
            SELECT partner.id, partner.user_id, partner.country_id, partner.phone,
                   figure.document_count,
                   SUM(figure.document_count) OVER () AS total,
                   CASE WHEN COALESCE(partner.email_normalized, '') <> ''
                        THEN COUNT(*) OVER (PARTITION BY partner.email_normalized)
                        ELSE 0 END AS same_email,
                   CASE WHEN LENGTH(COALESCE(partner.vat, '')) > 1
                        THEN COUNT(*) OVER (PARTITION BY UPPER(REPLACE(partner.vat, ' ', '')))
                        ELSE 0 END AS same_vat
              FROM care_figure figure
              JOIN res_partner partner ON partner.id = figure.partner_id
             WHERE figure.member
            """
        )

    @api.model
    def _measure(self):
        if not (
            self.env.su
            or self.env.user.has_group("customer_tiering.customer_tiering_group_manager")
        ):
            raise AccessError(
                self.env._("Only Customer Care managers can check the data of all customers.")
            )
        # sudo: documents of all sellers; the caller was checked above
        schemes = self.env["customer.tier.scheme"].sudo()
        scheme = schemes._get_operative(self.env.company) or schemes.new(
            {"company_id": self.env.company.id, "tz": schemes._default_tz()}
        )
        scheme._measure_figures(scheme._get_today())
        return scheme

    @api.model
    def _get_checks(self):
        """Count what each check finds, in one pass.

        :return: list of values of ``customer.tier.start.check``
        """
        scheme = self._measure()
        conditions = self._get_conditions()
        counts = self.env.execute_query(
            SQL(
                "SELECT %s FROM (%s) customer",
                SQL(", ").join(
                    SQL("COUNT(*) FILTER (WHERE %s)", conditions[code])
                    for code in self._get_texts()
                ),
                self._customers_sql(scheme),
            )
        )[0]
        scheme._drop_tables()
        return [
            {
                "code": code,
                "name": name,
                "advice": advice,
                "can_exempt": can_exempt,
                "customer_count": count,
            }
            for (code, (name, advice, can_exempt)), count in zip(
                self._get_texts().items(), counts, strict=True
            )
        ]

    @api.model
    def _get_partners(self, code):
        """Return the customers one check finds."""
        scheme = self._measure()
        rows = self.env.execute_query(
            SQL(
                "SELECT customer.id FROM (%s) customer WHERE %s ORDER BY 1 LIMIT %s",
                self._customers_sql(scheme),
                self._get_conditions()[code],
                LIST_LIMIT,
            )
        )
        scheme._drop_tables()
        return self.env["res.partner"].browse(partner_id for (partner_id,) in rows)

    @api.model
    def _get_action(self, code, name):
        """Return the action that lists what one check finds."""
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": "res.partner",
            "view_mode": "list,form",
            "domain": [("id", "in", self._get_partners(code).ids)],
            # beside the guided start, which stays open behind
            "target": "new",
            "context": {"active_test": False, "dialog_size": "extra-large"},
        }

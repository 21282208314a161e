from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL, format_date


class CustomerHold(models.Model):
    """A customer given up for now, until a day on which somebody looks again.

    Context key ``hold_status_known``: the statuses are up to date already, as after an
    evaluation.
    """

    _name = "customer.hold"
    _description = "Customer on Hold"
    _order = "date_from desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env["customer.tier.scheme"]._get_grading_company(),
    )
    date_from = fields.Date(
        string="Since", required=True, default=lambda self: self._get_today(), index=True
    )
    review_date = fields.Date(
        string="Review on",
        required=True,
        index=True,
        help="On this day the hold ends and the account manager is asked to look again.",
    )
    reason = fields.Char(help="Why nobody spends time on this customer for now.")
    user_id = fields.Many2one(
        "res.users",
        string="Put on hold by",
        required=True,
        index=True,
        default=lambda self: self.env.user,
    )
    date_end = fields.Date(string="Ended on", readonly=True, copy=False)
    end_reason = fields.Selection(
        [
            ("review", "Review date"),
            ("order", "Ordered again"),
            ("hand", "By hand"),
            ("merge", "Merged"),
        ],
        string="Ended by",
        readonly=True,
        copy=False,
    )

    _open_uniq = models.UniqueIndex(
        "(partner_id, company_id) WHERE date_end IS NULL", "This customer is already on hold."
    )
    _review_after_start = models.Constraint(
        "CHECK(review_date > date_from)", "The review date must come after the first day on hold."
    )

    @api.model
    def _get_today(self, company=None):
        """Return the day the status is measured by: that of the scheme's time zone."""
        company = company or self.env.company
        scheme = self.env["customer.tier.scheme"]._get_operative(company)
        return scheme._get_today() if scheme else fields.Date.context_today(self)

    @api.constrains("partner_id")
    def _check_partner_id(self):
        for hold in self:
            partner = hold.partner_id
            if partner != partner.commercial_partner_id:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(company)s: put the company on hold.",
                        contact=partner.display_name,
                        company=partner.commercial_partner_id.display_name,
                    )
                )
            if partner.sudo().tier_exempt:
                raise ValidationError(
                    self.env._(
                        "%s is exempt from grading and has no status to put on hold.",
                        partner.display_name,
                    )
                )

    # ------------------------------------------------------------
    # The status follows at once
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        """Who puts on hold, and that the hold is open, is never taken from a client."""
        if not self.env.su:
            own = {"user_id": self.env.uid, "date_end": False, "end_reason": False}
            vals_list = [{**vals, **own} for vals in vals_list]
        holds = super().create(vals_list)
        holds._refresh_status()
        return holds

    def write(self, vals):
        """Date and reason may be changed; who was put on hold, and when it ended, may not."""
        if not self.env.su and set(vals) - {"date_from", "review_date", "reason"}:
            raise UserError(
                self.env._(
                    "Only dates and reason of a hold can be changed. Use “End hold” to end it."
                )
            )
        result = super().write(vals)
        if not self.env.context.get("hold_status_known"):
            self._refresh_status()
        return result

    def unlink(self):
        before = [(hold.company_id, hold.partner_id) for hold in self]
        result = super().unlink()
        self.browse()._refresh_status(before)
        return result

    def _refresh_status(self, also=()):
        """Put the status of these customers right in the operative schemes of their companies.

        :param also: pairs of company and customer that are not on hold any more
        """
        customers = {}
        for company, partner in [*also, *((hold.company_id, hold.partner_id) for hold in self)]:
            customers[company] = customers.get(company, partner.browse()) | partner
        for company, partners in customers.items():
            # sudo: the status is the engine's; who may put on hold was checked
            scheme = self.env["customer.tier.scheme"]._get_operative(company)
            scheme._refresh_status(partners)

    # ------------------------------------------------------------
    # End
    # ------------------------------------------------------------

    def action_end(self):
        """End the hold today."""
        self.check_access("write")
        open_holds = self.filtered(lambda hold: not hold.date_end)
        # sudo: nobody else writes how a hold ended; the right to end it was checked
        for company, holds in open_holds.sudo().grouped("company_id").items():
            holds._end(self._get_today(company), "hand")
        return True

    def _end(self, day, end_reason):
        self.write({"date_end": day, "end_reason": end_reason})

    @api.model
    def _end_by_itself(self, scheme, as_of):
        """End what is due: by review date, or because the customer bought again (sudo).

        Runs after an evaluation of the operative scheme, whose figures are those of
        ``as_of``. Whoever looks after the customer is asked to review on the date.
        """
        rows = self.env.execute_query(
            SQL(
                """
                SELECT hold.id, COALESCE(standing.last_date > hold.date_from, FALSE)
                  FROM customer_hold hold
             LEFT JOIN customer_standing standing
                       ON standing.partner_id = hold.partner_id AND standing.scheme_id = %s
                 WHERE hold.company_id = %s AND hold.date_end IS NULL
                   AND hold.date_from <= %s
                   AND (hold.review_date <= %s OR standing.last_date > hold.date_from)
              ORDER BY hold.id
                """,
                scheme.id,
                scheme.company_id.id,
                as_of,
                as_of,
            )
        )
        known = self.with_context(hold_status_known=True)
        known.browse(row_id for row_id, ordered in rows if ordered)._end(as_of, "order")
        due = known.browse(row_id for row_id, ordered in rows if not ordered)
        due._end(as_of, "review")
        due._schedule_review(scheme)
        self._give_standings(scheme)

    @api.model
    def _give_standings(self, scheme):
        """Let a customer without orders be on hold also in a scheme made operative since."""
        rows = self.env.execute_query(
            SQL(
                """
                SELECT hold.partner_id
                  FROM customer_hold hold
             LEFT JOIN customer_standing standing
                       ON standing.partner_id = hold.partner_id AND standing.scheme_id = %s
                 WHERE hold.company_id = %s AND hold.date_end IS NULL AND standing.id IS NULL
                """,
                scheme.id,
                scheme.company_id.id,
            )
        )
        partners = self.env["res.partner"].browse(row_id for (row_id,) in rows)
        if partners:
            scheme._refresh_status(partners)

    def _schedule_review(self, scheme):
        """Ask whoever looks after these customers to decide how to go on."""
        standings = self.env["customer.standing"].search(
            [("scheme_id", "=", scheme.id), ("partner_id", "in", self.partner_id.ids)]
        )
        managers = {standing.partner_id: standing.user_id for standing in standings}
        for hold in self.filtered("partner_id.active"):
            user = hold._get_reviewer(managers.get(hold.partner_id) or hold.partner_id.user_id)
            if not user:
                continue
            told = hold.with_context(
                lang=user.lang,
                tz=user.tz,
                mail_activity_quick_update=True,
                mail_create_nolog=True,
                mail_create_nosubscribe=True,
                tracking_disable=True,
            )
            told.partner_id.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=hold.review_date,
                summary=told.env._("Review: the hold has ended"),
                note=told._get_review_note(),
                user_id=user.id,
            )

    def _get_reviewer(self, manager):
        """Return the account manager, else his leader, else who put the customer on hold."""
        self.ensure_one()
        for user in (manager, self.user_id):
            for candidate in user | user._get_care_managers():
                if candidate.active:
                    return candidate
        return self.env.user.browse()

    def _get_review_note(self):
        facts = {
            "since": format_date(self.env, self.date_from),
            "user": self.user_id.name,
            "reason": self.reason or "",
        }
        if self.reason:
            return self.env._("On hold since %(since)s by %(user)s: %(reason)s", **facts)
        return self.env._("On hold since %(since)s by %(user)s.", **facts)

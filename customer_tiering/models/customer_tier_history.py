from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import formatLang

TRIGGERS = [
    ("baseline", "Baseline"),
    ("evaluation", "Evaluation"),
    ("lock", "Lock"),
    ("unlock", "Unlock"),
    ("publish", "Published"),
    ("undo", "Undone"),
    ("operative", "Made operative"),
    ("manual", "By hand"),
    ("merge", "Merged"),
    ("assessment", "Assessment"),
]


class CustomerTierHistory(models.Model):
    _name = "customer.tier.history"
    _description = "Level History"
    _order = "date desc, id desc"
    _rec_name = "partner_id"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner", string="Customer", required=True, index=True, ondelete="cascade"
    )
    scheme_id = fields.Many2one(
        "customer.tier.scheme",
        string="Grading Scheme",
        required=True,
        index=True,
        ondelete="cascade",
    )
    revision_id = fields.Many2one(
        "customer.tier.revision",
        required=True,
        index=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, index=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    from_tier_id = fields.Many2one(
        "customer.tier", string="Old Level", index="btree_not_null", ondelete="cascade"
    )
    to_tier_id = fields.Many2one(
        "customer.tier", string="New Level", index="btree_not_null", ondelete="cascade"
    )
    date = fields.Date(required=True, index=True)
    trigger = fields.Selection(TRIGGERS, required=True)
    direction = fields.Selection(
        [("up", "Rise"), ("down", "Fall"), ("same", "Unchanged")],
        compute="_compute_direction",
    )
    reason_code = fields.Char(readonly=True)
    reason_values = fields.Json(readonly=True, help="The figures and lines the change rests on.")
    reason = fields.Char(compute="_compute_reason")
    user_id = fields.Many2one(
        related="partner_id.user_id",
        string="Account Manager",
        groups="customer_tiering.customer_tiering_group_own",
    )

    @api.depends("from_tier_id.sequence", "to_tier_id.sequence")
    def _compute_direction(self):
        # sudo: comparing two levels tells nothing that the row itself does not
        for change in self.sudo():
            old, new = change.from_tier_id, change.to_tier_id
            if old == new:
                change.direction = "same"
            elif not old or (new and (new.sequence, new.id) < (old.sequence, old.id)):
                change.direction = "up"
            else:
                change.direction = "down"

    @api.depends_context("lang")
    @api.depends("reason_code", "reason_values", "from_tier_id", "to_tier_id")
    def _compute_reason(self):
        for change in self:
            change.reason = change._get_reason()

    def write(self, vals):  # pylint: disable=method-required-super
        """History is never edited, not even by who may delete a scheme with all it has."""
        raise UserError(
            self.env._(
                "The level history cannot be changed: it says what was decided, when and why. "
                "To correct a level, evaluate again or set the level by hand."
            )
        )

    # ------------------------------------------------------------
    # Reasons in words
    # ------------------------------------------------------------

    def _get_reason(self):
        """Say in the reader's language why the level changed.

        :return: one sentence, made of ``reason_code`` and ``reason_values``
        """
        self.ensure_one()
        values = dict(self.reason_values or {})
        texts = {
            "amount": self.env._("%(measure)s %(value)s; line of %(level)s: %(line)s."),
            "amount_rest": self.env._("%(measure)s %(value)s; %(level)s takes the rest."),
            "pyramid": self.env._(
                "Rank %(rank)s of %(population)s by %(measure)s (%(value)s); %(level)s reaches "
                "down to %(line)s."
            ),
            "abc": self.env._(
                "%(measure)s %(value)s; %(level)s reaches down to %(line)s in the value ranking."
            ),
            "rfm": self.env._(
                "Scores R %(r)s, F %(f)s, M %(m)s make %(points)s points; %(level)s from "
                "%(line)s points."
            ),
            "below": self.env._("%(measure)s %(value)s is below every line."),
            "below_score": self.env._(
                "Scores R %(r)s, F %(f)s, M %(m)s make %(points)s points, below every line."
            ),
            "matrix": self.env._(
                "Possibility %(possibility)s, foundation %(foundation)s, potential "
                "%(potential)s (scorecard of %(period)s)."
            ),
            "no_assessment": self.env._("No approved scorecard."),
            "no_document": self.env._("Nothing bought between %(date_from)s and %(date_to)s."),
            "exempt": self.env._("Exempt from grading."),
            "manual": self.env._("Level set by hand by %(user)s."),
            "lock": self.env._("Locked at %(level)s until %(until)s by %(user)s: %(note)s"),
            "hold": self.env._(
                "Does not fall below %(level)s until %(until)s, by %(user)s: %(note)s"
            ),
            "lock_expired": self.env._("The lock ran out on %(until)s."),
            "hold_expired": self.env._("The hold ran out on %(until)s."),
            "lock_released": self.env._("The lock was ended by %(user)s."),
            "floor_released": self.env._("The hold was ended by %(user)s."),
        }
        text = texts.get(self.reason_code)
        if not text:
            return ""
        formatted = self._format_reason_values(values)
        reason = text % formatted
        # one term each, because not every language puts a space between sentences
        for sentence in self._get_fall_sentences(formatted):
            reason = self.env._("%(reason)s %(missed)s", reason=reason, missed=sentence)
        return reason

    def _get_fall_sentences(self, formatted):
        """Say of a fall by the figures which line was missed, how often, and how it is limited.

        :param formatted: values as made by :meth:`_format_reason_values`
        """
        if self.direction != "down" or self.reason_code == "exempt":
            return []
        sentences = []
        if formatted.get("from_line"):
            sentences.append(
                self.env._("%(from_level)s needs %(from_line)s points.", **formatted)
                if self.reason_code in ("rfm", "below_score")
                else self.env._("%(from_level)s needs %(from_line)s.", **formatted)
            )
        if formatted.get("decisions"):
            sentences.append(
                self.env._("Below that at %(decisions)s decisions in a row.", **formatted)
            )
        if "earned" in formatted and self.to_tier_id:
            sentences.append(
                self.env._(
                    "A level is not lost faster than the rules say, so %(held)s for now.",
                    held=self.to_tier_id.sudo().name,
                )
            )
        return sentences

    def _format_reason_values(self, values):
        """Return the stored numbers as the reader writes them, names in his language."""
        tier = self.to_tier_id.sudo()
        if values.get("earned"):
            # the fall is limited: the figures speak of the level below
            tier = tier.browse(values["earned"]).exists() or tier
        scheme_model = self.env["customer.tier.scheme"]
        measure = values.get("measure", "revenue")
        formatted = dict(values)
        formatted["level"] = tier.name or ""
        formatted["from_level"] = self.from_tier_id.sudo().name or ""
        formatted["measure"] = scheme_model._get_measure_label(measure)
        formatted["period"] = self.env["customer.assessment"]._format_quarter(
            values.get("period", False)
        )
        for key in ("value", "line", "from_line"):
            if key not in values:
                continue
            if self.reason_code in ("rfm", "below_score"):
                formatted[key] = f"{float(values[key]):g}"
            elif measure == "quantity":
                formatted[key] = formatLang(self.env, float(values[key]), digits=2)
            else:
                formatted[key] = formatLang(
                    self.env, float(values[key]), currency_obj=self.currency_id
                )
        for key in ("date_from", "date_to", "until"):
            if values.get(key):
                formatted[key] = self.env["ir.qweb.field.date"].value_to_html(
                    fields.Date.to_date(values[key]), {}
                )
        return formatted

from odoo import models

from .scorecard import DIMENSIONS


class CustomerStanding(models.Model):
    """Why this level, where scorecards decide."""

    _inherit = "customer.standing"

    def _get_sentences(self, first, last):
        if self.method != "matrix" or self.partner_id.tier_exempt:
            return super()._get_sentences(first, last)
        assessment = self._get_assessment()
        if not assessment:
            return [self.env._("No approved scorecard, so no level by the figures.")]
        labels = assessment._get_dimension_labels()
        sentences = [
            self.env._(
                "Scorecard of %(period)s: %(letters)s.",
                period=assessment.period_name,
                letters=", ".join(f"{labels[name]} {assessment[name]}" for name in DIMENSIONS),
            )
        ]
        if self.document_count:
            return sentences + super()._get_sentences(first, last)
        return sentences + self._get_level_sentences()

    def _get_level_sentences(self):
        if self.method != "matrix":
            return super()._get_level_sentences()
        earned = self.earned_tier_id
        if not earned:
            return []
        return [
            self.env._("%(level)s: %(line)s.", level=earned.name, line=self._describe_line(earned))
        ]

    def _describe_line(self, tier):
        if self.method != "matrix":
            return super()._describe_line(tier)
        return self.scheme_id._describe_letters(tier._get_matrix_row())

    def _get_assessment(self):
        """Return the scorecard in force for this customer in this scheme (sudo)."""
        self.ensure_one()
        # sudo: who sees the level may know what it rests on
        assessments = self.env["customer.assessment"].sudo()
        scheme = self.scheme_id.sudo()
        return assessments._find_in_force(
            self.partner_id,
            scheme._get_company_ids(),
            scheme.last_evaluated or scheme._get_today(),
        ).get(self.partner_id.id, assessments)

from markupsafe import Markup
from odoo import api, fields, models

#: The figures to explain, in the order in which one reads them.
FIGURES = (
    "goal_count",
    "met_count",
    "missed_count",
    "counted_count",
    "attainment_percent",
    "due_count",
    "reached_count",
    "coverage_percent",
    "overdue_count",
    "overdue_weight",
    "contact_count",
    "off_plan_percent",
    "visit_count",
    "field_day_count",
    "call_average",
    "irregularity_percent",
    "positive_percent",
    "order_value",
    "value_per_contact",
)


class FollowupFiguresGuide(models.TransientModel):
    """One page that says what each figure of the contact coverage means."""

    _name = "followup.figures.guide"
    _description = "Contact Figures explained"

    explanation = fields.Html(compute="_compute_explanation", sanitize=False)

    @api.depends_context("lang")
    def _compute_explanation(self):
        figures = self.env["followup.coverage.report"].fields_get(
            FIGURES, attributes=["string", "help"]
        )
        rows = Markup().join(
            Markup("<tr><th class='text-nowrap pe-4'>%s</th><td>%s</td></tr>")
            % (figures[name]["string"], figures[name]["help"])
            for name in FIGURES
        )
        self.explanation = Markup("<table class='table'>%s</table>") % rows

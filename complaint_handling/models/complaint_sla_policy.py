from odoo import api, fields, models

from .kinds import CHANNELS, KINDS, SERVICE_CLASSES, SEVERITIES

#: What a policy may ask for; the more it asks for, the earlier it is tried.
FILTERS = ("service_class", "severity", "kind", "category_id", "channel")


class ComplaintSlaPolicy(models.Model):
    """What is promised to whom: targets, who is told when they are missed, how it is verified."""

    _name = "complaint.sla.policy"
    _description = "Service Promise"
    _inherit = ["mail.thread"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    service_class = fields.Selection(SERVICE_CLASSES, tracking=True)
    severity = fields.Selection(SEVERITIES, tracking=True)
    kind = fields.Selection(KINDS, tracking=True)
    category_id = fields.Many2one("complaint.category", index="btree_not_null", tracking=True)
    channel = fields.Selection(CHANNELS, string="Received through", tracking=True)
    description = fields.Text(
        translate=True, help="What you promise, in words a customer understands."
    )
    target_ids = fields.One2many("complaint.sla.target", "policy_id", string="Targets", copy=True)
    level_ids = fields.One2many(
        "complaint.escalation.level", "policy_id", string="Escalation Steps", copy=True
    )
    revision = fields.Integer(
        default=1,
        readonly=True,
        copy=False,
        help="Counts the changes of what is promised to whom; each promise remembers which one "
        "it was given by.",
    )
    verification = fields.Selection(
        [
            ("rule", "By importance"),
            ("call", "Call by another person"),
            ("mail", "Question by mail"),
            ("silence", "No objection within some days"),
            ("none", "Not at all"),
        ],
        required=True,
        default="rule",
        tracking=True,
        help="How to find out that the customer accepts the solution. By importance: a call for "
        "key customers, from severity high on, and where compensation was paid; else a mail.",
    )
    silence_days = fields.Integer(
        string="Days without Objection",
        default=7,
        help="Where nobody asks the customer, a case is closed after so many days.",
    )

    _silence_days_positive = models.Constraint(
        "CHECK(silence_days BETWEEN 1 AND 365)",
        "The days without objection lie between 1 and 365.",
    )

    # ------------------------------------------------------------
    # Which promise for which case
    # ------------------------------------------------------------

    @api.model
    def _find_policies(self, cases):
        """Return ``{case: policy}``: the one with most fields filled in, then by sequence.

        Cases for which nothing is promised get an empty policy.
        """
        # sudo: whoever opens a case gives the company's promise
        policies = self.sudo().search(
            [("company_id", "parent_of", cases.company_id.ids), ("active", "=", True)]
        )
        ranked = policies.sorted(lambda policy: -policy._count_filters())
        found = {}
        for case in cases:
            companies = case.company_id.sudo().parent_ids
            found[case] = next(
                (
                    policy
                    for policy in ranked
                    if policy.company_id in companies and policy._fits(case)
                ),
                policies.browse(),
            )
        return found

    def _count_filters(self):
        return sum(bool(self[name]) for name in FILTERS)

    def _fits(self, case):
        """Say whether a case is what the policy asks for; a category includes its parts."""
        for name in ("service_class", "severity", "kind", "channel"):
            if self[name] and self[name] != case[name]:
                return False
        path = case.category_id.parent_path or ""
        return not self.category_id or path.startswith(self.category_id.parent_path)

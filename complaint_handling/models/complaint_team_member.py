from odoo import fields, models

from .kinds import SERVICE_CLASSES


class ComplaintTeamMember(models.Model):
    """A place of somebody in a team."""

    _name = "complaint.team.member"
    _description = "Member of a Complaint Team"
    _order = "sequence, id"

    team_id = fields.Many2one("complaint.team", required=True, index=True, ondelete="cascade")
    company_id = fields.Many2one(related="team_id.company_id", store=True, index=True)
    user_id = fields.Many2one(
        "res.users",
        string="Agent",
        required=True,
        index=True,
        ondelete="cascade",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    sequence = fields.Integer(default=10)
    service_class = fields.Selection(
        SERVICE_CLASSES,
        string="Customers",
        help="With an assignment by service class he gets the cases of these customers; "
        "left empty, those of classes nobody is named for.",
    )
    date_assigned = fields.Datetime(string="Last Turn", readonly=True, copy=False)

    _once_idx = models.UniqueIndex(
        "(team_id, user_id)", "Somebody can be a member of a team only once."
    )

from odoo import api, fields, models
from odoo.tools import SQL

from .kinds import MANAGER


class ResCompany(models.Model):
    """How a company handles complaints, as far as no team or policy says otherwise."""

    _inherit = "res.company"

    complaint_customer_mail = fields.Boolean(
        string="Write to Customers by itself",
        help="Acknowledgements, reminders and questions go to customers without a click. "
        "What an agent writes is always sent.",
    )
    complaint_public_form = fields.Boolean(string="Public Complaint Form")
    complaint_public_team_id = fields.Many2one(
        "complaint.team", string="Team of the Public Form", index="btree_not_null"
    )
    complaint_portal_colleagues = fields.Boolean(
        string="Customers see their Colleagues' Cases",
        help="In the portal, people of the same company see each other's cases.",
    )
    complaint_grace_days = fields.Integer(
        string="Reopening within (Days)",
        default=7,
        help="A customer's answer so long after closing reopens the case; later it opens a new "
        "one that follows on.",
    )
    complaint_wait_remind_days = fields.Integer(string="Remind Customers every (Days)", default=3)
    complaint_wait_reminders = fields.Integer(string="Reminders", default=2)
    complaint_wait_close_days = fields.Integer(
        string="Then close after (Days)",
        default=5,
        help="So long after the last reminder a case without answer is closed; 0 = never.",
    )
    complaint_rating_remind_days = fields.Integer(
        string="Remind of the Rating after (Days)", default=3, help="Once; 0 = never."
    )
    complaint_courtesy = fields.Boolean(
        string="Courtesy Call after a severe Complaint",
        default=True,
        help="The account manager gets a call to make on the next day.",
    )
    complaint_sequence_id = fields.Many2one(
        "ir.sequence", readonly=True, copy=False, index="btree_not_null", groups=MANAGER
    )

    _complaint_days_positive = models.Constraint(
        "CHECK(complaint_grace_days >= 0 AND complaint_wait_remind_days >= 0"
        " AND complaint_wait_reminders >= 0 AND complaint_wait_close_days >= 0"
        " AND complaint_rating_remind_days >= 0)",
        "Days and reminders of complaints cannot be negative.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        companies._create_complaint_defaults()
        return companies

    # ------------------------------------------------------------
    # Numbers
    # ------------------------------------------------------------

    def _draw_complaint_numbers(self, count):
        """Return so many new case numbers of this company.

        Standard sequences of the database are drawn from in one query.
        """
        self.ensure_one()
        sequence = self._get_complaint_sequence()
        if sequence.implementation != "standard" or sequence.use_date_range:
            return [sequence.next_by_id() for _number in range(count)]
        rows = self.env.execute_query(
            SQL(
                "SELECT nextval(%s) FROM generate_series(1, %s)",
                f"ir_sequence_{sequence.id:03d}",
                count,
            )
        )
        return [sequence.get_next_char(number) for (number,) in rows]

    def _get_complaint_sequence(self):
        """Return the sequence numbers are drawn from; one is made where there is none."""
        # sudo: whoever opens a case draws its number
        company = self.sudo()
        if not company.complaint_sequence_id:
            company.complaint_sequence_id = company.env["ir.sequence"].create(
                {
                    "name": self.env._("Complaint cases of %(company)s", company=company.name),
                    "code": "complaint.case",
                    "prefix": "C%(y)s-",
                    "padding": 5,
                    "company_id": company.id,
                }
            )
        return company.complaint_sequence_id

    # ------------------------------------------------------------
    # A company begins
    # ------------------------------------------------------------

    def _create_complaint_defaults(self):
        """Give companies a team for everything and the shipped promises.

        A branch uses those of the company above it.
        """
        for company in self.filtered(lambda company: not company.parent_id):
            company._get_complaint_sequence()
            company._create_complaint_team()
            # sudo: whoever may create a company gets a working one
            self.env["complaint.sla.policy"].sudo()._create_shipped(company)

    def _create_complaint_team(self):
        """Create the team for everything, where a company has none."""
        self.ensure_one()
        # sudo: see above; a mail may come in before anybody has noticed that there is no team
        teams = self.env["complaint.team"].sudo()
        if not teams.search_count([("company_id", "=", self.id)], limit=1):
            team = teams.create(
                {
                    "name": self.env._("Customer Service"),
                    "company_id": self.id,
                    "is_catch_all": True,
                    "assignment": "manual",
                }
            )
            # made in code, so no translation file reaches its name
            for lang, _name in self.env["res.lang"].get_installed():
                named = team.with_context(lang=lang)
                named.name = named.env._("Customer Service")

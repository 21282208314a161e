"""What the rhythms cost in working time, while they are edited."""

from collections import defaultdict
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

#: Days over which capacity is looked at: an average month.
MONTH_DAYS = 30.4375


class FollowupCadence(models.Model):
    _inherit = "followup.cadence"

    customer_count = fields.Integer(
        string="Customers", compute="_compute_load", help="Customers who follow this rhythm today."
    )
    contacts_per_month = fields.Float(
        string="Contacts a Month",
        compute="_compute_load",
        digits=(16, 1),
        help="Calls, visits and messages that people carry out for this rhythm in a month.",
    )
    hours_per_month = fields.Float(
        string="Hours a Month",
        compute="_compute_load",
        help="Their planned durations together; the way there is not counted.",
    )
    people_count = fields.Integer(string="Number of People", compute="_compute_load")
    hours_per_person = fields.Float(
        string="Hours per Person", compute="_compute_load", help="Of this rhythm, in a month."
    )
    load_percent = fields.Float(
        string="Busiest Person (%)",
        compute="_compute_load",
        digits=(16, 0),
        help="Hours that all rhythms of the company ask of the busiest person in the coming "
        "month, in percent of his working time less leaves and public holidays.",
    )
    busiest_id = fields.Many2one("res.users", string="Busiest Person", compute="_compute_load")
    is_overload = fields.Boolean(compute="_compute_load")
    overload_confirmed = fields.Boolean(
        string="Plan nevertheless",
        copy=False,
        help="The rhythms ask for more than the busiest person can do: some of it will be missed.",
    )

    @api.depends(
        "sequence",
        "active",
        "company_id",
        "service_class",
        "tier_ids",
        "customer_status",
        "prospect_class",
        "domain",
        "line_ids.kind",
        "line_ids.interval",
        "line_ids.interval_unit",
        "line_ids.duration",
        "line_ids.mode",
        "line_ids.assign_to",
        "line_ids.user_ids",
    )
    def _compute_load(self):
        for cadence in self:
            cadence._fill_load()

    def _fill_load(self):
        counts = self._count_customers()
        others = self._get_neighbours() - self._origin
        mine = self._get_hours(counts[self._origin.id])
        total = defaultdict(float, mine)
        for other in others:
            for user, hours in other._get_hours(counts[other.id]).items():
                total[user] += hours
        capacity = self._get_capacity(self.env["res.users"].union(*total))
        load = {
            user: 100 * hours / capacity[user.id] if capacity.get(user.id) else 0
            for user, hours in total.items()
        }
        busiest = max(load, key=load.get, default=self.env["res.users"])
        self.customer_count = sum(counts[self._origin.id].values())
        self.contacts_per_month = self.customer_count * sum(
            line._get_per_month() for line in self._get_person_lines()
        )
        self.hours_per_month = sum(mine.values())
        self.people_count = len(mine)
        self.hours_per_person = self.hours_per_month / len(mine) if mine else 0
        self.load_percent = load.get(busiest, 0)
        self.busiest_id = busiest
        self.is_overload = bool(mine) and self.load_percent > 100

    def _get_neighbours(self):
        """Return the rhythms in use in the same company."""
        return self.search([("company_id", "=", self.company_id.id)])

    def _get_person_lines(self):
        return self.line_ids.filtered(lambda line: line.mode == "person" and line.interval > 0)

    def _count_customers(self):
        """Return ``{rhythm's id: {account manager's id: customers}}`` with this one as edited.

        A rhythm that is not saved yet has the id False.
        """
        counts = defaultdict(lambda: defaultdict(int))
        if not self.company_id:
            return counts
        others = self._get_neighbours() - self._origin
        cadences = [*others, *([self] if self.active else [])]
        cadences.sort(key=lambda cadence: (cadence.sequence, cadence._origin.id or float("inf")))
        try:
            customers = self._customer_sql(self.company_id.root_id, cadences=cadences)
        except (ValueError, SyntaxError):
            return counts  # conditions that are being typed; saving says what is wrong
        rows = self.env.execute_query(
            SQL(
                """
                SELECT cadence_id, user_id, count(*)
                  FROM (%s) customer
                 WHERE cadence_id IS NOT NULL
              GROUP BY cadence_id, user_id
                """,
                customers,
            )
        )
        for cadence_id, user_id, count in rows:
            counts[cadence_id or False][user_id] += count
        return counts

    def _get_hours(self, customers):
        """Return ``{user: hours a month}`` of this rhythm.

        :param customers: ``{account manager's id or None: number of customers}``
        """
        hours = defaultdict(float)
        for line in self._get_person_lines():
            each = line._get_per_month() * line.duration
            for user_id, count in customers.items():
                people = line._get_people(self.env["res.users"].browse(user_id or []))
                for person in people:
                    hours[person] += each * count / len(people)
        return hours

    def _get_capacity(self, users):
        """Return ``{user's id: working hours}`` of an average month from today on."""
        today = fields.Date.context_today(self)
        days = [today + timedelta(days=number) for number in range(28)]
        hours = defaultdict(float)
        for (user_id, __), seconds in users._get_working_seconds(days).items():
            hours[user_id] += seconds / 3600 * MONTH_DAYS / len(days)
        return hours

    # ------------------------------------------------------------
    # Too much
    # ------------------------------------------------------------

    @api.constrains(
        "sequence",
        "active",
        "company_id",
        "service_class",
        "tier_ids",
        "customer_status",
        "prospect_class",
        "domain",
        "line_ids",
        "overload_confirmed",
    )
    def _check_load(self):
        """Insist on a confirmation where a user asks more of somebody than he can do."""
        if self.env.uid == SUPERUSER_ID:
            return  # the shipped rhythms
        for cadence in self.filtered("active"):
            if cadence.is_overload and not cadence.overload_confirmed:
                raise ValidationError(
                    self.env._(
                        "With “%(rhythm)s”, %(person)s has %(percent)s %% of a month's working "
                        "time to do. Make intervals longer, share the customers among more "
                        "people, or tick “Plan nevertheless”.",
                        rhythm=cadence.name,
                        person=cadence.busiest_id.name,
                        percent=round(cadence.load_percent),
                    )
                )


class FollowupCadenceLine(models.Model):
    _inherit = "followup.cadence.line"

    def _get_per_month(self):
        """Return the contacts a month that one customer gets."""
        days = self._get_interval_days()
        return MONTH_DAYS / days if days else 0

    def _get_people(self, responsible):
        """Return who shares the contacts of an account manager's customers."""
        if self.assign_to == "pool":
            return self.user_ids._origin
        if self.assign_to == "leader":
            # sudo: who leads whom
            return responsible.sudo().care_manager_id.sudo(False) or responsible
        team = responsible.sudo().sale_team_id
        if self.assign_to == "team" and team:
            members = self.env["res.users"].search(
                [("sale_team_id", "=", team.id), ("share", "=", False)]
            )
            return members or responsible
        return responsible

    @api.constrains("interval", "interval_unit", "duration", "mode", "assign_to", "user_ids")
    def _check_load(self):
        self.cadence_id._check_load()

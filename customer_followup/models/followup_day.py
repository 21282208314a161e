"""One person's day, and how full it is. What My Day shows is in ``followup_day_screen.py``."""

from collections import defaultdict
from datetime import timedelta

import pytz
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.customer_tiering.models.working_time import get_day_start


class FollowupDay(models.Model):
    """A day of a person, by his own clock.

    It holds what is said about the day as a whole; its visits and calls are the follow-ups of
    that day. The row is made when he first opens the day.
    """

    _name = "followup.day"
    _description = "Day Plan"
    _inherit = ["mail.thread"]
    _order = "date desc, user_id"
    _check_company_auto = True

    user_id = fields.Many2one(
        "res.users",
        string="Person",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        ondelete="cascade",
        domain="[('share', '=', False)]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company.root_id
    )
    date = fields.Date(
        string="Day", required=True, default=lambda self: self._get_today(self.env.user)
    )
    state = fields.Selection([("open", "Open")], required=True, default="open", readonly=True)
    note = fields.Text(help="What is worth telling about the day as a whole.")

    # figures
    visit_count = fields.Integer(string="Visits", compute="_compute_figures")
    call_count = fields.Integer(
        string="Calls", compute="_compute_figures", help="Calls and messages."
    )
    done_count = fields.Integer(string="Done", compute="_compute_figures")
    off_plan_count = fields.Integer(string="Off Plan", compute="_compute_figures")
    promise_count = fields.Integer(string="Promises due", compute="_compute_promise_count")
    minutes_planned = fields.Integer(
        string="Planned (Minutes)",
        compute="_compute_figures",
        help="What is still to do by its planned duration, what is done by the minutes it took. "
        "The way is not counted.",
    )
    minutes_available = fields.Integer(
        string="Available (Minutes)",
        compute="_compute_minutes_available",
        help="Working time less days off, leaves and busy meetings.",
    )
    load_percent = fields.Integer(string="Load (%)", compute="_compute_load_percent")

    _one_a_day_idx = models.UniqueIndex(
        "(user_id, company_id, date)", "This person has a plan for this day already."
    )

    # ------------------------------------------------------------
    # Time
    # ------------------------------------------------------------

    @api.model
    def _get_tz(self, user):
        """Return the time zone whose days are this person's, as follow-ups reckon them."""
        # sudo: where somebody's clock stands
        tz = user.sudo().tz or self.env.company.root_id.sudo().resource_calendar_id.tz
        return pytz.timezone(tz or "UTC")

    @api.model
    def _get_today(self, user):
        """Return today where this person is."""
        return fields.Date.context_today(self.with_context(tz=self._get_tz(user).zone))

    def _get_bounds(self):
        """Return the first moment of the day and of the next one, in UTC."""
        self.ensure_one()
        zone = self._get_tz(self.user_id)
        return get_day_start(zone, self.date), get_day_start(zone, self.date + timedelta(days=1))

    # ------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------

    @api.depends("user_id", "date")
    def _compute_display_name(self):
        for day in self:
            date = self.env["ir.qweb.field.date"].value_to_html(day.date, {}) if day.date else ""
            day.display_name = " · ".join(filter(None, [day.user_id.name, date]))

    @api.depends("user_id", "date", "company_id")
    def _compute_figures(self):
        complete = self.filtered(lambda day: day.user_id and day.date)
        touches_of = complete._get_touches()
        for day in self:
            found = touches_of.get(day, {})
            open_touches, done = found.get("open", []), found.get("done", [])
            off_plan = [touch for touch in done if touch._is_off_plan()]
            on_plan = [*open_touches, *(touch for touch in done if touch not in off_plan)]
            day.visit_count = sum(touch.kind == "visit" for touch in on_plan)
            day.call_count = len(on_plan) - day.visit_count
            day.done_count = len(done)
            day.off_plan_count = len(off_plan)
            day.minutes_planned = sum(touch._get_minutes() for touch in [*open_touches, *done])

    @api.depends("user_id", "date", "company_id")
    def _compute_promise_count(self):
        complete = self.filtered(lambda day: day.user_id and day.date)
        counts = defaultdict(int)
        for user, date, count in self.env["followup.promise"]._read_group(
            [
                ("user_id", "in", complete.user_id.ids),
                ("company_id", "child_of", complete.company_id.ids),
                ("state", "=", "open"),
                ("date_due", "in", complete.mapped("date")),
            ],
            ["user_id", "date_due:day"],
            ["__count"],
        ):
            counts[user, date] = count
        for day in self:
            day.promise_count = counts[day.user_id, day.date]

    @api.depends("user_id", "date", "company_id")
    def _compute_minutes_available(self):
        self.minutes_available = 0
        complete = self.filtered(lambda day: day.user_id and day.date)
        for company, days in complete.grouped("company_id").items():
            seconds = days.user_id._get_capacity_seconds(days.mapped("date"), company)
            for day in days:
                day.minutes_available = seconds[day.user_id.id, day.date] // 60

    @api.depends("minutes_planned", "minutes_available")
    def _compute_load_percent(self):
        for day in self:
            available = day.minutes_available
            day.load_percent = round(100 * day.minutes_planned / available) if available else 0

    def _get_touches(self):
        """Return the follow-ups of these days with the reader's rights, in one search.

        :return: ``{day: {"open": [still to do], "done": [done by this person],
            "tried": [tried in vain and put on another day]}}``. To today's belongs what was
            left over from the days before.
        """
        if not self:
            return {}
        bounds = {day: day._get_bounds() for day in self}
        first = min(start for start, _stop in bounds.values())
        last = max(stop for _start, stop in bounds.values())
        current = {day for day in self if day.date == self._get_today(day.user_id)}
        planned = self._in_span("date_planned", first, last)
        if current:
            planned = Domain("date_planned", "<", last)
        touches = self.env["followup.touch"].search(
            Domain("company_id", "in", self.company_id.ids)
            & (
                (
                    Domain("state", "=", "planned")
                    & Domain("user_id", "in", self.user_id.ids)
                    & (planned | self._in_span("date_attempt", first, last))
                )
                | (
                    Domain("state", "=", "done")
                    & Domain("done_by_id", "in", self.user_id.ids)
                    & self._in_span("date_done", first, last)
                )
            )
        )
        return {day: self._sort_touches(touches, day, *bounds[day], day in current) for day in self}

    @api.model
    def _in_span(self, name, start, stop):
        return Domain(name, ">=", start) & Domain(name, "<", stop)

    @api.model
    def _sort_touches(self, touches, day, start, stop, is_current):
        """Return which of some follow-ups belong to a day, by how they stand."""
        sorted_touches = {"open": [], "done": [], "tried": []}
        for touch in touches:
            if touch.company_id != day.company_id:
                continue
            if touch.state == "done":
                if touch.done_by_id == day.user_id and start <= touch.date_done < stop:
                    sorted_touches["done"].append(touch)
            elif touch.user_id != day.user_id:
                continue
            elif touch.date_planned < stop and (is_current or touch.date_planned >= start):
                sorted_touches["open"].append(touch)
            elif touch.date_attempt and start <= touch.date_attempt < stop:
                sorted_touches["tried"].append(touch)
        return sorted_touches

    # ------------------------------------------------------------
    # Finding and making
    # ------------------------------------------------------------

    @api.model
    def _open_day(self, date=None, user_id=None):
        """Return somebody's day, not stored where nobody has opened it on that day.

        :raise AccessError: where the reader may not see that person's days
        """
        self.check_access("read")
        user = self.env["res.users"].browse(user_id) if user_id else self.env.user
        today = self._get_today(user)
        date = fields.Date.to_date(date) or today
        company = self.env.company.root_id
        # sudo: how busy somebody of another company is, is nobody's business here
        if company not in user.sudo().company_ids.root_id:
            raise AccessError(
                self.env._(
                    "%(person)s may not work in %(company)s: choose somebody who may.",
                    person=user.sudo().name,
                    company=company.name,
                )
            )
        vals = {"user_id": user.id, "company_id": company.id, "date": date}
        domain = [(name, "=", value) for name, value in vals.items()]
        # sudo: whether there is a row; whether he may read it is asked at once
        day = self.sudo().search(domain).sudo(False)
        if day:
            day.check_access("read")
        elif user == self.env.user and date == today:
            day = self._make_row(vals)
        else:
            day = self.new(vals)
            day._check_visible()
        return day

    @api.model
    def _make_row(self, vals):
        """Create the row of one's own day; two screens that open it at once make one."""
        self.check_access("create")
        columns = {
            **vals,
            "state": "open",
            "create_uid": self.env.uid,
            "write_uid": self.env.uid,
            "create_date": self.env.cr.now(),
            "write_date": self.env.cr.now(),
        }
        # create() would show an error on the second screen; this makes it try again
        rows = self.env.execute_query(
            SQL(
                "INSERT INTO followup_day (%s) VALUES %s ON CONFLICT DO NOTHING RETURNING id",
                SQL(", ").join(map(SQL.identifier, columns)),
                tuple(columns.values()),
            )
        )
        day = self.browse(rows[0])
        day.check_access("read")
        return day

    def _check_visible(self):
        """Ask the record rules about days that are not stored."""
        domain = self.env["ir.rule"]._compute_domain(self._name, "read")
        # sudo: the rules look at the line of command, which not everybody may read
        if self.sudo().filtered_domain(domain) != self.sudo():
            raise AccessError(
                self.env._(
                    "You can look at your own day and at those of the people who report to you. "
                    "Ask a leader to look at the day of %(person)s.",
                    person=self.user_id.sudo().name,
                )
            )

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_open_day(self):
        """Show this day as its person sees it."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "customer_followup.followup_day_action_mine"
        )
        action["context"] = {"followup_day": str(self.date), "followup_user_id": self.user_id.id}
        return action

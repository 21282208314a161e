from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Command, Domain
from odoo.tools import format_date
from pytz import timezone

from ..models import public_holidays
from ..models.working_time import get_day_start


class ResourceHolidayLoad(models.TransientModel):
    """Fill a year's public holidays and make-up working days, after a look at them."""

    _name = "resource.holiday.load"
    _description = "Load Public Holidays"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    country_id = fields.Many2one(
        "res.country",
        required=True,
        default=lambda self: self.env.company.country_id,
    )
    state_id = fields.Many2one(
        "res.country.state",
        domain="[('country_id', '=', country_id)]",
        help="Also the holidays of this state or province, where it has its own.",
    )
    year = fields.Integer(required=True, default=lambda self: fields.Date.context_today(self).year)
    note = fields.Text(compute="_compute_note")
    line_ids = fields.One2many(
        "resource.holiday.load.line",
        "load_id",
        string="Days",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("country_id", "state_id", "year")
    def _compute_note(self):
        for load in self:
            load.note = "\n".join(load._get_notes())

    @api.depends("country_id", "state_id", "year", "company_id")
    def _compute_line_ids(self):
        for load in self:
            load.line_ids = [
                Command.clear(),
                *(Command.create(vals) for vals in load._prepare_lines()),
            ]

    @api.onchange("country_id")
    def _onchange_country_id(self):
        if self.state_id.country_id != self.country_id:
            self.state_id = False

    # ------------------------------------------------------------
    # What is known
    # ------------------------------------------------------------

    def _read_year(self):
        """Return the year as the package knows it, None if it does not."""
        self.ensure_one()
        if self._get_obstacle():
            return None
        return public_holidays.read_year(
            self.country_id.code, self.year, self._get_subdivision(), self.env.lang
        )

    def _get_subdivision(self):
        """Return the code of the state if it has holidays of its own, else None."""
        # some countries of core write the country before the state: DE-BY
        code = (self.state_id.code or "").removeprefix(f"{self.country_id.code}-")
        known = public_holidays.get_subdivisions(self.country_id.code)
        return code if code in known else None

    def _get_obstacle(self):
        """Return in a sentence why nothing can be read, else ``""``."""
        if not public_holidays.holidays:
            return self.env._(
                "The Python package “holidays” is not installed on the server. Ask who looks "
                "after it to run “pip install holidays”, or enter the days by hand."
            )
        if not self.country_id or not self.year:
            return self.env._("Choose a country and a year.")
        if public_holidays.get_subdivisions(self.country_id.code) is None:
            return self.env._(
                "Nothing is known about holidays in %(country)s: enter the days by hand.",
                country=self.country_id.name,
            )
        return ""

    def _get_notes(self):
        """Return sentences about what to know before adding the days."""
        obstacle = self._get_obstacle()
        if obstacle:
            return [obstacle]
        year = self._read_year()
        names = {"country": self.country_id.name, "year": str(self.year)}
        if not year.days_off:
            return [self.env._("No holidays of %(country)s are known for %(year)s.", **names)]
        notes = []
        if not year.is_announced:
            notes.append(
                self.env._(
                    "The make-up working days of %(country)s for %(year)s are not announced yet, "
                    "or the installed version of “holidays” does not know them: the days below "
                    "may still change. Have the package updated once they are, and load again.",
                    **names,
                )
            )
        if year.is_estimated:
            notes.append(
                self.env._("Days marked as estimated depend on the moon and may still move.")
            )
        if self.state_id and not self._get_subdivision():
            notes.append(
                self.env._(
                    "No holidays of its own are known for %(state)s: these are the country's.",
                    state=self.state_id.name,
                )
            )
        return notes

    def _prepare_lines(self):
        year = self._read_year()
        if not year:
            return []
        lines = [
            {"kind": "holiday", "date": day, "name": name} for day, name in year.days_off.items()
        ]
        lines += [self._prepare_makeup_line(*days) for days in year.makeup_days.items()]
        return sorted(lines, key=lambda line: line["date"])

    def _prepare_makeup_line(self, day, day_off):
        """Return a line of a day worked; with Monday's hours where nobody says for which day."""
        name = self.env._("Make-up working day")
        if day_off:
            name = self.env._("Make-up for %(day)s", day=format_date(self.env, day_off))
        return {
            "kind": "makeup",
            "date": day,
            "name": name,
            "dayofweek": str(day_off.weekday() if day_off else 0),
        }

    # ------------------------------------------------------------
    # Adding
    # ------------------------------------------------------------

    def action_apply(self):
        """Add the days that are not there yet."""
        self.ensure_one()
        self.env["resource.makeup.day"].check_access("create")
        self.company_id.check_access("read")
        # what is there is asked anew: somebody may have been faster
        self.line_ids.invalidate_recordset(["is_known"])
        new = self.line_ids.filtered(lambda line: not line.is_known)
        if not new:
            raise UserError(
                self._get_obstacle()
                or self.env._("All of these days are there already: nothing to add.")
            )
        days_off = new.filtered(lambda line: line.kind == "holiday")
        makeup_days = new - days_off
        # sudo: days off are core's and for administrators to change; whoever configures
        # working time may add whole days of his company, see the checks above
        leaves = self.env["resource.calendar.leaves"].sudo()
        leaves = leaves.create([line._prepare_leave() for line in days_off])
        # core computes the company late, and then of whoever looks first
        leaves.company_id = self.company_id
        self.env["resource.makeup.day"].create([line._prepare_makeup_day() for line in makeup_days])
        message = self.env._(
            "Added for %(company)s: public holidays %(holidays)s, make-up working days %(makeup)s.",
            company=self.company_id.name,
            holidays=len(days_off),
            makeup=len(makeup_days),
        )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    def _get_known_days(self, dates):
        """Return the dates that are days off already, and those that are make-up days."""
        if not dates:
            return set(), set()
        calendar = self.company_id.resource_calendar_id
        first = self._get_day_bounds(min(dates))[0]
        last = self._get_day_bounds(max(dates))[1]
        leaves = self.env["resource.calendar.leaves"].search_fetch(
            Domain("resource_id", "=", False)
            & Domain("company_id", "in", [False, self.company_id.id])
            & Domain("calendar_id", "in", [False, calendar.id])
            & Domain("time_type", "=", "leave")
            & Domain("date_from", "<=", last)
            & Domain("date_to", ">=", first),
            ["date_from", "date_to"],
        )
        spans = [(leave.date_from, leave.date_to) for leave in leaves]
        bounds = {day: self._get_day_bounds(day) for day in dates}
        days_off = {
            day
            for day, (start, stop) in bounds.items()
            if any(low <= start and stop <= high for low, high in spans)
        }
        makeup_days = self.env["resource.makeup.day"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("calendar_id", "=", False),
                ("date", "in", list(dates)),
            ]
        )
        return days_off, set(makeup_days.mapped("date"))

    def _get_day_bounds(self, day):
        """Return first and last second of a local day of the company, naive UTC."""
        zone = timezone(self.company_id.resource_calendar_id.tz or self.env.user.tz or "UTC")
        start, following = (get_day_start(zone, date) for date in (day, day + timedelta(days=1)))
        return start, following - timedelta(seconds=1)

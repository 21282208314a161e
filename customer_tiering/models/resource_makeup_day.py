from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResourceMakeupDay(models.Model):
    """A day of rest on which people work, for a day off elsewhere in the year."""

    _name = "resource.makeup.day"
    _description = "Make-up Working Day"
    _order = "date desc, id"
    _check_company_auto = True

    name = fields.Char(required=True, help="The holiday it makes up for, for example.")
    date = fields.Date(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    calendar_id = fields.Many2one(
        "resource.calendar",
        string="Working Hours",
        check_company=True,
        index="btree_not_null",
        help="Only people with these working hours work on this day; if empty, all of the "
        "company. A day of certain working hours goes before one of all.",
    )
    dayofweek = fields.Selection(
        selection=lambda self: self._get_weekdays(),
        string="Hours of",
        required=True,
        default="0",
        help="The weekday whose working hours hold on this day.",
    )

    _day_uniq = models.UniqueIndex(
        "(company_id, date, COALESCE(calendar_id, 0))",
        "This day is a make-up working day already. Change the one there is.",
    )

    @api.model
    def _get_weekdays(self):
        """Return the weekdays as working hours name them, in the reader's language."""
        attendances = self.env["resource.calendar.attendance"]
        return attendances._fields["dayofweek"]._description_selection(self.env)

    @api.constrains("calendar_id", "dayofweek")
    def _check_dayofweek(self):
        for day in self.filtered("calendar_id"):
            # sudo: hours of work, also for who may not read calendars
            weeks = day.calendar_id.sudo()._get_weeks().get(day.calendar_id.id)
            if weeks and not (weeks[int(day.dayofweek)] or weeks[7 + int(day.dayofweek)]):
                raise ValidationError(
                    self.env._(
                        "Nobody works on this weekday in “%(calendar)s”: choose in “Hours of” "
                        "a weekday that has working hours.",
                        calendar=day.calendar_id.display_name,
                    )
                )

from odoo import api, fields, models


class ResourceHolidayLoadLine(models.TransientModel):
    """One day that will be added, or is there already."""

    _name = "resource.holiday.load.line"
    _description = "Public Holiday to Load"
    _order = "date, id"

    load_id = fields.Many2one("resource.holiday.load", required=True, ondelete="cascade")
    kind = fields.Selection(
        [("holiday", "Public holiday"), ("makeup", "Make-up working day")],
        required=True,
        default="holiday",
    )
    date = fields.Date(required=True)
    name = fields.Char(required=True)
    dayofweek = fields.Selection(
        selection=lambda self: self.env["resource.makeup.day"]._get_weekdays(),
        string="Hours of",
        help="The weekday whose working hours hold on this make-up working day.",
    )
    is_known = fields.Boolean(
        string="There already",
        compute="_compute_is_known",
        help="This day was entered before: it is not added again.",
    )

    @api.depends("date", "kind", "load_id.company_id")
    def _compute_is_known(self):
        for load, lines in self.grouped("load_id").items():
            dates = {line.date for line in lines if line.date}
            days_off, makeup_days = load._get_known_days(dates) if load.company_id else ((), ())
            for line in lines:
                known = days_off if line.kind == "holiday" else makeup_days
                line.is_known = line.date in known

    def _prepare_leave(self):
        start, stop = self.load_id._get_day_bounds(self.date)
        return {"name": self.name, "date_from": start, "date_to": stop}

    def _prepare_makeup_day(self):
        return {
            "name": self.name,
            "date": self.date,
            "dayofweek": self.dayofweek or "0",
            "company_id": self.load_id.company_id.id,
        }

import babel.dates
from odoo import models
from odoo.tools.misc import babel_locale_parse


class ResourceCalendar(models.Model):
    """Working hours said in words, for the promise made to a customer."""

    _inherit = "resource.calendar"

    def _get_hours_in_words(self, lang):
        """Return the working hours as a customer reads them, with their time zone.

        Days in a row with the same hours are put together: “Mon–Fri 8:00–12:00, 13:00–17:00”.
        Of two alternating weeks both are said.

        :param lang: code of the customer's language
        """
        self.ensure_one()
        weeks = {}
        # sudo: the hours stand in a letter to the customer
        for line in self.sudo().attendance_ids.filtered(lambda line: line._is_work_period()):
            days = weeks.setdefault(line.week_type or "", {})
            days.setdefault(int(line.dayofweek), []).append((line.hour_from, line.hour_to))
        words = [self._get_week_in_words(weeks[week], lang) for week in sorted(weeks)]
        return f"{' / '.join(words)} ({self.tz})" if words else ""

    def _get_week_in_words(self, days, lang):
        names = babel.dates.get_day_names("abbreviated", locale=babel_locale_parse(lang))
        runs = []
        for day in sorted(days):
            hours = sorted(days[day])
            if runs and runs[-1][1] == day - 1 and runs[-1][2] == hours:
                runs[-1][1] = day
            else:
                runs.append([day, day, hours])
        said = [
            (
                names[first] if first == last else f"{names[first]}–{names[last]}",
                ", ".join(f"{self._say_hour(start)}–{self._say_hour(end)}" for start, end in hours),
            )
            for first, last, hours in runs
        ]
        return "; ".join(f"{name} {hours}" for name, hours in said)

    @staticmethod
    def _say_hour(hour):
        minutes = round(hour * 60)
        return f"{minutes // 60}:{minutes % 60:02}"

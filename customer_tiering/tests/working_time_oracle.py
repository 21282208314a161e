"""Working time by walking every minute: slow, plain, and written without a look at the product.

A world is a calendar with random hours, times off and make-up days in a random zone. Its
oracle paints each second of a month as work or not, and counts.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from odoo.fields import Command

#: zones and a day near which their clocks change, if they do
ZONES = (
    ("UTC", "2025-05-01"),
    ("Asia/Shanghai", "2025-10-05"),
    ("Asia/Kathmandu", "2025-02-28"),
    ("Europe/Berlin", "2025-03-30"),
    ("Europe/Berlin", "2025-10-26"),
    ("America/New_York", "2025-03-09"),
    ("America/New_York", "2025-11-02"),
    ("Australia/Lord_Howe", "2025-04-06"),
    ("Australia/Lord_Howe", "2025-10-05"),
    ("America/Santiago", "2025-09-07"),
)
DAYS = 18
MINUTE = timedelta(minutes=1)
WORK, REST = b"\1", b"\0"


class World:
    """One random calendar in the database, and the same as plain data for the oracle."""

    def __init__(self, case, rng):
        self.case, self.rng = case, rng
        self.tz, day = rng.choice(ZONES)
        self.begin = datetime.fromisoformat(day) - timedelta(days=DAYS // 2)
        self.two_weeks = rng.random() < 0.3
        # {(week, weekday): [(first minute, last minute) of the local day]}
        self.hours = {}
        self.calendar = self._make_calendar()
        self.resource = self._make_resource("Somebody")
        self.off, self.own_off = [], []
        self.leaves_made = 0
        for _number in range(rng.randint(0, 9)):
            self._make_leave()
        self.makeup = {}
        for _number in range(rng.randint(0, 4)):
            self._make_makeup_day()

    # ------------------------------------------------------------
    # Making it up
    # ------------------------------------------------------------

    def _make_calendar(self):
        lines = []
        for week in (0, 1) if self.two_weeks else (0,):
            if self.two_weeks:
                section = {"name": "Week", "display_type": "line_section", "week_type": str(week)}
                lines.append({**section, "dayofweek": "0", "sequence": 100 * week})
            for weekday in range(7):
                spans = self._make_spans(weekday)
                self.hours[week, weekday] = [span[:2] for span in spans if span[2] != "lunch"]
                for start, stop, period in spans:
                    lines.append(
                        {
                            "name": "Shift",
                            "dayofweek": str(weekday),
                            "hour_from": start / 60,
                            "hour_to": stop / 60,
                            "day_period": period,
                            "week_type": str(week) if self.two_weeks else False,
                            "sequence": 100 * week + 1 + weekday,
                        }
                    )
        if not self.two_weeks:
            self.hours.update({(1, day): self.hours[0, day] for day in range(7)})
        return self.case.env["resource.calendar"].create(
            {
                "name": "World",
                "company_id": self.case.company.id,
                "tz": self.tz,
                "two_weeks_calendar": self.two_weeks,
                "attendance_ids": [Command.create(line) for line in lines],
            }
        )

    def _make_spans(self, weekday):
        """Return disjoint (start, stop, period) in minutes; Monday always has some."""
        rng = self.rng
        kind = rng.choice("lunch split night whole rest".split()) if weekday else "lunch"
        if kind == "rest":
            return []
        if kind == "whole":
            return [(0, 1440, "morning")]
        edges = sorted(rng.sample(range(1, 1440), 4))
        if kind == "night":
            return [(0, edges[0], "morning"), (edges[3], 1440, "afternoon")]
        middle = [(edges[1], edges[2], "lunch")] if kind == "lunch" else []
        return [(edges[0], edges[1], "morning"), *middle, (edges[2], edges[3], "afternoon")]

    def _make_resource(self, name):
        return self.case.env["resource.resource"].create(
            {
                "name": name,
                "company_id": self.case.company.id,
                "calendar_id": self.calendar.id,
                "tz": "UTC",
            }
        )

    def _moment(self):
        return self.begin + timedelta(seconds=self.rng.randrange(DAYS * 86400))

    def _get_quiet_day(self):
        """Return a day long ago on which nobody is off yet."""
        self.leaves_made += 1
        day = datetime(1990, 1, 1) + timedelta(days=self.leaves_made)
        return {"date_from": day, "date_to": day + timedelta(hours=1)}

    def _make_leave(self):
        """Create a leave of somebody and note whom it stops from working."""
        rng, env = self.rng, self.case.env
        start = self._moment()
        if rng.random() < 0.5:
            start = start.replace(hour=0, minute=0, second=0)
            stop = start + timedelta(days=rng.randint(1, 4), seconds=-1)
        else:
            stop = start + timedelta(seconds=rng.randint(1, 3 * 86400))
        vals = {"name": "Off", **self._get_quiet_day()}
        whose = rng.choice(
            "company none calendar other_company other_calendar work own his".split()
        )
        company = self.case.other_company if whose == "other_company" else self.case.company
        if whose in ("calendar", "other_calendar"):
            calendar = self.calendar if whose == "calendar" else company.resource_calendar_id
            vals["calendar_id"] = calendar.id
        elif whose == "work":
            vals["time_type"] = "other"
        elif whose in ("own", "his"):
            owner = self.resource if whose == "own" else self._make_resource("Somebody else")
            vals["resource_id"] = owner.id
        leave = env["resource.calendar.leaves"].create(vals)
        # core computes the company on creation, whatever it is given
        leave.company_id = False if whose == "none" else company
        # past the ORM: hr_holidays refuses days off that overlap, and imports bring them
        env.flush_all()
        env.cr.execute(
            "UPDATE resource_calendar_leaves SET date_from = %s, date_to = %s WHERE id = %s",
            [start, stop, leave.id],
        )
        leave.invalidate_recordset(["date_from", "date_to"])
        if stop.second == 59:
            stop += timedelta(seconds=1)
        if whose in ("company", "none", "calendar"):
            self.off.append((start, stop))
        elif whose == "own":
            self.own_off.append((start, stop))

    def _make_makeup_day(self):
        rng, env = self.rng, self.case.env
        day = (self.begin + timedelta(days=rng.randrange(DAYS))).date()
        weekday = rng.choice([d for d in range(7) if self.hours[0, d] or self.hours[1, d]])
        whose = rng.choice("all calendar both other_company other_calendar".split())
        days = env["resource.makeup.day"].sudo()
        if days.search_count([("date", "=", day), ("company_id", "=", self.case.company.id)]):
            return
        vals = {"name": "Make-up", "date": day, "company_id": self.case.company.id}
        if whose == "other_company":
            vals["company_id"] = self.case.other_company.id
            if days.search_count([("date", "=", day), ("company_id", "=", vals["company_id"])]):
                return
        if whose == "calendar":
            vals["calendar_id"] = self.calendar.id
        if whose == "both":
            # the one of all gives way to that of the calendar
            other = next(d for d in range(7) if self.hours[0, d] or self.hours[1, d])
            days.create({**vals, "dayofweek": str(other)})
            vals["calendar_id"] = self.calendar.id
        if whose == "other_calendar":
            vals["calendar_id"] = self.case.company.resource_calendar_id.id
            days.create({**vals, "dayofweek": "0"})
            return
        days.create({**vals, "dayofweek": str(weekday)})
        if whose != "other_company":
            self.makeup[day] = weekday

    def close(self):
        """Take the days off away: the next world has its own."""
        env = self.case.env
        env["resource.calendar.leaves"].search([("name", "=", "Off")]).unlink()
        env["resource.makeup.day"].search([("name", "=", "Make-up")]).unlink()

    # ------------------------------------------------------------
    # The oracle
    # ------------------------------------------------------------

    def paint(self, with_own_leaves):
        """Return one byte a second: 1 where somebody works."""
        zone, utc = ZoneInfo(self.tz), ZoneInfo("UTC")
        picture = bytearray()
        moment = self.begin.replace(tzinfo=utc)
        for _minute in range(DAYS * 1440):
            picture += 60 * (WORK if self._is_at_work(moment.astimezone(zone)) else REST)
            moment += MINUTE
        for start, stop in self.off + (self.own_off if with_own_leaves else []):
            first = max(0, int((start - self.begin).total_seconds()))
            last = min(len(picture), int((stop - self.begin).total_seconds()))
            if first < last:
                picture[first:last] = (last - first) * REST
        return picture

    def _is_at_work(self, clock):
        """Say whether somebody works while the clock on the wall shows this."""
        day = clock.date()
        # weeks alternate since Monday, 1 January of year 1
        week = (day.toordinal() - 1) // 7 % 2
        weekday = self.makeup.get(day, day.weekday())
        minute = 60 * clock.hour + clock.minute
        return any(start <= minute < stop for start, stop in self.hours[week, weekday])

    def count(self, picture, start, stop):
        """Return the seconds worked between two moments."""
        edges = [int((moment - self.begin).total_seconds()) for moment in (start, stop)]
        return picture.count(WORK, *edges)

    def walk(self, picture, start, seconds):
        """Return the moment after so many seconds of work, None if it lies beyond the month."""
        position = int((start - self.begin).total_seconds())
        while seconds:
            position = picture.find(WORK, position)
            if position < 0:
                return None
            stop = picture.find(REST, position)
            stretch = min(seconds, (stop if stop >= 0 else len(picture)) - position)
            position, seconds = position + stretch, seconds - stretch
        return self.begin + timedelta(seconds=position)


def run_cases(case, rng, worlds, cases_per_world):
    """Compare timelines with the oracle; return how many answers were compared."""
    compared = 0
    for _number in range(worlds):
        world = World(case, rng)
        with_own = rng.random() < 0.5
        picture = world.paint(with_own)
        # some horizons are too short on purpose: the timeline has to grow
        start = world.begin + timedelta(days=rng.choice([0, 0, 5]))
        stop = world.begin + timedelta(days=rng.choice((DAYS, DAYS, DAYS // 2)))
        line = world.calendar._get_timeline(
            start, stop, resource=world.resource if with_own else None
        )
        story = f"{world.tz}, {world.begin:%Y-%m-%d}, {world.hours}, {world.off}, {world.makeup}"
        for _case in range(cases_per_world):
            first, last = sorted((world._moment(), world._moment()))
            worked = world.count(picture, first, last)
            case.assertEqual(line.worked(first, last), worked, story)
            seconds = rng.choice((rng.randrange(200_000), rng.randrange(3600), worked))
            due = world.walk(picture, first, seconds)
            if due is None:
                continue
            case.assertEqual(line.add(first, seconds), due, f"{first} + {seconds}: {story}")
            at_work = picture[int((first - world.begin).total_seconds())] == 1
            case.assertEqual(line.is_working(first), at_work, story)
            compared += 1
        world.close()
    return compared

"""The leader's board: his people, and what they have to do today."""

from collections import namedtuple
from datetime import timedelta

import pytz
from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import SQL

from odoo.addons.customer_tiering.models.working_time import get_day_start

GROUP_TEAM = "customer_tiering.customer_tiering_group_team"
GROUP_ALL = "customer_tiering.customer_tiering_group_all"
#: Days that the load looks ahead, today included; days that misses are shown for.
AHEAD_DAYS = 14
MISSED_DAYS = 30
#: What a person's overdue follow-up weighs by the service class of his customer.
CLASS_WEIGHTS = {"key": 3, "standard": 2}
#: Origins of contacts that no plan asked for.
OFF_PLAN = ("unplanned", "activity")
#: Figures of a person that are numbers of follow-ups.
TOUCH_FIGURES = (
    "visits",
    "visits_done",
    "calls",
    "calls_done",
    "off_plan",
    "overdue",
    "missed",
)

#: What is read of a person, in one statement.
BOARD_USER_FIELDS = (
    "active",
    "care_manager_id",
    "care_path",
    "company_id",
    "deputy_id",
    "out_of_office_from",
    "out_of_office_to",
    "partner_id",
)

#: A person's day: its date, its first and last moment in UTC, and when the load ends.
BoardDay = namedtuple("BoardDay", "date first last ahead")


class FollowupTouch(models.Model):
    _inherit = "followup.touch"

    # ------------------------------------------------------------
    # Called by the screen
    # ------------------------------------------------------------

    @api.model
    def get_team_board(self, date=None):
        """Return the board of everybody in the caller's line of command.

        Who may see all customers gets everybody who has follow-ups. Only what the caller may
        read counts, in the companies he has chosen.

        :param date: day to look at (date or text); None = each person's own today
        :return: dict of

            - ``people``: one dict each of ``id``, ``name``, ``absence`` (False, ``archived``,
              ``out_of_office`` or ``leave``), ``stand_in`` (name or False), and the figures
              ``visits``, ``visits_done``, ``calls``, ``calls_done`` (planned for the day, and
              done of these), ``off_plan``, ``overdue``, ``overdue_weight``, ``missed`` (30
              days), ``promises`` (overdue), ``today`` and ``ahead`` (14 days): dicts of
              ``planned`` and ``available`` hours and ``percent`` (False where no time is
              available)
            - ``total``: the same figures of all together
            - ``decisions``: list of dicts ``key`` and ``count`` of what waits for the leader

        :raise AccessError: for who leads nobody
        """
        self._check_may_open_board()
        people = self._get_board_people()
        days = self._get_board_days(people, fields.Date.to_date(date))
        work = self._get_board_work(people, days)
        away = (people | people.browse(work.plans))._get_absent_in(
            work, self._get_board_dates(days)
        )
        figures = self._get_board_figures(days, work, away)
        absences = self._get_board_absences(people, days, away)
        rows = [
            {
                "id": person.id,
                "name": person.name,
                **absences.get(person.id, {"absence": False, "stand_in": False}),
                **figures[person.id],
            }
            for person in people
        ]
        return {
            "people": rows,
            "total": self._get_board_total(rows),
            "decisions": self._get_board_decisions(),
        }

    @api.model
    def _check_may_open_board(self):
        if not (self.env.su or self.env.user.has_group(GROUP_TEAM)):
            raise AccessError(
                self.env._(
                    "The Team Board is for team leaders. Your own calls and visits are in "
                    "“My Day”; ask an administrator for the right “Own team” if you lead others."
                )
            )

    # ------------------------------------------------------------
    # Who
    # ------------------------------------------------------------

    @api.model
    def _get_board_people(self):
        """Return the persons of the board (sudo): names, absences and clocks are read of them."""
        # sudo: the reader's own place in the line of command
        path = self.env.user.sudo().care_path or "-"
        line = Domain("care_path", "=like", f"{path}%")
        team = line & Domain("active", "=", True) & Domain("share", "=", False)
        team &= Domain("company_ids", "in", self.env.companies.ids)
        busy = Domain("id", "in", self._get_busy_query())
        if not self.env.user.has_group(GROUP_ALL):
            busy &= line
        # sudo: names and absence of those who report to him, also archived ones
        users = self.env["res.users"].sudo().with_context(active_test=False)
        # he himself is read along: he may stand in
        found = users.search_fetch(team | busy | Domain("id", "=", self.env.uid), BOARD_USER_FIELDS)
        people = found - self.env.user
        return people.sorted(lambda user: (not user.active, (user.name or "").lower()))

    @api.model
    def _get_busy_query(self):
        """Return who has follow-ups that the board shows, among those the caller may read."""
        recent = fields.Datetime.now() - timedelta(days=MISSED_DAYS)
        ahead = fields.Datetime.now() + timedelta(days=AHEAD_DAYS + 1)
        busy = Domain("state", "in", ("planned", "missed")) & Domain("date_planned", "<", ahead)
        busy |= Domain("state", "=", "done") & Domain("date_done", ">=", recent)
        self.flush_model()
        query = self._search(busy & Domain("user_id", "!=", False))
        return query.subselect(SQL("DISTINCT %s.user_id", SQL.identifier(self._table)))

    @api.model
    def _get_board_days(self, people, date=None):
        """Return ``{user id: BoardDay}`` by each person's own clock."""
        now = pytz.utc.localize(fields.Datetime.now())
        fallback = self.env.company.resource_calendar_id.tz or "UTC"
        days, known = {}, {}
        for person in people:
            tz = pytz.timezone(person.tz or fallback)
            if tz not in known:
                day = date or now.astimezone(tz).date()
                known[tz] = BoardDay(
                    day,
                    get_day_start(tz, day),
                    get_day_start(tz, day + timedelta(days=1)),
                    get_day_start(tz, day + timedelta(days=AHEAD_DAYS)),
                )
            days[person.id] = known[tz]
        return days

    @api.model
    def _get_board_work(self, people, days):
        """Return the working time of these persons and of who may stand in for them."""
        candidates = {one.id for order in people._get_stand_in_orders().values() for one in order}
        present = (people | people.browse(candidates)).filtered("active")
        return present._get_work_days(self._get_board_dates(days))

    @api.model
    def _get_board_dates(self, days):
        """Return all dates that the board of these persons looks at."""
        return {
            day.date + timedelta(days=number)
            for day in days.values()
            for number in range(AHEAD_DAYS)
        }

    @api.model
    def _get_board_absences(self, people, days, away):
        """Return ``{user id: absence and stand_in}`` of those who are away on their day."""
        absent = {(user_id, day.date) for user_id, day in days.items()} & away
        stand_ins = people._choose_stand_ins(absent, people._get_stand_in_orders(), away)
        return {
            person.id: {
                "absence": self._get_absence_word(person, days[person.id]),
                "stand_in": people.browse(stand_ins[person.id, days[person.id].date]).name,
            }
            for person in people
            if (person.id, days[person.id].date) in absent
        }

    @api.model
    def _get_absence_word(self, person, day):
        """Return why somebody is away: the word only, nothing of his private matters."""
        if not person.active:
            return "archived"
        start, stop = person.out_of_office_from, person.out_of_office_to
        if start and start < day.last and (not stop or stop > day.first):
            return "out_of_office"
        return "leave"

    # ------------------------------------------------------------
    # Figures
    # ------------------------------------------------------------

    @api.model
    def _get_board_domain(self, figure, days):
        """Return the follow-ups behind a figure, for counting and for the list that it opens.

        :param days: ``{user id: BoardDay}`` of the persons it is about
        """
        by_day = {}
        for user_id, day in days.items():
            by_day.setdefault(day, []).append(user_id)
        find = getattr(self, f"_domain_board_{figure.removesuffix('_done')}")
        domain = Domain.OR(
            Domain("user_id", "in", user_ids) & find(day) for day, user_ids in by_day.items()
        )
        return domain & Domain("state", "=", "done") if figure.endswith("_done") else domain

    @api.model
    def _domain_board_plan(self, day):
        """What the plan asks for on the day, done or still to do."""
        open_ = Domain("state", "=", "planned") & self._domain_between("date_planned", day)
        done = Domain("state", "=", "done") & self._domain_between("date_done", day)
        return open_ | (done & Domain("origin", "not in", OFF_PLAN))

    @api.model
    def _domain_between(self, name, day):
        return Domain(name, ">=", day.first) & Domain(name, "<", day.last)

    @api.model
    def _domain_board_visits(self, day):
        return Domain("kind", "=", "visit") & self._domain_board_plan(day)

    @api.model
    def _domain_board_calls(self, day):
        return Domain("kind", "!=", "visit") & self._domain_board_plan(day)

    @api.model
    def _domain_board_off_plan(self, day):
        done = Domain("state", "=", "done") & self._domain_between("date_done", day)
        return done & Domain("origin", "in", OFF_PLAN)

    @api.model
    def _domain_board_overdue(self, day):
        return Domain("state", "=", "planned") & Domain("date_planned", "<", day.first)

    @api.model
    def _domain_board_missed(self, day):
        since = timedelta(days=MISSED_DAYS)
        recent = Domain("date_latest", ">=", day.date - since)
        recent |= Domain("date_planned", ">=", day.first - since)
        return Domain("state", "=", "missed") & recent

    @api.model
    def _domain_board_ahead(self, day):
        planned = Domain("date_planned", ">=", day.first) & Domain("date_planned", "<", day.ahead)
        return Domain("state", "=", "planned") & planned

    @api.model
    def _get_board_promise_domain(self, days):
        """Return the open promises of these persons whose day has passed."""
        by_date = {}
        for user_id, day in days.items():
            by_date.setdefault(day.date, []).append(user_id)
        overdue = Domain.OR(
            Domain("user_id", "in", user_ids) & Domain("date_due", "<", date)
            for date, user_ids in by_date.items()
        )
        return overdue & Domain("state", "=", "open")

    @api.model
    def _get_board_figures(self, days, work, away):
        """Return ``{user id: figures}``."""
        counts = self._count_board_touches(days)
        promises = dict(
            self.env["followup.promise"]._read_group(
                self._get_board_promise_domain(days), ["user_id"], ["__count"]
            )
        )
        promises = {user.id: count for user, count in promises.items()}
        available = self._get_board_hours(days, work, away)
        figures = {}
        nothing = dict.fromkeys([*TOUCH_FIGURES, "overdue_weight", "today", "ahead"], 0)
        for user_id in days:
            values = {**nothing, **counts.get(user_id, {})}
            today, ahead = available.get(user_id, (0, 0))
            values["today"] = self._prepare_load(values["today"], today)
            values["ahead"] = self._prepare_load(values["ahead"], ahead)
            figures[user_id] = {**values, "promises": promises.get(user_id, 0)}
        return figures

    @api.model
    def _count_board_touches(self, days):
        """Count the follow-ups behind all figures of all persons in one statement.

        The record rules of the caller and the domains of the lists make its conditions, so a
        number and its list cannot differ.
        """
        query = self._search(Domain("user_id", "in", list(days)))
        conditions = {
            name: self._get_board_domain(name, days)
            .optimize_full(self)
            ._to_sql(self, self._table, query)
            for name in (*TOUCH_FIGURES, "plan", "ahead")
        }
        touch = SQL.identifier(self._table)
        columns = {
            name: SQL("count(*) FILTER (WHERE %s)", conditions[name]) for name in TOUCH_FIGURES
        }
        columns["overdue_weight"] = SQL(
            "coalesce(sum(%s) FILTER (WHERE %s), 0)", self._weight_sql(query), conditions["overdue"]
        )
        for name, condition in (("today", "plan"), ("ahead", "ahead")):
            columns[name] = SQL(
                "coalesce(sum(%s.duration) FILTER (WHERE %s), 0)", touch, conditions[condition]
            )
        query.groupby = SQL("%s.user_id", touch)
        self.flush_model()
        rows = self.env.execute_query(query.select(query.groupby, *columns.values()))
        return {row[0]: dict(zip(columns, row[1:], strict=True)) for row in rows}

    @api.model
    def _weight_sql(self, query):
        """Return what a follow-up weighs by the level its customer holds in its company."""
        self.env["customer.standing"].flush_model(["tier_id"])
        query.add_join(
            "LEFT JOIN",
            "board_scheme",
            "customer_tier_scheme",
            SQL(
                "board_scheme.company_id = %s.company_id AND board_scheme.operative",
                SQL.identifier(self._table),
            ),
        )
        query.add_join(
            "LEFT JOIN",
            "board_standing",
            "customer_standing",
            SQL(
                """board_standing.partner_id = %s.partner_id
                   AND board_standing.scheme_id = board_scheme.id""",
                SQL.identifier(self._table),
            ),
        )
        query.add_join(
            "LEFT JOIN",
            "board_tier",
            "customer_tier",
            SQL("board_tier.id = board_standing.tier_id"),
        )
        return SQL(
            "CASE board_tier.service_class %s ELSE 1 END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", service_class, weight)
                for service_class, weight in CLASS_WEIGHTS.items()
            ),
        )

    @api.model
    def _get_board_hours(self, days, work, away):
        """Return ``{user id: (hours on the day, hours of the days ahead)}`` without meetings."""
        # sudo: how long somebody works, not why he does not
        people = self.env["res.users"].sudo().browse(list(work.plans))
        seconds = people._get_capacity_in(work)
        hours = {}
        for user_id in days.keys() & work.plans.keys():
            dates = [days[user_id].date + timedelta(days=number) for number in range(AHEAD_DAYS)]
            mine = [
                0 if (user_id, date) in away else seconds[user_id, date] / 3600 for date in dates
            ]
            hours[user_id] = (mine[0], sum(mine))
        return hours

    @api.model
    def _prepare_load(self, planned, available):
        return {
            "planned": round(planned, 2),
            "available": round(available, 2),
            "percent": round(100 * planned / available) if available else False,
        }

    @api.model
    def _get_board_total(self, rows):
        """Return the figures of all persons together."""
        names = (*TOUCH_FIGURES, "overdue_weight", "promises")
        total = {name: sum(row[name] for row in rows) for name in names}
        for name in ("today", "ahead"):
            planned = sum(row[name]["planned"] for row in rows)
            total[name] = self._prepare_load(planned, sum(row[name]["available"] for row in rows))
        return total

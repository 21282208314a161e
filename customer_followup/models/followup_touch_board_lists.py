"""The leader's board: what he must decide, and the lists behind its numbers."""

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL


class FollowupTouch(models.Model):
    _inherit = "followup.touch"

    @api.model
    def get_team_board_action(self, key, user_id=None, date=None):
        """Return the action that opens the list behind a number of the board.

        :param key: name of a figure or of a decision
        :param user_id: whose figure; None = of all together
        :param date: as for :meth:`get_team_board`
        """
        self._check_may_open_board()
        if key in self._get_decision_actions():
            return self._get_decision_actions()[key]()
        people = self._get_board_people()
        if user_id:
            people = people.filtered(lambda person: person.id == user_id)
        days = self._get_board_days(people, fields.Date.to_date(date))
        name = self._get_board_names()[key]
        if user_id and people:
            name = f"{name} · {people.name}"
        if key == "promises":
            return self._prepare_list_action(
                "followup.promise", name, self._get_board_promise_domain(days)
            )
        return self._prepare_touch_action(name, self._get_board_domain(key, days))

    # ------------------------------------------------------------
    # What waits for the leader
    # ------------------------------------------------------------

    @api.model
    def _get_board_decisions(self):
        waiting = self._domain_stand_ins(), self._domain_of_archived()
        query = self._search(Domain.OR(waiting))
        conditions = [
            domain.optimize_full(self)._to_sql(self, self._table, query) for domain in waiting
        ]
        columns = [SQL("count(*) FILTER (WHERE %s)", condition) for condition in conditions]
        [(stand_ins, archived)] = self.env.execute_query(query.select(*columns))
        counts = {
            "stand_ins": stand_ins,
            "archived": archived,
            "uncovered": self.env["res.partner"].search_count([("is_uncovered", "=", True)]),
            "falls": self.env["customer.tier.decision"].search_count(self._domain_key_falls()),
        }
        return [{"key": key, "count": count} for key, count in counts.items()]

    @api.model
    def _domain_stand_ins(self):
        return Domain("state", "=", "planned") & Domain("stand_in_for_id", "!=", False)

    @api.model
    def _domain_of_archived(self):
        return Domain("state", "=", "planned") & Domain("user_id.active", "=", False)

    @api.model
    def _domain_key_falls(self):
        return Domain(
            [("direction", "=", "fall"), ("state", "=", "open"), ("service_class", "=", "key")]
        )

    @api.model
    def _get_decision_actions(self):
        """Return ``{key: method that returns the action}``."""
        return {
            "stand_ins": lambda: self._prepare_touch_action(
                self.env._("For Somebody Absent"), self._domain_stand_ins()
            ),
            "archived": lambda: self._prepare_touch_action(
                self.env._("Follow-ups of Archived People"), self._domain_of_archived()
            ),
            "uncovered": lambda: self._prepare_stored_action(
                "customer_followup.res_partner_action_uncovered"
            ),
            "falls": lambda: self._prepare_stored_action(
                "customer_tiering.customer_tier_decision_action",
                domain=list(self._domain_key_falls()),
                context={},
            ),
        }

    # ------------------------------------------------------------
    # Lists behind the numbers
    # ------------------------------------------------------------

    @api.model
    def _get_board_names(self):
        """Return ``{figure: title of its list}``."""
        return {
            "visits": self.env._("Visits of the Day"),
            "visits_done": self.env._("Visits Done"),
            "calls": self.env._("Calls of the Day"),
            "calls_done": self.env._("Calls Done"),
            "off_plan": self.env._("Off Plan"),
            "overdue": self.env._("Overdue"),
            "missed": self.env._("Missed in the last 30 Days"),
            "promises": self.env._("Overdue Promises"),
            "plan": self.env._("Planned for the Day"),
            "ahead": self.env._("Planned for the next 14 Days"),
        }

    @api.model
    def _prepare_touch_action(self, name, domain):
        return self._prepare_stored_action(
            "customer_followup.followup_touch_action", name=name, domain=list(domain), context={}
        )

    @api.model
    def _prepare_list_action(self, model, name, domain):
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "views": [(False, "list"), (False, "form")],
            "domain": list(domain),
            "context": {},
        }

    @api.model
    def _prepare_stored_action(self, xmlid, **values):
        action = {**self.env["ir.actions.actions"]._for_xml_id(xmlid), **values}
        if "domain" in values:
            # another list than the stored action's: reloading the page must not show that one
            for name in ("id", "xml_id", "path", "display_name"):
                action.pop(name, None)
        return action

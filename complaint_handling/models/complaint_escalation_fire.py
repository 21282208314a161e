"""What a step does: it hands over, raises the severity, notes, and tells."""

from markupsafe import Markup
from odoo import api, fields, models
from odoo.fields import Command
from odoo.tools import SQL

from odoo.addons.customer_followup.models.kinds import QUIET

from .kinds import AGENT, SEVERITIES

TO_DO_TYPE = "mail.mail_activity_data_todo"
LINE_BREAK = Markup("<br/>")


class ComplaintEscalation(models.Model):
    _inherit = "complaint.escalation"

    @api.model
    def _fire(self, acts):
        """Let steps act; all rows and effects are written in one transaction.

        :param acts: ``[(clock, steps that are due)]``, the steps in their order; only the last
            one acts, those before it are over and are recorded as skipped
        :return: the new rows of the log
        """
        fired = self.browse()
        by_company = {}
        for clock, steps in acts:
            by_company.setdefault(clock.company_id, []).append((clock, steps))
        for company, group in by_company.items():
            # notes are for everybody in the company
            fired |= self.with_context(
                **QUIET, lang=company.partner_id.lang, tz=company.resource_calendar_id.tz
            )._fire_in_company(group)
        return fired

    def _fire_in_company(self, acts):
        rows = []
        for clock, steps in acts:
            *passed, last = steps
            rows += [(clock, level, step, "skipped") for step in passed for level in step.levels]
            rows += [
                (clock, level, last, clock._get_level_state(last, level)) for level in last.levels
            ]
        told = self.env["complaint.escalation.level"]._find_told(
            [(level, clock.case_id) for clock, level, _step, state in rows if state == "told"]
        )
        escalations = self.create(
            [
                self._prepare_row(
                    clock, level, step.moment, state, told.get((level, clock.case_id))
                )
                for clock, level, step, state in rows
            ]
        )
        acting = escalations.filtered(lambda each: each.state == "told")
        acting._hand_over()
        acting._raise_severity()
        acting._note_on_cases()
        acting._make_activities()
        return escalations

    def _prepare_row(self, clock, level, moment, state, told):
        vals = {
            "clock_id": clock.id,
            "level_id": level.id,
            "level_name": level._describe(),
            "date_due": moment,
            "date_fired": fields.Datetime.now(),
            "state": state,
        }
        if state == "told":
            vals["user_ids"] = [Command.set(told.users.ids)]
            vals["mail_user_ids"] = [Command.set(told.users.ids if level.by_mail else [])]
            vals["note"] = told.note
        elif state == "seen":
            vals |= {"seen_by_id": clock.seen_by_id.id, "date_seen": clock.date_seen}
            vals["note"] = self.env._(
                "Nobody was told: %(user)s has taken it on.", user=clock.seen_by_id.name
            )
        else:
            vals["note"] = self.env._("Nobody was told: a later step was due already.")
        return vals

    # ------------------------------------------------------------
    # What it does to the case
    # ------------------------------------------------------------

    def _hand_over(self):
        """Make who is told the agent, where he may work on the case; else the team's leader."""
        for escalation in self.filtered("level_id.reassign"):
            case = escalation.case_id
            candidates = escalation.user_ids | case.team_id.leader_id
            agent = candidates.filtered(lambda user: user.active and user.has_group(AGENT))[:1]
            if not agent:
                escalation._add_note(
                    self.env._("It could not be handed over: nobody told may work on complaints.")
                )
            elif agent != case.user_id:
                escalation._add_note(self.env._("Handed over to %(user)s.", user=agent.name))
                case.user_id = agent

    def _raise_severity(self):
        """Make cases one step more severe; the case re-plans its promises by itself."""
        order = [severity for severity, _label in SEVERITIES]
        for escalation in self.filtered("level_id.raise_severity"):
            case = escalation.case_id
            place = order.index(case.severity) + 1
            if place < len(order):
                labels = dict(case._fields["severity"]._description_selection(self.env))
                escalation._add_note(
                    self.env._("Severity raised to %(severity)s.", severity=labels[order[place]])
                )
                case.severity = order[place]

    def _add_note(self, sentence):
        self.note = "\n".join(filter(None, [self.note, sentence]))

    # ------------------------------------------------------------
    # Whom it tells, and how
    # ------------------------------------------------------------

    def _note_on_cases(self):
        """Log on each case what happened; nobody gets a message from that."""
        noted = self.filtered("level_id.by_chatter")
        bodies = {
            case.id: LINE_BREAK.join(each._get_news() for each in escalations)
            for case, escalations in noted.grouped("case_id").items()
        }
        if bodies:
            noted.case_id._message_log_batch(bodies=bodies)

    def _make_activities(self):
        """Put a to-do on the list of everybody told who may open the case.

        A later step of the same promise takes the place of the earlier ones'.
        """
        rows = [
            (escalation, user)
            for escalation in self.filtered("level_id.by_activity")
            for user in escalation.user_ids
        ]
        users = self.env["res.users"].union(*(user for _escalation, user in rows))
        self._drop_older_activities(users)
        allowed = {
            user: self.case_id.with_user(user).sudo(False)._filtered_access("read")
            for user in users
        }
        rows = [(each, user) for each, user in rows if each.case_id.id in allowed[user].ids]
        activities = self.env["mail.activity"].create(
            [each._prepare_activity(user) for each, user in rows]
        )
        escalations = [each.id for each, _user in rows]
        self._link_activities(list(zip(escalations, activities.ids, strict=True)))

    def _link_activities(self, pairs):
        if not pairs:
            return
        # SQL: one statement for a whole batch, where the ORM would write row by row
        self.env.execute_query(
            SQL(
                "INSERT INTO complaint_escalation_activity_rel (escalation_id, activity_id)"
                " VALUES %s RETURNING escalation_id",
                SQL(", ").join(pairs),
            )
        )
        self.invalidate_recordset(["activity_ids"], flush=False)

    def _drop_older_activities(self, users):
        older = (self.clock_id.escalation_ids - self).activity_ids
        older.filtered(lambda activity: activity.active and activity.user_id in users).unlink()

    def _prepare_activity(self, user):
        mine = self.with_context(lang=user.lang, tz=user.tz or self.env.context.get("tz"))
        headline = mine._get_headline()
        return {
            "activity_type_id": self.env["ir.model.data"]._xmlid_to_res_id(TO_DO_TYPE),
            "res_model_id": self.env["ir.model"]._get_id("complaint.case"),
            "res_id": self.case_id.id,
            "user_id": user.id,
            "date_deadline": fields.Date.context_today(mine),
            "summary": headline,
            "note": LINE_BREAK.join([mine._get_reason(headline), mine._get_way_out()]),
            "automated": True,
        }

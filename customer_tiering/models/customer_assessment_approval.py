"""The course of a scorecard: confirmed by who judges, approved by his leader.

What has not changed since the last quarter needs no approval. Mass actions do what can be
done and say of each row left why.
"""

from markupsafe import Markup
from odoo import api, fields, models
from odoo.exceptions import UserError

from .customer_assessment import OPEN_STATES
from .customer_tier_scheme import PENDING
from .scorecard import DIMENSIONS

GROUP = "customer_tiering.customer_tiering_group_%s"
TO_DO_TYPE = "mail.mail_activity_data_todo"
#: Reasons shown in one message; a longer list helps nobody.
MAX_REASONS = 5


class CustomerAssessment(models.Model):
    _inherit = "customer.assessment"

    # ------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------

    def action_confirm(self):
        """Confirm: unchanged scorecards are approved at once, changed ones go to the leader."""
        ready, refused = self._split(lambda row: row._get_confirm_problem())
        unchanged = ready.filtered(lambda row: not row.changed)
        changed = ready - unchanged
        values = {
            "submit_user_id": self.env.uid,
            "submit_date": fields.Datetime.now(),
            "return_reason": False,
        }
        ready._close_activities()
        changed._set_workflow({**values, "state": "to_approve"})
        changed._tell_leaders()
        unchanged._set_workflow(
            {**values, "state": "approved", "approve_date": values["submit_date"]}
        )
        unchanged._refresh_following()
        return self._get_notification(
            [
                (self.env._("%s unchanged: approved at once.", len(unchanged)), unchanged),
                (self.env._("%s sent for approval.", len(changed)), changed),
            ],
            refused,
        )

    def action_approve(self):
        """Approve: the letters decide about the level from now on."""
        ready, refused = self._split(lambda row: row._get_approve_problem())
        ready._close_activities()
        ready._set_workflow(
            {
                "state": "approved",
                "approver_id": self.env.uid,
                "approve_date": fields.Datetime.now(),
            }
        )
        ready._refresh_following()
        ready._announce()
        ready._grade()
        return self._get_notification([(self.env._("%s approved.", len(ready)), ready)], refused)

    def action_return(self):
        """Ask for the reason and give the scorecards back."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Return with a Reason"),
            "res_model": "customer.assessment.return",
            "view_mode": "form",
            "target": "new",
            "context": {"default_assessment_ids": self.ids},
        }

    def _return(self, reason):
        """Give scorecards back to who judged, with a reason."""
        ready, refused = self._split(lambda row: row._get_approve_problem())
        ready._close_activities()
        ready._set_workflow({"state": "returned", "return_reason": reason})
        for judge, rows in ready.grouped(lambda row: row.user_id or row.submit_user_id).items():
            self._schedule_todo(rows, judge, lambda env: env._("Scorecard returned: %s", reason))
        return self._get_notification([(self.env._("%s returned.", len(ready)), ready)], refused)

    def action_reopen(self):
        """Take back what waits for approval; reopen, as a manager, what is approved."""
        ready, refused = self._split(lambda row: row._get_reopen_problem())
        approved = ready.filtered(lambda row: row.state == "approved")
        ready._close_activities()
        ready._set_workflow(
            {
                "state": "draft",
                "submit_user_id": False,
                "submit_date": False,
                "approver_id": False,
                "approve_date": False,
            }
        )
        approved._refresh_following()
        approved._grade()
        return self._get_notification([(self.env._("%s open again.", len(ready)), ready)], refused)

    def action_open(self):
        """Open one scorecard with its criteria, answered as last time where they were."""
        self.ensure_one()
        if self.state in OPEN_STATES and self.has_access("write"):
            self._add_criteria()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "form",
            "res_id": self.id,
        }

    def action_add_criteria(self):
        """Show the criteria on this scorecard, to draw the letters from their answers."""
        self.ensure_one()
        self._check_open()
        if not self._get_criteria():
            raise UserError(
                self.env._("There are no criteria yet. A manager adds them in the configuration.")
            )
        self._add_criteria()

    def _add_criteria(self):
        """Add the criteria this scorecard does not have, with the answers of the one before."""
        self.ensure_one()
        criteria = self._get_criteria() - self._get_answers().criterion_id
        # sudo: the scorecard before is of the same customer, maybe of another judge
        answers = self.previous_id.sudo()._get_answers()
        before = {answer.criterion_id.id: answer.score for answer in answers}
        # letters were copied or set: criteria that merely appear must not change them
        pending = self.env["customer.assessment.answer"].with_context(
            assessment_answers_pending=PENDING
        )
        pending.create(
            [
                {
                    "assessment_id": self.id,
                    "criterion_id": criterion.id,
                    "score": before.get(criterion.id, "0"),
                }
                for criterion in criteria
            ]
        )

    def _absorb(self, others):
        """Take over scorecards of the same quarter, of customers merged into this one (sudo).

        Their letters become notes; answers to criteria this one lacks move here.
        """
        self.ensure_one()
        labels = self._get_dimension_labels()
        states = dict(self._fields["state"]._description_selection(self.env))
        for other in others:
            letters = ", ".join(f"{labels[name]} {other[name] or '–'}" for name in DIMENSIONS)
            self._message_log(
                body=self.env._(
                    "Merged with the scorecard of %(customer)s: %(letters)s (%(state)s).",
                    customer=other.partner_id.display_name,
                    letters=letters,
                    state=states[other.state],
                )
            )
            other.message_change_thread(self)
            known = self._get_answers().criterion_id
            answers = other._get_answers().filtered(
                lambda answer, own=known: answer.criterion_id not in own
            )
            answers.with_context(assessment_answers_pending=PENDING).write(
                {"assessment_id": self.id}
            )
        others.unlink()

    def _get_answers(self):
        return self.env["customer.assessment.answer"].search([("assessment_id", "in", self.ids)])

    # ------------------------------------------------------------
    # Who may do what
    # ------------------------------------------------------------

    def _split(self, get_problem):
        """Split rows into those an action can be done for, and reasons for the others.

        :return: ``(ready, [(row, sentence)])``
        """
        writable = self._filtered_access("write")
        foreign = self.env._("it is not yours to change.")
        refused = [(row, foreign) for row in self - writable]
        ready = self.browse()
        for row in writable:
            if problem := get_problem(row):
                refused.append((row, problem))
            else:
                ready |= row
        return ready, refused

    def _get_confirm_problem(self):
        self.ensure_one()
        if self.state not in OPEN_STATES:
            return self.env._("it is already confirmed.")
        if self.partner_id.sudo().tier_exempt:
            return self.env._("the customer is exempt from grading.")
        labels = self._get_dimension_labels()
        missing = [labels[dimension] for dimension in DIMENSIONS if not self[dimension]]
        if missing:
            return self.env._("a letter is missing for: %s.", ", ".join(missing))
        return ""

    def _get_approve_problem(self):
        """Say why the current user cannot approve or return this scorecard, or nothing.

        Nobody approves his own: neither of customers he is account manager of nor what he
        confirmed himself. A manager may, so that a company of one can work.
        """
        self.ensure_one()
        if self.state != "to_approve":
            return self.env._("it does not wait for approval.")
        user = self.env.user
        if self.env.su or user.has_group(GROUP % "manager"):
            return ""
        if not user.has_group(GROUP % "team"):
            return self.env._("only team leaders and above approve scorecards.")
        if user in (self.user_id, self.submit_user_id):
            return self.env._("nobody approves his own scorecards.")
        return ""

    def _get_reopen_problem(self):
        self.ensure_one()
        if self.state in OPEN_STATES:
            return self.env._("it is open already.")
        if self.state == "approved" and not (
            self.env.su or self.env.user.has_group(GROUP % "manager")
        ):
            return self.env._("only managers reopen an approved scorecard.")
        return ""

    @api.depends("state", "user_id", "submit_user_id")
    @api.depends_context("uid")
    def _compute_can_approve(self):
        for assessment in self:
            assessment.can_approve = not assessment._get_approve_problem()

    # ------------------------------------------------------------
    # What follows
    # ------------------------------------------------------------

    def _set_workflow(self, vals):
        """Write what only a business method may; rights to the rows were checked."""
        self.with_context(assessment_workflow=PENDING).write(vals)

    def _refresh_following(self):
        """Compare later scorecards of these customers anew with what is now before them."""
        if not self:
            return
        # sudo: which rows come later does not depend on who may see them
        following = self.sudo().search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                ("period", ">", min(self.mapped("period"))),
            ]
        )
        following._compare_anew()

    def _grade(self):
        """Let the approved letters decide about the levels at once."""
        if self:
            self.env["customer.tier.scheme"]._grade_assessed(self)

    def _announce(self):
        """Note the new letters on the customer; tell his account manager of a rise.

        Letters only: the names of the categories are not for the customer's eyes, and a
        note on the customer may be forwarded.
        """
        changed = self.filtered("changed")
        if not changed:
            return
        # sudo: a note of ours on a customer the approver may not be allowed to edit
        changed.partner_id.sudo()._message_log_batch(
            bodies={row.partner_id.id: row._get_note() for row in changed}
        )
        rises = changed.filtered("potential_rises").grouped(
            lambda row: (row.user_id, row.previous_potential, row.potential)
        )
        for (user, before, now), rows in rises.items():
            self._schedule_todo(
                rows.partner_id,
                user,
                lambda env, before=before, now=now: env._(
                    "Potential rises from %(before)s to %(now)s: invest now?",
                    before=before,
                    now=now,
                ),
            )

    def _get_note(self):
        self.ensure_one()
        labels = self._get_dimension_labels()
        letters = ", ".join(f"{labels[name]} {self[name]}" for name in DIMENSIONS)
        return Markup("<p>%s</p>") % self.env._(
            "Scorecard of %(period)s: %(letters)s (%(changes)s).",
            period=self.period_name,
            letters=letters,
            changes=self.change_summary,
        )

    def _tell_leaders(self):
        """Put what waits for approval on the list of who approves it."""
        for leader, rows in self.grouped(lambda row: row._get_leader()).items():
            self._schedule_todo(rows, leader, lambda env: env._("Scorecard to approve"))

    def _get_leader(self):
        """Return the nearest leader who may approve this scorecard, if there is one."""
        self.ensure_one()
        # sudo: groups and companies of other users
        judges = self.user_id | self.submit_user_id
        managers = (self.user_id or self.submit_user_id).sudo()._get_care_managers()
        for leader in managers - judges:
            allowed = self.company_id in leader.company_ids.parent_ids
            if leader.active and allowed and leader.has_group(GROUP % "team"):
                return leader
        return managers.browse()

    @api.model
    def _schedule_todo(self, records, user, get_summary):
        """Give a user a to-do of core on each record, in his language and without a mail."""
        if not user:
            return
        # sudo: the right to the act that makes the to-do was checked
        user_sudo = user.sudo()
        records = records.sudo().with_context(
            tz=user_sudo.tz, lang=user_sudo.lang, mail_activity_quick_update=True
        )
        records.activity_schedule(TO_DO_TYPE, summary=get_summary(records.env), user_id=user.id)

    def _close_activities(self):
        """Remove the to-dos of the step that is over."""
        # sudo: they belong to other users
        self.sudo().activity_unlink([TO_DO_TYPE])

    # ------------------------------------------------------------
    # What the user is told
    # ------------------------------------------------------------

    def _get_notification(self, done, refused):
        """Return the message that closes an action, with the list refreshed behind it.

        :param done: list of (sentence, rows); those without rows are left out
        :param refused: list of (row, sentence)
        :raise UserError: when nothing could be done
        """
        sentences = [sentence for sentence, rows in done if rows]
        readable = self._filtered_access("read")
        reasons = [
            self.env._(
                "%(scorecard)s: %(reason)s",
                scorecard=row.display_name if row in readable else self.env._("A scorecard"),
                reason=why,
            )
            for row, why in refused[:MAX_REASONS]
        ]
        if len(refused) > MAX_REASONS:
            reasons.append(self.env._("… and %s more.", len(refused) - MAX_REASONS))
        if refused and not sentences:
            raise UserError("\n".join(reasons))
        if refused:
            sentences.append(self.env._("%s left as they are:", len(refused)))
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "message": "\n".join([*sentences, *reasons]),
                "type": "warning" if refused else "success",
                "sticky": bool(refused),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

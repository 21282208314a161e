from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from .kinds import AGENT, ENDED, MANAGER, SEVERE

#: Nothing was to be solved for them: nobody is asked, unless a policy says how.
NOT_ASKED = ("suggestion", "praise")
#: Without a promise to verify, a call is made within so many days after asking becomes sensible.
CALL_DAYS = 2
#: Without a policy a case is closed so many days after nobody objected.
SILENCE_DAYS = 7


class ComplaintCase(models.Model):
    """Nothing is closed that the customer does not accept.

    Context key ``complaint_close_reason``: a leader closes without it, and said why.
    """

    _inherit = "complaint.case"

    verification_ids = fields.One2many("complaint.verification", "case_id", string="Verifications")
    verification_id = fields.Many2one(
        "complaint.verification",
        string="Last Verification",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    verification_count = fields.Integer(compute="_compute_verification_count")

    @api.depends("verification_ids")
    def _compute_verification_count(self):
        rows = self.env["complaint.verification"]._read_group(
            [("case_id", "in", self.ids)], ["case_id"], ["__count"]
        )
        counts = {case.id: count for case, count in rows}
        for case in self:
            case.verification_count = counts.get(case.id, 0)

    def _get_due_verification(self):
        # sudo: whether the customer is being asked does not depend on who looks
        verification = self.sudo().verification_id
        return verification.filtered(lambda each: each.state == "due")

    # ------------------------------------------------------------
    # Beginning
    # ------------------------------------------------------------

    def _after_solving(self):
        """Ask the customers as the policies say; what needs no question is closed."""
        result = super()._after_solving()
        verified = self.env["complaint.verification"]._begin(self).case_id
        (self - verified)._close()
        return result

    def _plan_verification(self, policy, callers):
        """Return the values of the verification of a solved case, none where nobody asks.

        :param callers: the :class:`Callers` of all cases that are planned together
        """
        self.ensure_one()
        method = self._get_verification_method(policy)
        solver = self._get_solver()
        concerned = solver | self.user_id
        caller = self._pick_caller(concerned, callers) if method == "call" else None
        if method == "call" and not caller:
            method = "mail"
        if method == "mail" and not self._may_be_asked_by_mail():
            method = "silence"
        if method == "none":
            return {}
        now = fields.Datetime.now()
        asked = now + timedelta(days=policy.ask_after_days if policy else 1)
        values = {
            "case_id": self.id,
            "run": self.run,
            "method": method,
            "solved_by_id": solver.id,
        }
        if method == "call":
            promised = self._get_open_clocks("verify")[:1].date_due
            due = promised or asked + timedelta(days=CALL_DAYS)
            callers.give(caller)
            return {**values, "user_id": caller.id, "date_due": due}
        due = now + timedelta(days=self._get_silence_days(policy))
        return {**values, "date_due": due, "date_event": asked if method == "mail" else due}

    def _get_solver(self):
        """Return who solves the case now: who acts, else its agent where a program does."""
        self.ensure_one()
        user = self.env.user
        acts = user.active and not user.share and not user._is_superuser()
        return user if acts or not self.user_id else self.user_id

    def _get_verification_method(self, policy):
        """Return how the customer is asked: as the policy says, else by importance."""
        method = policy.verification or "rule"
        if method != "rule":
            return method
        if self.kind in NOT_ASKED:
            return "none"
        return "call" if self._needs_call() else "mail"

    def _needs_call(self):
        """Say whether a case is important enough for a call."""
        self.ensure_one()
        return self.service_class == "key" or self.severity in SEVERE or self._has_compensation()

    def _may_be_asked_by_mail(self):
        self.ensure_one()
        address = self._get_contact().email or self.email_from
        return bool(address and self._may_mail_customer())

    def _get_silence_days(self, policy):
        return policy.silence_days or SILENCE_DAYS

    def _pick_caller(self, others_than, callers):
        """Return who calls the customer: who has the fewest calls of the team, else its leader.

        :param others_than: who solved the case, and whose case it is
        :param callers: the :class:`Callers` of all cases that are planned together
        """
        self.ensure_one()
        # sudo: who of the team is there
        team, company = self.team_id.sudo(), self.company_id
        members = callers.get_members(team, company) - others_than
        if members:
            return callers.pick(members)
        leader = (team.leader_id - others_than).filtered("active")
        if not leader or company not in leader.company_ids:
            return leader.browse()
        return leader.browse() if callers.is_away(leader, company) else leader

    def _after_write(self, vals, before):
        """Who gets a solved case does not ask the customer about it himself."""
        result = super()._after_write(vals, before)
        if "user_id" in vals:
            due = self._get_due_verification()
            own = due.filtered(lambda each: each.user_id and each.user_id == each.case_id.user_id)
            own._find_other_callers()
        return result

    # ------------------------------------------------------------
    # What the customer says, from pages that checked who he is
    # ------------------------------------------------------------

    def _accept_solution(self, outcome, handling, note):
        """The customer accepts the solution.

        :param outcome: rating 1 to 5 of the outcome, 0 = none
        :param handling: rating 1 to 5 of the handling, 0 = none
        :param note: his words
        """
        self.ensure_one()
        if self.verification_id.run == self.run:
            self.verification_id._confirm(outcome, handling, note)
        if self.stage_kind == "resolved":
            self.verification_state = "confirmed"
            self._close()

    def _refuse_solution(self, outcome, handling, note):
        """The customer does not accept the solution. Parameters as of :meth:`_accept_solution`."""
        self.ensure_one()
        if self.verification_id.run == self.run and self.verification_id.state != "cancelled":
            self.verification_id._refuse(outcome, handling, note)
        else:
            self._reopen_one_level_up(note)

    def _note_spoken_verdict(self, outcome, note=None):
        """Keep what the customer said on the phone, as a rating of Odoo's, too.

        He is not asked by mail any more. Context key ``complaint_verdict``: what follows from
        the rating is done by the caller.
        """
        self.ensure_one()
        # sudo: ratings are kept by the system
        case = self.sudo().with_context(complaint_verdict=True)
        case.write({"verdict_run": case.run, "date_rating_asked": False})
        if outcome:
            case.rating_apply(
                outcome,
                token=case._rating_get_access_token(case._get_contact()),
                feedback=note,
                subtype_xmlid="mail.mt_note",
            )

    # ------------------------------------------------------------
    # Taken up again
    # ------------------------------------------------------------

    def _after_reopening(self):
        self._get_due_verification()._cancel()
        return super()._after_reopening()

    def _get_undo_values(self):
        """Return how the case is before a refusal, as JSON."""
        self.ensure_one()
        return {
            "user_id": self.user_id.id,
            "communicated_message_id": self.communicated_message_id.id,
            **{
                name: fields.Datetime.to_string(self[name])
                for name in ("date_communicated", "date_resolved", "date_closed")
            },
        }

    def _reopen_one_level_up(self, note=None):
        """Take a case up again and give it to who leads its agent.

        :param note: the customer's words
        :return: the activity of who has it now
        """
        self.ensure_one()
        agent, leader = self.user_id, self._get_next_up()
        if self.stage_kind in ("resolved", "closed", "rejected"):
            self._reopen(self.env._("The customer does not accept the solution."))
        if leader:
            self.user_id = leader
        words = self.env._(
            "The customer does not accept the solution. It is with %(leader)s now, after "
            "%(agent)s: %(note)s",
            leader=self.user_id.name or self.env._("nobody"),
            agent=agent.name or self.env._("nobody"),
            note=note or "–",
        )
        self._message_log(body=words)
        if not self.user_id:
            return self.env["mail.activity"]
        return self.with_context(lang=self.user_id.lang, tz=self.user_id.tz).activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=self.user_id.id,
            summary=self.env._("The customer does not accept the solution"),
            note=note,
        )

    def _get_next_up(self):
        """Return who is above the agent: the team's leader, else the line of command.

        Where nobody there works with complaints, a complaint manager; else nobody.
        """
        self.ensure_one()
        # sudo: who leads whom
        agent, leader = self.sudo().user_id, self.sudo().team_id.leader_id
        line = leader | (leader or agent)._get_care_managers()
        managers = self.env.ref(MANAGER).sudo().all_user_ids.sorted("id")
        for user in [*line, *managers]:
            if (
                user != agent
                and user.active
                and not user.share
                and self.company_id in user.company_ids
                and user.has_group(AGENT)
            ):
                return user
        return agent.browse()

    # ------------------------------------------------------------
    # Closing by hand
    # ------------------------------------------------------------

    def action_close(self):
        """Close solved cases; a leader says why where the customer was not asked yet."""
        if len(self) == 1 and not self.env.su and self._get_due_verification():
            if self._may_skip_verification():
                action = self.env["ir.actions.act_window"]._for_xml_id(
                    "complaint_handling.complaint_close_action"
                )
                action["context"] = {"default_case_id": self.id}
                return action
        return super().action_close()

    def action_verifications(self):
        """Show how it was found out whether the customer accepts."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_verification_action"
        )
        action["domain"] = [("case_id", "=", self.id)]
        action["context"] = {}
        if self.verification_count == 1:
            action.update(
                views=[(False, "form")], view_mode="form", res_id=self.verification_ids.id
            )
        return action

    def _may_skip_verification(self):
        """Say whether the user may close without asking the customer: a leader or a manager."""
        self.ensure_one()
        user = self.env.user
        # sudo: who leads whom
        leader = self.sudo().team_id.leader_id
        return user.has_group(MANAGER) or user in (leader | leader._get_care_managers())

    def _get_closing_obstacles(self):
        obstacles = super()._get_closing_obstacles()
        if self.stage_kind != "resolved" or self.env.su or not self._get_due_verification():
            return obstacles
        if not self._may_skip_verification():
            return obstacles + [
                self.env._(
                    "The customer has not said yet whether he accepts the solution; only the "
                    "team's leader or a complaint manager may close it before."
                )
            ]
        if not self.env.context.get("complaint_close_reason"):
            return obstacles + [
                self.env._(
                    "The customer has not said yet whether he accepts the solution: use “Close” "
                    "on the case and give the reason."
                )
            ]
        return obstacles

    def _close_unverified(self, reason):
        """Close a case before the customer has said whether he accepts.

        :raise UserError: if the user may not
        """
        self.ensure_one()
        if not self._may_skip_verification():
            raise UserError(
                self.env._("Only the team's leader or a complaint manager may close it unverified.")
            )
        self.with_context(complaint_close_reason=reason)._close()
        self._message_log(
            body=self.env._(
                "%(user)s closed it without the customer's word: %(reason)s",
                user=self.env.user.name,
                reason=reason,
            )
        )

    def _after_move(self, old, new):
        result = super()._after_move(old, new)
        if new in ENDED:
            self._get_due_verification()._cancel(self.env.context.get("complaint_close_reason"))
        if new == "resolved" or new in ENDED:
            self.filtered("reopen_count")._drop_refusal_activities()
        return result

    def _drop_refusal_activities(self):
        """What was refused is solved anew: whoever did it, nobody is asked to any more."""
        # sudo: the to-do may be a colleague's
        refusals = self.sudo().verification_ids.filtered("before_refusal")
        known = [each.before_refusal["activity_id"] for each in refusals]
        activities = self.env["mail.activity"].sudo().browse(filter(None, known))
        activities.exists().filtered("active").unlink()

    def _get_holder(self):
        held_by, user = super()._get_holder()
        if held_by == "verification":
            return held_by, self._get_due_verification().user_id
        return held_by, user

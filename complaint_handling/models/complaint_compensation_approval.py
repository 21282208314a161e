from math import inf

from odoo import fields, models
from odoo.exceptions import UserError

from .complaint_compensation import ASKED
from .kinds import AGENT

TO_DO_TYPE = "mail.mail_activity_data_todo"


class ComplaintCompensation(models.Model):
    """Who may grant how much: within one's authority at once, else somebody above approves.

    All compensations of a case count together, so splitting one evades nothing.
    """

    _inherit = "complaint.compensation"

    def _get_total(self):
        """Return what is granted and asked for on the case together with this one."""
        self.ensure_one()
        # sudo: all of the case count, whoever may see them
        others = self.sudo().case_id.compensation_ids - self
        counted = others.filtered(lambda each: each.state in ASKED)
        return self.amount_company + sum(counted.mapped("amount_company"))

    def _may_grant(self, user):
        """Say whether the authority of somebody is enough for this compensation."""
        self.ensure_one()
        company = self.company_id
        limit = self.env["complaint.authority"]._get_limit(user, company)
        return limit == inf or company.currency_id.compare_amounts(self._get_total(), limit) <= 0

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------

    def action_request(self):
        """Grant it within one's own authority, else ask who may approve it."""
        self.check_access("write")
        for compensation in self.filtered(lambda each: each.state == "draft"):
            compensation._check_request()
            compensation._request()
        return True

    def _check_request(self):
        if not self.amount and self.type != "other":
            raise UserError(self.env._("Enter what the compensation is worth."))
        if not self.partner_id and self.type != "other":
            raise UserError(
                self.env._(
                    "%(case)s has no customer yet: enter who gets the compensation.",
                    case=self.case_id.display_name,
                )
            )

    def _request(self):
        # two requests at once count each other
        self.case_id.sudo().lock_for_update()
        # sudo: how it stands is written by the methods only
        compensation = self.sudo()
        compensation.write(
            {"requested_by_id": self.env.uid, "date_requested": fields.Datetime.now()}
        )
        if self._may_grant(self.env.user):
            compensation._approve()
            return
        approver = compensation._find_approver()
        compensation.write({"state": "to_approve", "approver_id": approver.id})
        compensation._ask_approver()

    def _ask_again(self):
        """What was approved is not what is there now: ask anew."""
        self._withdraw_document()
        self._clear_activities()
        for compensation in self:
            # sudo: how it stands is written by the methods only
            compensation.sudo().write(
                {"state": "draft", "approved_by_id": False, "date_approved": False}
            )
            compensation._check_request()
            compensation._request()

    def _find_approver(self):
        """Return the nearest leader with enough authority: first of those who are there.

        The team's leader, then the line of command of who asks; where nobody there may grant so
        much, somebody else of the company.
        """
        self.ensure_one()
        asker = self.requested_by_id
        line = self.case_id.team_id.leader_id | asker._get_care_managers()
        fit = self._filter_approvers(line)
        if not fit:
            authorities = self.env["complaint.authority"].search(
                [("company_id", "parent_of", self.company_id.ids)]
            )
            fit = self._filter_approvers(authorities.group_id.all_user_ids.sorted("id"))
        today = fields.Date.context_today(self)
        absent = fit._get_absent([today], self.company_id)
        return fit.filtered(lambda user: (user.id, today) not in absent)[:1] or fit[:1]

    def _filter_approvers(self, users):
        """Return those who could approve this, in the given order."""
        return users.filtered(
            lambda user: user != self.requested_by_id
            and user.active
            and not user.share
            and self.company_id in user.company_ids
            and user.has_group(AGENT)
            and self._may_grant(user)
        )

    def _ask_approver(self):
        user = self.approver_id
        if not user:
            self.case_id._message_log(
                body=self.env._(
                    "Nobody in %(company)s may grant a compensation of %(total)s: ask your "
                    "administrator to raise somebody's authority.",
                    company=self.company_id.name,
                    total=self.company_currency_id.format(self._get_total()),
                )
            )
            return
        self.with_context(lang=user.lang, tz=user.tz).activity_schedule(
            TO_DO_TYPE,
            user_id=user.id,
            summary=self.env._(
                "Approve a compensation of %(amount)s",
                amount=self.currency_id.format(self.amount),
            ),
            note=self.reason,
        )

    def _clear_activities(self):
        # sudo: they ask for something that is over
        self.sudo().activity_unlink([TO_DO_TYPE])

    # ------------------------------------------------------------
    # Deciding
    # ------------------------------------------------------------

    def action_approve(self):
        """Grant what somebody else asked for."""
        for compensation in self:
            compensation._check_decision()
            if not compensation._may_grant(self.env.user):
                raise UserError(
                    self.env._(
                        "%(compensation)s: with all others of the case it is %(total)s, more than "
                        "you may grant.",
                        compensation=compensation.display_name,
                        total=compensation.company_currency_id.format(compensation._get_total()),
                    )
                )
            # sudo: the authority was checked
            compensation.sudo()._approve()
            compensation._tell_asker(self.env._("%(user)s approved it.", user=self.env.user.name))
        return True

    def _refuse(self, reason):
        """Refuse what somebody else asked for.

        :param reason: sentence for the one who asked
        """
        for compensation in self:
            compensation._check_decision()
            # sudo: how it stands is written by the methods only
            compensation.sudo().write({"state": "refused"})
            compensation._clear_activities()
            compensation._tell_asker(
                self.env._(
                    "%(user)s refused it: %(reason)s", user=self.env.user.name, reason=reason
                )
            )

    def _check_decision(self):
        """Nobody decides on his own request, or on one that waits for no decision."""
        self.ensure_one()
        self.check_access("write")
        if self.state != "to_approve":
            raise UserError(
                self.env._(
                    "%(compensation)s waits for no approval.", compensation=self.display_name
                )
            )
        if self.requested_by_id == self.env.user:
            raise UserError(
                self.env._("You asked for it yourself: somebody else has to decide on it.")
            )

    def _approve(self):
        """Note the approval of the user and make the draft document; called as superuser."""
        self.write(
            {
                "state": "approved",
                "approved_by_id": self.env.uid,
                "date_approved": fields.Datetime.now(),
            }
        )
        self._clear_activities()
        self._make_document()

    def _tell_asker(self, words):
        """Leave a note that who asked gets as a message."""
        # sudo: the note belongs to the record the user decided on
        self.sudo().message_post(
            body=words,
            subtype_xmlid="mail.mt_note",
            author_id=self.env.user.partner_id.id,
            partner_ids=(self.requested_by_id - self.env.user).partner_id.ids,
        )

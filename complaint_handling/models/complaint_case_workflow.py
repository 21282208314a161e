from datetime import timedelta

from odoo import fields, models
from odoo.exceptions import UserError

from .kinds import ENDED, MANAGER, WORKING

#: Where a case may go from each kind of stage; the conditions come on top.
WAYS = {
    **dict.fromkeys(WORKING, (*WORKING, "resolved", *ENDED)),
    "resolved": (*WORKING, "resolved", "closed"),
    "closed": (*WORKING, "closed"),
    "rejected": (*WORKING, "rejected"),
}


class ComplaintCase(models.Model):
    """How a case moves: taken, solved and told, verified, closed, reopened.

    Every way to another stage, dragging a card included, ends in :meth:`write`, so the dates
    are true and the clocks know.
    """

    _inherit = "complaint.case"

    # ------------------------------------------------------------
    # Stages
    # ------------------------------------------------------------

    def write(self, vals):
        if "stage_id" not in vals:
            return super().write(vals)
        stage = self.env["complaint.stage"].browse(vals["stage_id"])
        before = {case: case.stage_kind for case in self}
        moved = self.filtered(lambda case: case.stage_id != stage)
        moved._check_move(stage, vals)
        back = moved.filtered(
            lambda case: before[case] in ("resolved", *ENDED) and stage.kind in WORKING
        )
        result = super().write(vals)
        # sudo: dates and clocks are nobody's to write but these methods'
        for kind, cases in moved.sudo().grouped(before.get).items():
            if kind != stage.kind:
                cases._after_move(kind, stage.kind)
        back.sudo()._after_reopening()
        moved._note_holder()
        return result

    def _check_begin(self):
        """A case begins with work to do: nothing is born solved."""
        for case in self.filtered(lambda case: case.stage_kind not in WORKING):
            raise UserError(
                self.env._(
                    "A new case cannot begin as “%(stage)s”: enter it as new, then solve or "
                    "reject it.",
                    stage=case.stage_id.name,
                )
            )

    def _check_way(self, stage):
        """Refuse ways that make no sense: what is solved is closed or taken up again."""
        for case in self.filtered(lambda case: stage.kind not in WAYS[case.stage_kind]):
            raise UserError(
                self.env._(
                    "%(case)s is “%(old)s” and cannot become “%(new)s”: reopen it first.",
                    case=case.display_name,
                    old=case.stage_id.name,
                    new=stage.name,
                )
            )

    def _check_move(self, stage, vals):
        """Refuse a move whose conditions are not met, with what to do instead."""
        self._check_way(stage)
        for case in self.filtered(lambda case: case.stage_kind != stage.kind):
            obstacles = {
                "resolved": case._get_solving_obstacles,
                "closed": case._get_closing_obstacles,
                "rejected": lambda case=case: case._get_rejecting_obstacles(vals),
            }.get(stage.kind, list)()
            if obstacles:
                raise UserError("\n".join([f"{case.display_name}:", *obstacles]))

    def _get_work_obstacles(self):
        """Hook: return sentences that say what has to be finished before the case is solved."""
        return []

    def _get_solving_obstacles(self):
        """Return sentences that say why this case cannot be solved now."""
        obstacles = self._get_work_obstacles()
        if not self.date_communicated:
            obstacles.append(
                self.env._(
                    "The customer does not know the solution yet: use “Solve and tell the "
                    "customer”."
                )
            )
        return obstacles

    def _get_closing_obstacles(self):
        """Return sentences that say why this case cannot be closed now."""
        if self.date_communicated:
            return []
        return [
            self.env._(
                "The customer does not know the decision yet: solve the case and tell him, or "
                "reject it with a reason."
            )
        ]

    def _get_rejecting_obstacles(self, vals):
        told = self.date_communicated or vals.get("date_communicated")
        told = told or self.env.context.get("complaint_untold")
        if told and (self.reject_reason_id or vals.get("reject_reason_id")):
            return []
        return [self.env._("Use “Reject”: give the reason, and tell the customer.")]

    def _after_move(self, old, new):
        """Set dates and clocks after a move from one kind of stage to another."""
        now = fields.Datetime.now()
        if new in WORKING and new != "new":
            self.filtered(lambda case: not case.date_accepted).write({"date_accepted": now})
        if new == "resolved":
            self.write({"date_resolved": now})
            self._end_work(now)
            self._start_clocks(["verify"], now)
            self._after_solving()
        elif new in ENDED:
            self.write({"date_closed": now, "pause_reason_id": False, "date_paused": False})
            # who was told nothing was given no answer, either
            self.filtered("date_communicated")._end_work(now)
            self._get_open_clocks()._cancel(now)

    def _end_work(self, moment):
        """The matter is solved: the promise to solve it is kept, others are not needed."""
        self.write({"pause_reason_id": False, "date_paused": False})
        kept = self._get_open_clocks("resolve", "first_response")
        proofs = {
            clock: (
                clock.case_id.date_communicated or moment,
                clock.case_id.communicated_message_id,
            )
            for clock in kept
        }
        kept._meet_each(proofs)
        self._get_open_clocks("update")._cancel(moment)
        verified = self.filtered(lambda case: case.stage_kind == "closed")
        verified._get_open_clocks("verify")._meet(moment)

    def _after_solving(self):
        """Hook: how the customer is asked whether he accepts the solution."""

    def _after_reopening(self):
        """Begin a new run: dates of the old one would be lies."""
        runs = self.grouped(lambda case: (case.reopen_count, case.run))
        for (reopen_count, run), cases in runs.items():
            cases.write(
                {
                    "date_resolved": False,
                    "date_closed": False,
                    "date_communicated": False,
                    "communicated_message_id": False,
                    "reject_reason_id": False,
                    "verification_state": "not_needed",
                    "reopen_count": reopen_count + 1,
                    "run": run + 1,
                }
            )
        self._get_open_clocks("verify")._cancel()
        self._start_clocks(("update", "resolve"), fields.Datetime.now())

    # ------------------------------------------------------------
    # Acts
    # ------------------------------------------------------------

    def action_take(self):
        """Assign the cases to the user and accept them, in one click.

        What a colleague has accepted stays with him: a screen may be older than his click.
        """
        new = self.filtered(lambda case: case.stage_kind == "new")
        others = (self - new).filtered(lambda case: case.user_id and case.user_id != self.env.user)
        (self - new - others).write({"user_id": self.env.uid})
        if new:
            accepted = self.env["complaint.stage"]._get("accepted")
            new.write({"user_id": self.env.uid, "stage_id": accepted.id})
        return others._tell_taken() if others else True

    def _tell_taken(self):
        """Return the notification that colleagues were faster."""
        words = [
            self.env._("%(case)s is with %(user)s.", case=case.number, user=case.user_id.name)
            for case in self
        ]
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "title": self.env._("Already taken by a colleague"),
                "message": " ".join(words),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_start(self):
        """Say that work on the cases has begun."""
        self.filtered(lambda case: not case.user_id).write({"user_id": self.env.uid})
        self.write({"stage_id": self.env["complaint.stage"]._get("progress").id})
        return True

    def action_close(self):
        """Close solved cases."""
        self._close()
        return True

    def action_reopen(self):
        """Take up again cases that were solved, closed or rejected."""
        self._reopen(self.env._("Reopened by %(user)s.", user=self.env.user.name))
        return True

    def action_resume(self):
        """Let the clocks run again before the customer has answered."""
        self._resume()
        return True

    def _tell_customer(self, body, attachments=None):
        """Send the customer a message of the user and return it.

        It goes to his contact, or to the address given where he is not known yet.

        :raise UserError: if there is no address
        """
        self.ensure_one()
        contact = self._get_contact()
        if not (contact.email or self.email_from):
            raise UserError(
                self.env._(
                    "%(case)s has no mail address: enter one, or tell the customer by phone and "
                    "say so.",
                    case=self.display_name,
                )
            )
        return self.message_post(
            body=body,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=contact.ids,
            outgoing_email_to=False if contact.email else self.email_from,
            attachment_ids=attachments.ids if attachments else None,
        )

    def _resolve(self, vals, message=None):
        """Solve a case whose solution was told to the customer.

        :param vals: what was granted and why it happened, as values of the case
        :param message: the message he got; without one he was told otherwise
        """
        self.ensure_one()
        self.write(vals)
        self._note_told(message)
        self.write({"stage_id": self.env["complaint.stage"]._get("resolved").id})

    def _note_told(self, message=None):
        """Note that the customer knows the decision."""
        # sudo: only who tells him notes it
        self.sudo().write(
            {
                "date_communicated": fields.Datetime.now(),
                "communicated_message_id": message.id if message else False,
            }
        )

    def _reject(self, reason, message=None):
        """Reject a case; nothing else is done about it.

        Context key ``complaint_untold``: nobody is told, which is right for spam.

        :param message: what the customer was told; without it his promises are not kept but void
        """
        self.ensure_one()
        if message:
            self._note_told(message)
        self.with_context(complaint_untold=True).write(
            {
                "reject_reason_id": reason.id,
                "stage_id": self.env["complaint.stage"]._get("rejected").id,
            }
        )

    def _close(self):
        """Close cases; refused for those whose customer does not know the decision."""
        self.write({"stage_id": self.env["complaint.stage"]._get("closed").id})

    def _reopen(self, reason, message=None):
        """Take up cases again.

        :param reason: sentence for the case's log
        :param message: the customer's message that reopened it
        """
        stage = self.env["complaint.stage"]._get("progress")
        cases = self.filtered(lambda case: case.stage_kind not in WORKING)
        cases.write({"stage_id": stage.id})
        cases._message_log_batch(dict.fromkeys(cases.ids, reason))

    def _check_pause(self, reason):
        """Refuse to stop the clocks where the reason or the case does not allow it."""
        # the group of the user, also where the method runs as superuser
        if reason.manager_only and not (self.env.su or self.env.user.has_group(MANAGER)):
            raise UserError(
                self.env._(
                    "Only a complaint manager may stop the clocks because of “%(reason)s”: ask "
                    "yours, or choose another reason.",
                    reason=reason.name,
                )
            )
        for case in self.filtered(lambda case: case.stage_kind not in WORKING):
            raise UserError(
                self.env._(
                    "%(case)s is not being worked on: there is nothing to stop.",
                    case=case.display_name,
                )
            )

    # ------------------------------------------------------------
    # Grace
    # ------------------------------------------------------------

    def _is_in_grace(self, moment):
        """Say whether the customer's answer at a moment still belongs to this solution."""
        self.ensure_one()
        if self.stage_kind == "resolved":
            return True
        days = self.company_id.complaint_grace_days
        return bool(self.date_closed) and moment <= self.date_closed + timedelta(days=days)

import logging
from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .complaint_callers import Callers

_logger = logging.getLogger(__name__)
TEMPLATE = "complaint_handling.mail_template_verify"


class ComplaintVerification(models.Model):
    """How a verification begins, and what happens to it without anybody's act.

    Context key ``complaint_many_calls``: the callers are subscribed together, without a mail each.
    """

    _inherit = "complaint.verification"

    # ------------------------------------------------------------
    # Beginning
    # ------------------------------------------------------------

    @api.model
    def _begin(self, cases):
        """Begin to verify solved cases as their policy says.

        :return: the verifications; cases that are not verified have none
        """
        policies = self.env["complaint.sla.policy"]._find_policies(cases)
        callers = Callers()
        plans = [case._plan_verification(policies[case], callers) for case in cases]
        plans = [plan for plan in plans if plan]
        # sudo: verifications are kept by the system
        verifications = self.sudo().with_context(complaint_many_calls=len(plans) > 1)
        verifications = verifications.create(plans).with_env(self.sudo().env)
        calls = verifications.filtered(lambda each: each.method == "call")
        for user, own in calls.grouped("user_id").items():
            own.message_subscribe(user.partner_id.ids)
        calls._plan_call()
        return verifications

    def _message_auto_subscribe(self, updated_values, followers_existing_policy="skip"):
        """Core subscribes and tells one caller after the other; many at once are on his list."""
        if self.env.context.get("complaint_many_calls"):
            return True
        return super()._message_auto_subscribe(
            updated_values, followers_existing_policy=followers_existing_policy
        )

    def _pick_caller(self, callers):
        """Return who calls: somebody of the team who is there, else its leader; or nobody."""
        self.ensure_one()
        return self.case_id._pick_caller(self._get_concerned(), callers)

    # ------------------------------------------------------------
    # Without anybody's act
    # ------------------------------------------------------------

    @api.model
    def _cron_verify(self, batch_size=200):
        """Ask by mail what is to be asked, and end what nobody objected to or answered."""
        cron, domain = self.env["ir.cron"], self._get_event_domain()
        cron._commit_progress(remaining=self.search_count(domain))
        for verification in self.search(domain, limit=batch_size, order="date_event, id"):
            verification = verification.try_lock_for_update().filtered_domain(domain)
            if not verification:
                continue
            try:
                with self.env.cr.savepoint():
                    verification._act_by_itself()
            except Exception:  # one bad record must not stop the rest; it is tried again tomorrow
                _logger.warning("Verification %s failed", verification.id, exc_info=True)
                verification.date_event = fields.Datetime.now() + timedelta(days=1)
            if not cron._commit_progress(1):
                break

    @api.model
    def _get_event_domain(self):
        return Domain("date_event", "<=", fields.Datetime.now()) & Domain("state", "=", "due")

    def _act_by_itself(self):
        self.ensure_one()
        if self.method == "mail" and not self.date_asked:
            self._ask_by_mail()
        elif self.method == "mail":
            self._give_up()
        else:
            self._confirm(note=self.env._("There was no objection."))

    def _ask_by_mail(self):
        """Send the question; where no mail may leave any more, wait for an objection."""
        now = fields.Datetime.now()
        days = timedelta(days=self._get_silence_days())
        asked = self.case_id._send_template(TEMPLATE, key=f"run {self.run}")
        values = {"date_due": now + days, "date_event": now + days}
        self.write({**values, "date_asked": now} if asked else {**values, "method": "silence"})

    def _get_silence_days(self):
        """Return how long nobody answers before the case is closed."""
        policy = self.env["complaint.sla.policy"]._find_policies(self.case_id)[self.case_id]
        return self.case_id._get_silence_days(policy)

    # ------------------------------------------------------------
    # Who calls has left
    # ------------------------------------------------------------

    def _find_other_callers(self):
        """Let somebody else call; where there is nobody, ask otherwise."""
        callers = Callers()
        for verification in self:
            user = verification._pick_caller(callers)
            if user:
                callers.give(user)
                verification.user_id = user
            else:
                verification._ask_otherwise()

    def _ask_otherwise(self):
        """Ask by mail what nobody can ask by phone, or wait for an objection."""
        self._end_call()
        by_mail = self.case_id._may_be_asked_by_mail()
        now = fields.Datetime.now()
        due = now + timedelta(days=self._get_silence_days())
        self.write(
            {
                "method": "mail" if by_mail else "silence",
                "user_id": False,
                "date_due": due,
                "date_event": now if by_mail else due,
            }
        )

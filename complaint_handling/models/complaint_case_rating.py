"""What the customer thinks of the solution: solved or not, and two ratings from 1 to 5."""

from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tools import plaintext2html

from .complaint_case_letter import TEMPLATE
from .complaint_verification import LOW

#: Letters that ask what he thinks of the solution.
ASKING = (TEMPLATE % "verify", TEMPLATE % "rating")
#: Written by the system only: they are the customer's word.
HIS_WORD = {"rating_outcome", "rating_handling", "verdict_run", "rating_run"}


class ComplaintCase(models.Model):
    """The outcome is also a rating of Odoo's; the handling is known here only.

    Context keys:

    - ``complaint_verdict``: what follows from a rating is done by the caller
    - ``complaint_no_closing_letter``: who closes tells the customer himself
    """

    _inherit = "complaint.case"

    verdict_run = fields.Integer(
        readonly=True, copy=False, help="The run in which the customer said whether it is solved."
    )
    rating_run = fields.Integer(
        readonly=True, copy=False, help="The run in which the customer gave a rating."
    )
    date_rating_asked = fields.Datetime(
        string="Rating asked for",
        readonly=True,
        copy=False,
        help="Since when a rating is asked for, as long as one reminder may still be sent.",
    )

    _rating_asked_idx = models.Index(
        "(company_id, date_rating_asked) WHERE date_rating_asked IS NOT NULL"
    )

    def write(self, vals):
        if not self.env.su and HIS_WORD & vals.keys():
            raise AccessError(
                self.env._("What the customer said is his: nobody else can enter his rating.")
            )
        result = super().write(vals)
        if vals.get("rating_outcome") and "rating_run" not in vals:
            for run, cases in self.grouped("run").items():
                super(ComplaintCase, cases).write({"rating_run": run})
        return result

    # ------------------------------------------------------------
    # What he may still say
    # ------------------------------------------------------------

    def _may_rate(self):
        """Say whether the customer is asked for a rating: once for each solution."""
        self.ensure_one()
        return self.stage_kind in ("resolved", "closed") and self.rating_run != self.run

    def _may_refuse(self):
        """Say whether “not solved” still takes the case up again."""
        self.ensure_one()
        return self.stage_kind in ("resolved", "closed") and self._is_in_grace(
            fields.Datetime.now()
        )

    def _get_verdict_state(self):
        """Return what the page behind the two buttons of a letter has to say.

        :return: ``working`` (nothing to judge yet), ``given``, ``over`` or ``open``
        """
        self.ensure_one()
        if self.stage_kind not in ("resolved", "closed"):
            return "working"
        if self.verdict_run == self.run:
            return "given"
        return "open" if self._may_refuse() else "over"

    # ------------------------------------------------------------
    # What he says
    # ------------------------------------------------------------

    def _customer_verdict(self, solved, outcome=0, handling=0, note="", author=None):
        """Note what the customer says about the solution, and act on it.

        Called for a customer by pages that have checked who he is.

        :param solved: whether he accepts the solution
        :param outcome: rating of the outcome, 1 to 5, 0 = none; up to 2 means not solved
        :param handling: rating of the handling, 1 to 5, 0 = none
        :param note: his words
        :param author: partner who says it; default: the contact
        """
        self.ensure_one()
        # sudo: customers have no rights on cases
        case = self.sudo().with_context(complaint_verdict=True)
        author = author or case._get_contact()
        may_rate = case._may_rate()
        if handling and may_rate:
            case.rating_handling = handling
        if outcome and may_rate:
            case.rating_apply(outcome, rating=case._get_open_rating(author), feedback=note)
        case._act_on_verdict(solved and not 0 < outcome <= LOW, outcome, handling, note, author)

    def _act_on_verdict(self, accepted, outcome, handling, note, author):
        """Close what the customer accepts, take up again what he does not."""
        may_refuse = self._may_refuse()
        self.write({"verdict_run": self.run, "date_rating_asked": False})
        # of two clicks at once the second waits here; tried again, it finds what the first said
        self.flush_recordset(["verdict_run"])
        if accepted:
            self._accept_solution(outcome, handling, note)
        elif may_refuse:
            if note:
                self._post_for_customer(plaintext2html(note), [], author)
            self._refuse_solution(outcome, handling, note)

    def _note_customer_message(self, message):
        """His reason for a refusal comes before it, and does not reopen the case by itself."""
        if not self.env.context.get("complaint_verdict"):
            return super()._note_customer_message(message)
        return self.write({"date_last_customer": message.date})

    # ------------------------------------------------------------
    # Odoo's ratings
    # ------------------------------------------------------------

    def _get_open_rating(self, partner):
        """Return the rating of Odoo's (sudo) that a customer has still to fill in."""
        # sudo: ratings are kept by the system
        ratings = self.env["rating.rating"].sudo()
        token = self._rating_get_access_token(partner=partner)
        return ratings.search([("access_token", "=", token)])

    def rating_apply(
        self,
        rate,
        token=None,
        rating=None,
        feedback=None,
        subtype_xmlid=None,
        notify_delay_send=False,
    ):
        """Take a rating over into the case, also one given on Odoo's own page."""
        rating = super().rating_apply(
            rate,
            token=token,
            rating=rating,
            feedback=feedback,
            subtype_xmlid=subtype_xmlid,
            notify_delay_send=notify_delay_send,
        )
        outcome = max(1, round(rate))
        self.rating_outcome = outcome
        if not self.env.context.get("complaint_verdict"):
            author = rating.partner_id or self._get_contact()
            case = self.with_context(complaint_verdict=True)
            case._act_on_verdict(outcome > LOW, outcome, 0, feedback or "", author)
        return rating

    def _rating_apply_get_default_subtype_id(self):
        """A rating is for us: other people of the customer get no mail about it."""
        return self.env["ir.model.data"]._xmlid_to_res_id("mail.mt_note")

    def _rating_get_partner(self):
        return self._get_contact()

    def _get_allowed_message_params(self):
        """No rating comes in with a message: it would pass our questions by."""
        return super()._get_allowed_message_params() - {"rating_value"}

    # ------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------

    def _resolve(self, vals, message=None):
        result = super()._resolve(vals, message)
        if not message and self.remedy_granted and self.stage_kind == "resolved":
            # told by phone or in person: he gets it in writing
            self._send_template(TEMPLATE % "resolved", key=str(self.run))
        return result

    def _after_move(self, old, new):
        result = super()._after_move(old, new)
        if new == "closed" and not self.env.context.get("complaint_no_closing_letter"):
            self._send_closing_letters()
        return result

    def _send_closing_letters(self):
        """Tell customers that their case is closed; who said nothing about it yet is asked."""
        told = self.filtered(lambda case: case._has_spoken())
        for name, letters in (("closed", told), ("rating", self - told)):
            for run, cases in letters.grouped("run").items():
                cases._send_template(TEMPLATE % name, key=str(run))

    def _has_spoken(self):
        """Say whether the customer is not to be asked any more what he thinks of the solution.

        He said it, or he was asked and did not answer.
        """
        self.ensure_one()
        # sudo: how the customer was asked does not depend on who looks
        asked = self.sudo().verification_id.filtered(
            lambda each: each.run == self.run
            and each.method != "silence"
            and each.state in ("confirmed", "no_answer")
        )
        return bool(asked) or self.run in (self.verdict_run, self.rating_run)

    def _send_template(self, xmlid, key=""):
        """Remember who was asked for a rating, to remind him once."""
        sent = super()._send_template(xmlid, key=key)
        if xmlid in ASKING:
            sent.sudo().date_rating_asked = fields.Datetime.now()
        return sent

    @api.model
    def _cron_remind_of_ratings(self, batch_size=200):
        """Remind customers once who gave no rating within the days their company waits."""
        cron, domain = self.env["ir.cron"], self._get_unrated_domain()
        cron._commit_progress(remaining=self.search_count(domain))
        for case in self.search(domain, limit=batch_size, order="date_rating_asked, id"):
            case = case.try_lock_for_update().filtered_domain(domain)
            if not case:
                continue
            case.date_rating_asked = False
            if case._may_rate() and not case._has_spoken():
                case._send_template(TEMPLATE % "rating_reminder", key=str(case.run))
            if not cron._commit_progress(1):
                break

    @api.model
    def _get_unrated_domain(self):
        """Return the cases whose customer is to be reminded by now."""
        now = fields.Datetime.now()
        companies = self.env["res.company"].search(
            [("complaint_customer_mail", "=", True), ("complaint_rating_remind_days", ">", 0)]
        )
        waits = {each: timedelta(days=each.complaint_rating_remind_days) for each in companies}
        return Domain.OR(
            Domain("company_id", "=", company.id) & Domain("date_rating_asked", "<=", now - wait)
            for company, wait in waits.items()
        )

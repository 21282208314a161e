from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from .kinds import ENDED, SEVERITIES, WORKING
from .mail_reading import are_alike

#: So many cases are compared for the hint.
MAX_COMPARED = 50
#: What the surviving case takes from the others where it has nothing itself.
TAKEN = (
    "user_id",
    "category_id",
    "sale_order_id",
    "invoice_id",
    "product_id",
    "lot_name",
    "remedy_sought",
    "remedy_wish",
    "cause_id",
    "description",
    "mail_failure",
)
#: What says who wrote: taken from people of the customer only.
SENDER = ("contact_name", "email_from", "phone", "forwarded_from")
#: Models whose rows go along, by their link to the case.
LINKED = ("complaint.task", "complaint.compensation")


class ComplaintCase(models.Model):
    """The same complaint twice: a hint, and merging, which keeps the older promise."""

    _inherit = "complaint.case"

    duplicate_case_ids = fields.Many2many(
        "complaint.case",
        compute="_compute_duplicate_case_ids",
        string="Perhaps the same",
        help="Cases of the same customer or sender from the same days with a similar subject, or "
        "about the same order or invoice.",
    )
    merged_case_ids = fields.One2many("complaint.case", "merged_into_id", string="Merged Cases")

    # ------------------------------------------------------------
    # Hint
    # ------------------------------------------------------------

    @api.depends("partner_id", "email_from", "name", "sale_order_id", "invoice_id")
    def _compute_duplicate_case_ids(self):
        for case in self:
            case.duplicate_case_ids = case._find_duplicates()

    def _find_duplicates(self):
        """Return the cases that may be about the same matter."""
        days = self.company_id.complaint_duplicate_days
        people = []
        if self.partner_id:
            people.append(Domain("partner_id", "=", self.partner_id.id))
        if self.email_normalized:
            people.append(Domain("email_normalized", "=", self.email_normalized))
        if not people or not days or not self.is_open:
            return self.browse()
        near = timedelta(days=days)
        received = self.date_received or fields.Datetime.now()
        cases = self.search(
            Domain.OR(people)
            & Domain("company_id", "=", self.company_id.id)
            & Domain("id", "!=", self._origin.id)
            & Domain("merged_into_id", "=", False)
            & Domain("date_received", ">=", received - near)
            & Domain("date_received", "<=", received + near),
            order="date_received desc",
            limit=MAX_COMPARED,
        )
        return cases.filtered(self._resembles)

    def _resembles(self, other):
        for name in ("sale_order_id", "invoice_id"):
            if self[name] and self[name] == other[name]:
                return True
        return are_alike(self.name, other.name)

    def action_merge(self):
        """Open the dialog that merges this case with those that seem the same, or the chosen."""
        cases = self if len(self) > 1 else self | self.duplicate_case_ids.filtered("is_open")
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Merge Cases"),
            "res_model": "complaint.merge",
            "view_mode": "form",
            "target": "new",
            "context": {"default_case_ids": cases.ids},
        }

    # ------------------------------------------------------------
    # Merging
    # ------------------------------------------------------------

    def _get_survivor(self):
        """Return the cases into which these were merged; those that were not stand themselves."""
        found = self.browse()
        for case in self:
            while case.merged_into_id:
                case = case.merged_into_id
            found |= case
        return found

    def _get_merge_obstacle(self):
        """Return a sentence that says why these cases cannot be merged, or ``""``."""
        if len(self) < 2:
            return self.env._("Choose at least two cases.")
        if len(self.company_id) > 1:
            return self.env._(
                "These cases belong to different companies: each company answers its own."
            )
        if len(self.partner_id) > 1:
            return self.env._(
                "These cases are of different customers (%(customers)s): each gets an answer of "
                "his own. If one is wrong, correct the customer first.",
                customers=", ".join(self.partner_id.mapped("display_name")),
            )
        unconfirmed = self.filtered("is_unconfirmed")
        if unconfirmed:
            return self.env._(
                "%(case)s came through the public form, and its sender has not confirmed that the "
                "mail address is his: wait until he does, and answer it by itself until then.",
                case=unconfirmed[0].display_name,
            )
        ended = self.filtered(lambda case: not case.is_open)
        if ended:
            return self.env._(
                "%(case)s has ended: reopen it first, or leave it and answer the other one.",
                case=ended[0].display_name,
            )
        return ""

    def _get_foreign(self):
        """Return those of these cases whose sender is none of the customer's people.

        Where the customer of a case is known, somebody has decided that its sender belongs to
        him. Where it is not, the mail address says it; without a known customer at all, it has to
        be the one that wrote first.
        """
        # sudo: who has which mail address
        cases = self.sudo().sorted(lambda case: (case.date_received, case.id))
        known = cases.filtered("partner_id") or cases.filtered("email_normalized")[:1]
        doubtful = (cases - known).filtered("email_normalized")
        people = self.env["res.partner"].sudo()
        if doubtful and known.partner_id:
            people = people.search(
                Domain("commercial_partner_id", "in", known.partner_id.ids)
                & Domain("email_normalized", "in", doubtful.mapped("email_normalized"))
            )
        trusted = {*known.mapped("email_normalized"), *people.mapped("email_normalized")}
        return doubtful.filtered(lambda case: case.email_normalized not in trusted)

    def _get_merge_warning(self):
        """Return a sentence about senders who will have no part in the merged case, or ``""``."""
        foreign = self._get_foreign()
        if not foreign:
            return ""
        customer = self.sudo().partner_id.display_name or (self - foreign)[:1].email_normalized
        return self.env._(
            "%(senders)s is not among the people of %(customer)s: from now on he gets no answers, "
            "nor whom he put in copy, and links sent to him no longer work. What he wrote comes "
            "along, and %(customer)s can read it. If he does belong to the customer, cancel and "
            "link him as a contact first.",
            senders=", ".join(sorted(set(foreign.mapped("email_normalized")))),
            customer=customer,
        )

    def _merge(self):
        """Merge cases into the one that was received first, and return it.

        The promises of the oldest go on; everything said, attached or ordered comes to it. The
        others are closed without verification, and mails that answer them go to the oldest.
        Senders who are none of the customer's people get no part in it: neither link nor copies.

        :raise UserError: if they do not belong together
        """
        self.check_access("write")
        obstacle = self._get_merge_obstacle()
        if obstacle:
            raise UserError(obstacle)
        # sudo: messages, promises and requests of cases one may write
        cases = self.sudo().sorted(lambda case: (case.date_received, case.id))
        oldest, others = cases[0], cases[1:]
        foreign = cases._get_foreign()
        moments = (others - foreign)._get_answers()
        foreign._shut_out()
        oldest._take_values(others)
        oldest._take_rows(others)
        oldest._take_followers(others)
        for moment, message in moments:
            if not oldest.date_first_response:
                oldest._note_answer(moment, message)
        oldest._catch_up(others)
        others._end_merged(oldest)
        return oldest.with_env(self.env)

    def _shut_out(self):
        """Take links, copies and followers from outside off cases of senders we do not trust.

        Before anything is merged: then there is nothing of them that could come along.
        """
        for case in self:
            case._message_log(
                body=self.env._(
                    "%(sender)s has no part in the merged case: he is none of the customer's "
                    "people.",
                    sender=case.email_from,
                )
            )
        self.write(dict.fromkeys((*SENDER, "email_cc", "access_token"), False))
        # sudo by _merge
        followers = self.env["mail.followers"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        followers.filtered(lambda each: not self._is_ours(each.partner_id)).unlink()

    def _get_answers(self):
        """Return when these cases were first answered, and the proof, earliest first."""
        answers = []
        for case in self.filtered("date_first_response"):
            clock = case.clock_ids.filtered(lambda clock: clock.kind == "first_response")[-1:]
            answers.append((case.date_first_response, clock.proof_message_id))
        return sorted(answers, key=lambda answer: answer[0])

    def _take_values(self, others):
        """Fill what is empty from the others; the worst severity counts."""
        values = {}
        for name in (*TAKEN, *SENDER):
            source = next((case for case in others if case[name]), None)
            if source and not self[name]:
                values[name] = self._fields[name].convert_to_write(source[name], source)
        if not self.partner_id and others.partner_id:
            contact = others.filtered("partner_id")[:1]
            values["partner_id"] = contact.partner_id.id
            values["contact_id"] = contact.contact_id.id
        ranks = [value for value, _label in SEVERITIES]
        values["severity"] = max((self | others).mapped("severity"), key=ranks.index)
        values["is_safety"] = any((self | others).mapped("is_safety"))
        values["email_cc"] = self._join_copies(others)
        wrote = [moment for moment in (self | others).mapped("date_last_customer") if moment]
        values["date_last_customer"] = max(wrote, default=False)
        self.write(values)

    def _join_copies(self, others):
        """Return everybody in copy of any of the cases, other senders included."""
        copies = {}
        for case in self | others:
            copies |= self._mail_cc_sanitized_raw_dict(case.email_cc)
            if case.email_normalized and case.email_normalized != self.email_normalized:
                copies.setdefault(case.email_normalized, case.email_normalized)
        return ", ".join(copies.values()) or False

    def _take_rows(self, others):
        """Bring messages, attachments, activities, requests and compensations along."""
        linked = [("res_id", "in", others.ids)]
        env = self.env
        env["mail.message"].search([("model", "=", self._name), *linked]).write({"res_id": self.id})
        env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_field", "=", False), *linked]
        ).write({"res_id": self.id})
        env["mail.activity"].with_context(active_test=False).search(
            [("res_model", "=", self._name), *linked]
        ).write({"res_id": self.id})
        for model in LINKED:
            rows = env[model].search([("case_id", "in", others.ids)])
            rows.write({"case_id": self.id})
        others.clock_ids.filtered(lambda clock: clock.kind == "task").write({"case_id": self.id})

    def _take_followers(self, others):
        """Let who follows one of the others follow this one, for the same kinds of messages."""
        followers = self.env["mail.followers"].search(
            [("res_model", "=", self._name), ("res_id", "in", (self | others).ids)]
        )
        present = followers.filtered(lambda each: each.res_id == self.id).partner_id
        for follower in followers.filtered(lambda each: each.res_id != self.id):
            if follower.partner_id not in present:
                present |= follower.partner_id
                follower.res_id = self.id
        # these rows point to a case by number: the ORM does not see that its own are others now
        (self | others).invalidate_recordset()

    def _catch_up(self, others):
        """Let the oldest be as far as the others were."""
        if self.stage_kind == "resolved" and others.filtered(lambda c: c.stage_kind in WORKING):
            self._reopen(self.env._("The customer wrote about the same matter in another case."))
        further = others.filtered(lambda case: case.stage_kind in ("accepted", "progress"))
        if self.stage_kind == "new" and further:
            self.write({"stage_id": max(further.stage_id, key=lambda stage: stage.sequence).id})
        waits = self.pause_reason_id.waits_for == "customer"
        if waits and any(case.date_received > self.date_paused for case in others):
            # what we waited for is in the other case
            self._resume()
        self._note_holder()

    def _end_merged(self, oldest):
        """Close cases that were merged into another one."""
        self.clock_ids.filtered(lambda clock: clock.kind != "task")._cancel()
        self.merged_case_ids.write({"merged_into_id": oldest.id})
        for case in self:
            case.write({"merged_into_id": oldest.id, "verification_state": "not_needed"})
            case._message_log(
                body=self.env._("Merged into %(case)s.", case=oldest._get_html_link())
            )
            oldest._message_log(
                body=self.env._(
                    "Merged with %(case)s, whose messages are here now.",
                    case=case._get_html_link(),
                )
            )
        self._close()

    # ------------------------------------------------------------
    # A merged case stays closed
    # ------------------------------------------------------------

    def _get_closing_obstacles(self):
        return [] if self.merged_into_id else super()._get_closing_obstacles()

    def _check_move(self, stage, vals):
        for case in self.filtered("merged_into_id"):
            if stage.kind not in ENDED:
                raise UserError(
                    self.env._(
                        "%(case)s was merged into %(other)s: go on there.",
                        case=case.display_name,
                        other=case.merged_into_id.display_name,
                    )
                )
        return super()._check_move(stage, vals)

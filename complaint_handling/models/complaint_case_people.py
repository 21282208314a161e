"""The people of a case: who follows it, who gets it, who has it now."""

from odoo import fields, models
from odoo.fields import Command


class ComplaintCase(models.Model):
    _inherit = "complaint.case"

    def _subscribe_people(self):
        """Let contact and agent follow their case, with a handful of queries for all.

        A contact who follows gets what is sent to the customer, and nothing else.
        """
        comment = self.env.ref("mail.mt_comment")
        wanted = {
            (case.id, partner.id)
            for case in self
            for partner in case.user_id.partner_id | case._get_contact()
        }
        # sudo: followers of a case one may write
        followers = self.env["mail.followers"].sudo()
        present = followers.search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)],
        )
        missing = wanted - {(each.res_id, each.partner_id.id) for each in present}
        followers.create(
            [
                {
                    "res_model": self._name,
                    "res_id": case_id,
                    "partner_id": partner_id,
                    "subtype_ids": [Command.set(comment.ids)],
                }
                for case_id, partner_id in sorted(missing)
            ]
        )

    def _get_contact(self):
        """Return the person we talk to: the contact, else the customer himself."""
        self.ensure_one()
        return self.contact_id or self.partner_id

    def _message_auto_subscribe_followers(self, updated_values, default_subtype_ids):
        """Agents are subscribed by :meth:`_subscribe_people`, without a mail for each case."""
        return []

    def _mail_get_partner_fields(self, introspect_fields=False):
        return ["contact_id", "partner_id"]

    def _mail_get_partners(self, introspect_fields=False):
        """Mails go to the person we talk to; his company is written to only in his place."""
        return {case.id: case._get_contact() for case in self}

    def _assign(self):
        """Give unassigned cases to an agent by the rule of their team."""
        for team, cases in self.filtered(lambda case: not case.user_id).grouped("team_id").items():
            # sudo: a team looks for an agent among all its members
            chosen = team.sudo()._pick_agents(cases)
            for user, own in cases.filtered(chosen.get).grouped(chosen.get).items():
                own.user_id = user

    def _lose_agent(self):
        """Take open cases from agents who left; the rule of the team says who has them now."""
        bodies = {
            case.id: self.env._(
                "%(user)s has left: the case was taken from him.", user=case.user_id.name
            )
            for case in self
        }
        if bodies:
            self._message_log_batch(bodies=bodies)
            self.write({"user_id": False})
            self._assign()

    def _tell_agent(self):
        """Tell an agent that he was given a case; many at once are told by who moves them."""
        if len(self) != 1 or not self.is_open or self.user_id in (self.env.user, self.user_id[:0]):
            return
        env = self.with_context(lang=self.user_id.lang).env
        self.message_notify(
            partner_ids=self.user_id.partner_id.ids,
            subject=self.display_name,
            body=env._("%(case)s is yours now.", case=self._get_html_link()),
        )

    # ------------------------------------------------------------
    # Who has it now
    # ------------------------------------------------------------

    def _get_holder(self):
        """Return ``(held_by, user)``: who has to act next."""
        self.ensure_one()
        nobody = self.env["res.users"]
        if self.stage_kind == "resolved":
            return "verification", nobody
        if not self.is_open:
            return "nobody", nobody
        if self.pause_reason_id:
            waits = self.pause_reason_id.waits_for == "customer"
            return ("customer" if waits else "outside"), nobody
        return ("agent", self.user_id) if self.user_id else ("nobody", nobody)

    def _note_holder(self):
        """Note who has the case now; the time counts from when that changed."""
        now = fields.Datetime.now()
        holders = {case: case._get_holder() for case in self}
        for holder, cases in self.grouped(holders.get).items():
            held_by, user = holder
            moved = cases.filtered(
                lambda case, holder=holder: (case.held_by, case.held_by_id) != holder
                or not case.held_since
            )
            moved.sudo().write({"held_by": held_by, "held_by_id": user.id, "held_since": now})

"""Who can call the customers of many cases, read once for all of them."""

from odoo import fields


class Callers:
    """Who of the teams is there, and how many calls each of them has, given ones included."""

    def __init__(self):
        self._present = {}
        self._away = {}
        self._load = {}

    def get_members(self, team, company):
        """Return the members of a team (sudo) who are there today and may work in a company."""
        key = team, company
        if key not in self._present:
            members = team._get_present_members().user_id
            self._present[key] = members.filtered(lambda user: company in user.company_ids)
        return self._present[key]

    def is_away(self, user, company):
        """Say whether somebody is absent today."""
        key = user, company
        if key not in self._away:
            self._away[key] = bool(user._get_absent([fields.Date.context_today(user)], company))
        return self._away[key]

    def pick(self, users):
        """Return who of these has the fewest calls."""
        self._count(users)
        return min(users, key=lambda user: (self._load[user.id], user.id))

    def give(self, user):
        """Note that somebody was given one more call."""
        self._count(user)
        self._load[user.id] += 1

    def _count(self, users):
        new = [user_id for user_id in users.ids if user_id not in self._load]
        if not new:
            return
        # sudo: the number, not the calls of others
        verifications = users.env["complaint.verification"].sudo()
        domain = [("user_id", "in", new), ("state", "=", "due")]
        rows = verifications._read_group(domain, ["user_id"], ["__count"])
        self._load |= dict.fromkeys(new, 0) | {user.id: count for user, count in rows}

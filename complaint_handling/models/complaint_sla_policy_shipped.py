from odoo import api, models
from odoo.fields import Command


class ComplaintSlaPolicy(models.Model):
    """The promises every company begins with; *24 hours* holds, the others are there to choose."""

    _inherit = "complaint.sla.policy"

    @api.model
    def _create_shipped(self, company):
        """Give a company the shipped promises, once."""
        if self.with_context(active_test=False).search_count(
            [("company_id", "=", company.id)], limit=1
        ):
            return self.browse()
        policies = self.create(
            [
                {
                    "company_id": company.id,
                    "target_ids": [Command.create(self._target(*target)) for target in targets],
                    "level_ids": [Command.create(level) for level in self._get_shipped_ladder()],
                    **vals,
                }
                for vals, targets in self._get_shipped()
            ]
        )
        policies._translate_shipped()
        return policies

    def _translate_shipped(self):
        """Name the shipped promises in every language of the database.

        They are made in code, so no translation file reaches them.

        :param self: the promises in the order they are shipped in
        """
        for lang, _name in self.env["res.lang"].get_installed():
            policies = self.with_context(lang=lang)
            for policy, (vals, _targets) in zip(policies, policies._get_shipped(), strict=True):
                policy.write({"name": vals["name"], "description": vals["description"]})

    @api.model
    def _get_shipped(self):
        """Return ``[(values, [(kind, amount, unit, time)])]`` of the shipped promises."""
        return [
            (
                {
                    "name": self.env._("24 hours"),
                    "sequence": 100,
                    "description": self.env._(
                        "You get an answer within 24 hours and a solution within three working "
                        "days."
                    ),
                },
                [("first_response", 24, "hour", "clock"), ("resolve", 3, "day", "working")],
            ),
            (
                {
                    "name": self.env._("1-3-72"),
                    "sequence": 110,
                    "active": False,
                    "description": self.env._(
                        "You get an answer within one hour, news every three hours, and a "
                        "solution within 72 hours."
                    ),
                },
                [
                    ("first_response", 1, "hour", "clock"),
                    ("update", 3, "hour", "clock"),
                    ("resolve", 72, "hour", "clock"),
                    ("verify", 72, "hour", "clock"),
                ],
            ),
            (
                {
                    "name": self.env._("Regulated"),
                    "sequence": 120,
                    "active": False,
                    "description": self.env._(
                        "You get an acknowledgement within five days, a letter that says how the "
                        "matter stands every four weeks, and our final answer within eight weeks."
                    ),
                },
                [
                    ("first_response", 5, "day", "clock"),
                    ("update", 28, "day", "clock"),
                    ("resolve", 56, "day", "clock"),
                ],
            ),
        ]

    @api.model
    def _target(self, kind, amount, unit, time):
        return {"kind": kind, "amount": amount, "unit": unit, "time": time}

    @api.model
    def _get_shipped_ladder(self):
        """Return the steps of a shipped ladder: the agent before, his leaders afterwards.

        Who does not answer an internal request has it told to his own leader.
        """
        return [
            {"sequence": 10, "moment": "before", "percent": 25, "notify": "agent"},
            {"sequence": 20, "moment": "breach", "notify": "leader", "by_mail": True},
            {"sequence": 30, "moment": "after", "hours": 4, "notify": "leader", "by_mail": True},
            {
                "sequence": 40,
                "moment": "after",
                "hours": 16,
                "notify": "next_leader",
                "by_mail": True,
            },
            {
                "sequence": 50,
                "clock_kind": "task",
                "moment": "breach",
                "notify": "asked_leader",
                "by_mail": True,
            },
        ]

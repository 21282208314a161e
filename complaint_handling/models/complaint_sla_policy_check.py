from odoo import api, models
from odoo.exceptions import ValidationError

from .complaint_sla_target import MINUTE


class ComplaintSlaPolicy(models.Model):
    """What nobody can keep, or can never happen, is refused with the reason."""

    _inherit = "complaint.sla.policy"

    @api.constrains("target_ids", "level_ids")
    def _check_promises(self):
        for policy in self:
            obstacles = [
                *policy._get_double_targets(),
                *policy._get_late_targets(),
                *policy._get_idle_levels(),
            ]
            if obstacles:
                raise ValidationError("\n".join([f"{policy.name}:", *obstacles]))

    def _get_double_targets(self):
        """Return a sentence for each kind of target that is there twice."""
        kinds = self.target_ids.mapped("kind")
        names = dict(self.target_ids._fields["kind"]._description_selection(self.env))
        return [
            self.env._(
                "There are two targets for “%(kind)s”: delete one of them.", kind=names[kind]
            )
            for kind in sorted(set(kinds))
            if kinds.count(kind) > 1
        ]

    def _get_late_targets(self):
        """Return sentences about targets that are due after the solution they lead to."""
        targets = {target.kind: target for target in self.target_ids}
        solve = targets.get("resolve")
        return [
            self.env._(
                "“%(early)s” is due after “%(solve)s”: nobody would wait for it. Make it "
                "shorter, or allow more time to solve.",
                early=targets[kind]._describe(),
                solve=solve._describe(),
            )
            for kind in ("first_response", "update")
            if solve and kind in targets and targets[kind]._is_later_than(solve)
        ]

    def _get_idle_levels(self):
        """Return sentences about steps of the ladder that could never act, or too late."""
        sentences = []
        kinds = dict(self.level_ids._fields["clock_kind"]._description_selection(self.env))
        given = {*self.target_ids.mapped("kind"), "task"}
        for level in self.level_ids:
            if level.clock_kind and level.clock_kind not in given:
                sentences.append(
                    self.env._(
                        "The step “%(step)s” watches over “%(kind)s”, which is not promised: "
                        "add that target, or delete the step.",
                        step=level._describe(),
                        kind=kinds[level.clock_kind],
                    )
                )
            sentences += [
                self.env._(
                    "The step “%(step)s” would act less than a minute before “%(target)s” is "
                    "over: choose a larger percentage.",
                    step=level._describe(),
                    target=target._describe(),
                )
                for target in self.target_ids
                if level.moment == "before"
                and level.clock_kind in (False, target.kind)
                and target._get_seconds_at_least() * level.percent < 100 * MINUTE
            ]
        return sentences

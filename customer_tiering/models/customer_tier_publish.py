"""Publishing rules: drafts, levels taken over, the next revision, and the way back."""

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

from .customer_tier_scheme import LEVEL_LINKS


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    is_draft = fields.Boolean(
        readonly=True, copy=False, index=True, help="Rules on trial in a what-if; never graded."
    )
    simulation_ids = fields.One2many("customer.tier.simulation", "scheme_id", string="What-ifs")
    simulation_count = fields.Integer(compute="_compute_simulation_count")

    _draft_hidden = models.Constraint(
        "CHECK(is_draft IS NOT TRUE OR (active IS NOT TRUE AND operative IS NOT TRUE))",
        "Rules on trial grade nobody: publish the what-if instead.",
    )

    def _compute_simulation_count(self):
        counts = dict(
            self.env["customer.tier.simulation"]._read_group(
                [("scheme_id", "in", self.ids)], ["scheme_id"], ["__count"]
            )
        )
        for scheme in self:
            scheme.simulation_count = counts.get(scheme, 0)

    def unlink(self):
        # a what-if ends with its scheme, and takes its draft along
        self.env["customer.tier.simulation"].with_context(active_test=False).search(
            [("scheme_id", "in", self.ids)]
        ).unlink()
        return super().unlink()

    # ------------------------------------------------------------
    # Drafts
    # ------------------------------------------------------------

    def _make_draft(self, vals):
        """Return a copy of this scheme to try rules on, hidden from everywhere else.

        :param vals: rules that differ from the scheme's
        """
        self.ensure_one()
        self.check_access("write")
        # sudo: the mark of a draft is ours
        mark = {"company_id": self.company_id.id, "active": False, "is_draft": True}
        draft = self.sudo().copy({"name": self.name, **vals, **mark})
        draft._link_origins(self)
        return draft.sudo(False)

    def _check_not_on_trial(self):
        if self.is_draft:
            raise UserError(
                self.env._("Rules on trial grade nobody: run or publish the what-if instead.")
            )

    def _link_origins(self, scheme):
        """Let each level of this draft know the level of the scheme that has its code."""
        by_code = {tier.code: tier.id for tier in scheme.tier_ids}
        for tier in self.tier_ids.sudo():
            tier.origin_tier_id = by_code.get(tier.code, False)

    def _prepare_level_commands(self, draft, body):
        """Return the commands that turn this scheme's levels into those of a draft.

        :param body: rules the draft was made from
        """
        commands = []
        for tier in draft.tier_ids:
            origin = tier.origin_tier_id.exists()
            vals = tier.copy_data()[0]
            ours = {"scheme_id", "origin_tier_id"}
            if origin:
                # how the level reads may have been changed since the draft was made
                ours |= {"name", "color"} - tier._get_renamed(body)
            vals = {name: vals[name] for name in vals if name not in ours}
            commands.append(Command.update(origin.id, vals) if origin else Command.create(vals))
        gone = self.tier_ids - draft.tier_ids.origin_tier_id
        return commands + [Command.delete(tier.id) for tier in gone]

    # ------------------------------------------------------------
    # The next revision
    # ------------------------------------------------------------

    def _publish(self, vals, reason, trigger, at_once):
        """Write rules as the next revision and grade with them.

        :param vals: values to write on the scheme
        :param trigger: ``publish`` or ``undo``, for the history
        :return: the new revision
        """
        self.ensure_one()
        if not (reason or "").strip():
            raise UserError(self.env._("Say why, so that it can be explained later."))
        before = self._get_revision()
        self.with_context(tier_revision_reason=reason).write(vals)
        revision = self._get_revision()
        if revision == before:
            raise UserError(
                self.env._("These are the rules in force already: there is nothing to publish.")
            )
        # sudo: a mark of ours; the engine measures documents of all sellers
        self.sudo().is_default = False
        if self.last_evaluated:
            self.sudo()._regrade_all(trigger, at_once)
        return revision.sudo(False)

    def _regrade_all(self, trigger, at_once):
        """Grade everybody with new rules: now, or in the background where it takes long."""
        if self._takes_long():
            self._request_evaluation(trigger, at_once)
            return
        result = self._evaluate_all(trigger=trigger, at_once=at_once)
        if result["failed"]:
            raise UserError("\n".join(result["failed"].values()))

    def _restore(self, revision, reason, at_once):
        """Bring the rules of an earlier revision back as a new one.

        Settings that the earlier rules did not know stay as they are. A level that was
        deleted since is made anew; a price list or payment term that is gone is left out.
        """
        self.ensure_one()
        body = revision.body
        levels = self.with_context(active_test=False).tier_ids
        commands, kept = [], self.env["customer.tier"]
        for position, level in enumerate(body["levels"], start=1):
            vals = {name: value for name, value in level.items() if name not in ("id", "name")}
            numbers = {"min_amount", "share", "benefit_cost"} & vals.keys()
            vals.update({name: float(vals[name]) for name in numbers})
            vals.update(sequence=10 * position, active=True)
            for name in set(LEVEL_LINKS) & vals.keys():
                model = self.env[levels._fields[name].comodel_name]
                vals[name] = model.browse(vals[name] or []).exists().id
            tier = levels.filtered(lambda tier, level=level: tier.id == level["id"])
            kept |= tier
            commands.append(
                Command.update(tier.id, {n: v for n, v in vals.items() if n != "color"})
                if tier
                else Command.create({**vals, "name": level["name"]})
            )
        commands += [Command.delete(tier.id) for tier in self.tier_ids - kept]
        vals = {
            name: value
            for name, value in body.items()
            if name in self._fields and name not in ("levels", "hysteresis")
        }
        if "hysteresis" in body:
            vals["hysteresis"] = float(body["hysteresis"])
        return self._publish({**vals, "tier_ids": commands}, reason, "undo", at_once)

    # ------------------------------------------------------------
    # Actions
    # ------------------------------------------------------------

    def action_simulate(self):
        """Start a what-if from this scheme."""
        self.ensure_one()
        simulation = self.env["customer.tier.simulation"].create(
            {"name": self.env._("What if: %s", self.name), "scheme_id": self.id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": simulation.name,
            "res_model": simulation._name,
            "view_mode": "form",
            "res_id": simulation.id,
        }

    def action_view_simulations(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_tiering.customer_tier_simulation_action"
        )
        action["domain"] = [("scheme_id", "=", self.id)]
        action["context"] = {"default_scheme_id": self.id}
        return action

from markupsafe import Markup
from odoo import api, fields, models
from odoo.fields import Domain

from .complaint_sla_policy import FILTERS

#: Changes of these fields mean that other cases get the promise, or that they get another one.
PROMISING = {*FILTERS, "active", "sequence", "target_ids"}


class ComplaintSlaPolicy(models.Model):
    """What is promised, in words, and what becomes of promises given before a change."""

    _inherit = "complaint.sla.policy"

    is_settled = fields.Boolean(
        default=True,
        copy=False,
        readonly=True,
        help="It was decided what becomes of the promises given before the last change.",
    )
    condition_summary = fields.Char(string="Holds for", compute="_compute_condition_summary")
    promise_summary = fields.Char(string="Promises", compute="_compute_promise_summary")
    open_count = fields.Integer(string="Open Cases", compute="_compute_open_count")
    outdated_count = fields.Integer(
        string="Cases of older Revisions",
        compute="_compute_open_count",
        help="Open cases that were promised something before the last change.",
    )
    hours_notice = fields.Text(compute="_compute_hours_notice")

    # ------------------------------------------------------------
    # In words
    # ------------------------------------------------------------

    @api.depends(*FILTERS)
    @api.depends_context("lang")
    def _compute_condition_summary(self):
        for policy in self:
            words = policy._get_conditions().values()
            policy.condition_summary = " · ".join(words) or self.env._("every case")

    def _get_conditions(self):
        """Return ``{field: what it asks for}``, in words."""
        words = {}
        for name in FILTERS:
            field = self._fields[name]
            if self[name] and field.type == "selection":
                words[name] = dict(field._description_selection(self.env))[self[name]]
            elif self[name]:
                words[name] = self[name].display_name
        return words

    @api.depends("target_ids.kind", "target_ids.amount", "target_ids.unit", "target_ids.time")
    @api.depends_context("lang")
    def _compute_promise_summary(self):
        for policy in self:
            words = policy._get_promises().values()
            policy.promise_summary = " · ".join(words) or self.env._("nothing")

    def _get_promises(self):
        """Return ``{kind: sentence}`` of the targets."""
        return {target.kind: target._describe() for target in self.target_ids.sorted("kind_rank")}

    @api.depends("target_ids.time", "company_id")
    @api.depends_context("lang")
    def _compute_hours_notice(self):
        """Say which working hours cannot be used, so that nobody wonders about a due date."""
        for policy in self:
            policy.hours_notice = False
            if "working" in policy.target_ids.mapped("time"):
                teams = self.env["complaint.team"].search(
                    [("company_id", "child_of", policy.company_id.ids)]
                )
                notices = {team._get_calendar(team.company_id)[1] for team in teams}
                policy.hours_notice = "\n".join(sorted(filter(None, notices))) or False

    # ------------------------------------------------------------
    # Open cases
    # ------------------------------------------------------------

    @api.depends("revision")
    def _compute_open_count(self):
        # sudo: how many, also where they are other teams' cases
        rows = (
            self.env["complaint.sla.clock"]
            .sudo()
            ._read_group(
                [("policy_id", "in", self.ids), ("is_open", "=", True)],
                ["policy_id", "policy_revision"],
                ["case_id:array_agg"],
            )
        )
        cases = {(policy.id, revision): ids for policy, revision, ids in rows}
        for policy in self:
            mine = {key[1]: ids for key, ids in cases.items() if key[0] == policy.id}
            policy.open_count = len({case for ids in mine.values() for case in ids})
            policy.outdated_count = len(
                {
                    case
                    for revision, ids in mine.items()
                    if revision < policy.revision
                    for case in ids
                }
            )

    def _get_case_domain(self):
        """Return the open cases that this policy may concern: those it fits or has promised."""
        self.ensure_one()
        fits = Domain.AND(
            Domain(name, "child_of", self[name].ids)
            if name == "category_id"
            else Domain(name, "=", self[name])
            for name in FILTERS
            if self[name]
        )
        given = Domain("clock_ids", "any", [("policy_id", "=", self.id), ("is_open", "=", True)])
        here = Domain("company_id", "child_of", self.company_id.ids)
        return (
            here & Domain("is_open", "=", True) & ((fits if self.active else Domain.FALSE) | given)
        )

    def action_open_cases(self):
        """Show the open cases that run by this promise."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "complaint_handling.complaint_case_action"
        )
        action["domain"] = [
            ("clock_ids", "any", [("policy_id", "=", self.id), ("is_open", "=", True)])
        ]
        action["context"] = {}
        return action

    def action_preview(self):
        """Show what this promise would move on open cases."""
        self.ensure_one()
        return self.env["complaint.replan"]._open_for(self)

    def action_keep(self):
        """Let open cases keep what they were promised."""
        for policy in self.filtered(lambda policy: not policy.is_settled):
            policy._message_log(
                body=self.env._(
                    "Open cases keep what they were promised before revision %(number)s.",
                    number=policy.revision,
                )
            )
        self.write({"is_settled": True})
        return True

    def action_try(self):
        """Try which promise a case would get, and when what happens."""
        company = self.company_id if len(self) == 1 else self.env.company
        return self.env["complaint.policy.try"]._open_for(company, self)

    # ------------------------------------------------------------
    # Revisions
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        policies = super(
            ComplaintSlaPolicy, self.with_context(complaint_revision_pending=True)
        ).create(vals_list)
        policies = policies.with_env(self.env)
        policies.filtered("active")._ask_for_decision()
        return policies

    def copy_data(self, default=None):
        """A copy stands beside the original under another name."""
        return [
            {**values, "name": self.env._("%(name)s (copy)", name=policy.name)}
            for policy, values in zip(self, super().copy_data(default), strict=True)
        ]

    def write(self, vals):
        before = self._begin_revision() if PROMISING & vals.keys() else None
        policies = self.with_context(complaint_revision_pending=True)
        result = super(ComplaintSlaPolicy, policies).write(vals)
        self._end_revision(before)
        return result

    def _begin_revision(self):
        """Return what :meth:`_end_revision` compares with; None inside of a larger change."""
        if self.env.context.get("complaint_revision_pending"):
            return None
        return self._get_bodies()

    def _end_revision(self, before):
        """Count a revision if what is promised has changed since :meth:`_begin_revision`."""
        if before is not None:
            self._note_revision(before)

    def _get_bodies(self):
        """Return ``{policy: (conditions, promises)}``: what a revision consists of."""
        return {
            policy: (
                [policy[name] for name in (*FILTERS, "active", "sequence")],
                [target._get_body() for target in policy.target_ids.sorted("kind_rank")],
                policy._get_promises(),
            )
            for policy in self
        }

    def _note_revision(self, before):
        """Count a revision where something changed, and log the targets, old → new."""
        after = self._get_bodies()
        for policy in self:
            (old_conditions, old_targets, old_words) = before[policy]
            (conditions, targets, words) = after[policy]
            if (old_conditions, old_targets) == (conditions, targets):
                continue
            policy.revision += 1
            if old_targets != targets:
                policy._log_targets(old_words, words)
            policy._ask_for_decision()

    def _log_targets(self, old, new):
        nothing = self.env._("nothing")
        lines = Markup("").join(
            Markup("<li>%s → %s</li>") % (old.get(kind, nothing), new.get(kind, nothing))
            for kind in {**old, **new}
            if old.get(kind) != new.get(kind)
        )
        title = self.env._("Revision %(number)s", number=self.revision)
        self._message_log(body=Markup("<p>%s</p><ul>%s</ul>") % (title, lines))

    def _ask_for_decision(self):
        """Ask whether open cases keep what they were promised, where there are any."""
        # sudo: whether there are any, of whatever team
        cases = self.env["complaint.case"].sudo()
        for policy in self:
            policy.is_settled = not cases.search_count(policy._get_case_domain(), limit=1)

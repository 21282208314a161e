"""What protects a customer's level, what changes it next, and holding it by hand."""

from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, float_compare, float_round

from . import scoring

#: Share of the next better line from which a customer counts as near it.
NEAR = 0.9


class CustomerStanding(models.Model):
    _inherit = "customer.standing"

    grace_count = fields.Integer(
        string="Decisions below the Line",
        readonly=True,
        aggregator=None,
        help="Decisions in a row at which the customer was below the line for staying.",
    )
    decided_on = fields.Date(
        readonly=True,
        help="Decision day that last touched this row: a run that was killed after it wrote "
        "some customers, and is begun again, decides about them once only.",
    )
    lock_tier_id = fields.Many2one(
        "customer.tier",
        string="Locked Level",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The customer holds exactly this level, whatever the figures.",
    )
    lock_until = fields.Date(string="Level Held until", readonly=True)
    lock_reason = fields.Char(string="Reason of the Lock", readonly=True)
    floor_tier_id = fields.Many2one(
        "customer.tier",
        string="Does not fall below",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The customer may rise, but does not fall below this level.",
    )
    floor_until = fields.Date(string="No Fall until", readonly=True)
    floor_reason = fields.Char(string="Reason of the Hold", readonly=True)
    differs = fields.Boolean(
        string="Differs from the Figures",
        compute="_compute_differs",
        search="_search_differs",
        help="The level held is not the one the figures call for: a rise waits for the "
        "decision day, or a fall is held back.",
    )
    change_ahead = fields.Selection(
        [("fall", "May fall"), ("rise", "Will rise"), ("near", "Near the next level")],
        string="Change ahead",
        compute="_compute_change_ahead",
        search="_search_change_ahead",
    )
    change_date = fields.Date(
        string="On",
        compute="_compute_change_ahead",
        help="Decision day on which the change takes effect if nothing more is bought.",
    )
    protection = fields.Char(
        string="Protected by",
        compute="_compute_protection",
        help="What keeps this level from falling besides grace and minimum stay.",
    )
    needed_by_date = fields.Float(
        string="Needed by then",
        compute="_compute_needed_by_date",
        digits=(16, 2),
        aggregator=None,
        help="What must be bought by the day of the change to keep the level: documents that "
        "leave the period until then no longer count.",
    )
    change_hint = fields.Char(
        string="What would change it",
        compute="_compute_change_hint",
    )

    # ------------------------------------------------------------
    # What comes next
    # ------------------------------------------------------------

    @api.depends("tier_id", "earned_tier_id")
    def _compute_differs(self):
        for standing in self:
            standing.differs = standing.tier_id != standing.earned_tier_id

    def _search_differs(self, operator, value):
        if operator != "in":
            return NotImplemented

        def to_sql(model, alias, query):
            return SQL(
                "%s IS DISTINCT FROM %s",
                model._field_to_sql(alias, "tier_id", query),
                model._field_to_sql(alias, "earned_tier_id", query),
            )

        differs = Domain.custom(to_sql=to_sql)
        return (differs if True in value else Domain.FALSE) | (
            ~differs if False in value else Domain.FALSE
        )

    @api.depends_context("lang")
    @api.depends("tier_id", "earned_tier_id", "floor_tier_id", "floor_until", "floor_reason")
    def _compute_protection(self):
        self.protection = False
        for scheme, standings in self.grouped("scheme_id").items():
            held = standings.filtered(lambda standing: standing._is_held())
            for standing in held:
                standing.protection = standing._get_floor_sentence()
            falling = (standings - held).filtered(
                lambda standing: standing._get_change_ahead() == "fall"
            )
            # sudo: why a fall is held back concerns the customer the reader may see
            freezes = (
                scheme.sudo()._read_freezes(falling.partner_id, scheme._get_today())
                if falling
                else {}
            )
            for standing in falling:
                standing.protection = freezes.get(standing.partner_id.id, False)

    @api.depends(
        "tier_id",
        "earned_tier_id",
        "amount",
        "margin",
        "quantity",
        "grace_count",
        "tier_since",
        "lock_until",
        "protection",
    )
    def _compute_change_ahead(self):
        for standing in self:
            standing.change_ahead = standing._get_change_ahead()
            standing.change_date = standing._get_change_date()

    def _get_change_ahead(self):
        """Return ``fall``, ``rise``, ``near`` or False, see the field ``change_ahead``."""
        self.ensure_one()
        if self.method == "manual" or self._is_locked():
            return False
        held, earned = self.tier_id, self.earned_tier_id
        if earned and (not held or earned._is_better_than(held)):
            return "rise"
        if held and held != earned and not self._stays():
            return "fall"
        better = self._get_next_tier()
        if better.line_value > 0 and self.document_count:
            near = NEAR * better.line_value
            if float_compare(self._get_line_value(), near, precision_digits=6) >= 0:
                return "near"
        return False

    def _get_line_value(self):
        """Return what lines are compared with: points of RFM, else the measured value."""
        return self._get_points() if self.method == "rfm" else self._get_value()

    def _stays(self):
        """Whether the figures reach the line for staying on the level held."""
        if self.method == "matrix":
            return False
        line = self.tier_id.keep_value
        # without any value, nobody reaches a class of ABC but the last
        reachable = line > 0 or self.method != "abc"
        return bool(self.document_count) and reachable and self._get_line_value() >= line

    def _is_locked(self):
        """Whether a lock decides about the level; one on a level that is no more does not."""
        return self.lock_tier_id.active and self.lock_until >= self.scheme_id._get_today()

    def _is_held(self):
        """Whether a hold stops the next fall; above its level a customer may still fall."""
        return self._has_floor() and not (
            self.tier_id and self.tier_id._is_better_than(self.floor_tier_id)
        )

    def _has_floor(self):
        """Whether a hold runs today, whatever the level held."""
        return self.floor_tier_id.active and self.floor_until >= self.scheme_id._get_today()

    def _get_change_date(self):
        """Return the decision day on which the change ahead takes effect."""
        scheme = self.scheme_id
        if self.change_ahead == "rise":
            return scheme.next_decision
        if self.change_ahead != "fall" or self.protection:
            return False
        missing = max(1, scheme.grace_decisions - self.grace_count)
        since = self.tier_since or scheme._get_today()
        earliest = fields.Date.add(since, days=scheme.min_stay_days)
        start = scheme._get_first_undecided()
        if missing > 1 and self._has_floor():
            # above his floor, too, decisions are counted only when it is over
            start = max(start, fields.Date.add(self.floor_until, days=1))
        return scoring.fall_day(scheme.decision, start, missing, earliest)

    @api.depends("change_ahead", "change_date", "amount_to_keep")
    def _compute_needed_by_date(self):
        self.needed_by_date = 0
        falling = self.filtered(lambda standing: standing.change_date and standing.amount_to_keep)
        groups = falling.grouped(lambda standing: (standing.scheme_id, standing.change_date))
        for (scheme, day), standings in groups.items():
            if scheme.measure == "quantity":
                # adding up order lines takes too long for a screen: as of the last evaluation
                for standing in standings:
                    standing.needed_by_date = standing.amount_to_keep
                continue
            # sudo: figures rest on documents of all sellers, like the amount itself
            values = scheme.sudo()._read_values(standings.partner_id, day)
            for standing in standings:
                value = float(values.get(standing.partner_id.id) or 0)
                needed = max(0, standing.tier_id.keep_value - value)
                # upwards: a cent too little would lose the level
                standing.needed_by_date = float_round(
                    needed, precision_digits=2, rounding_method="UP"
                )

    def _search_change_ahead(self, operator, value):
        if operator not in ("in", "not in"):
            return NotImplemented
        # "not in" is turned round here: NOT IN over a large table does not come to an end
        wanted = [
            kind
            for kind in ("fall", "rise", "near", False)
            if (kind in value) == (operator == "in")
        ]

        def to_sql(model, alias, query):
            return SQL(
                "%s IN (SELECT ahead.id FROM (%s) ahead WHERE ahead.kind = ANY(%s)%s)",
                SQL.identifier(alias, "id"),
                self._change_ahead_sql(),
                [kind for kind in wanted if kind],
                SQL(" OR ahead.kind IS NULL") if False in wanted else SQL(),
            )

        return Domain.custom(to_sql=to_sql)

    @api.model
    def _change_ahead_sql(self):
        """Return SQL of (id, kind) for all standings, as :meth:`_get_change_ahead` says."""
        self.env.flush_all()
        schemes = self.env["customer.tier.scheme"].sudo().with_context(active_test=False)
        # a day ends where the scheme is, not where the database is
        today = [
            SQL("(%s, %s::date)", scheme.id, scheme._get_today())
            for scheme in schemes.search([("is_draft", "=", False)])
        ]
        return SQL(
            """
            SELECT standing.id,
                   CASE WHEN scheme.method = 'manual'
                          OR (locked.active AND standing.lock_until >= here.today) THEN NULL
                        WHEN earned.id IS NOT NULL
                         AND (held.id IS NULL
                              OR (earned.sequence, earned.id) < (held.sequence, held.id))
                             THEN 'rise'
                        WHEN held.id IS NOT NULL AND held.id IS DISTINCT FROM earned.id
                         AND (standing.document_count > 0
                              AND figure.value >= COALESCE(held.keep_value, 0)
                              AND (held.keep_value > 0 OR scheme.method <> 'abc')) IS NOT TRUE
                             THEN 'fall'
                        WHEN standing.document_count > 0 AND better.line_value > 0
                         AND figure.value >= %(near)s * better.line_value THEN 'near'
                   END AS kind
              FROM customer_standing standing
              JOIN customer_tier_scheme scheme ON scheme.id = standing.scheme_id
              JOIN (VALUES %(today)s) AS here (scheme_id, today)
                ON here.scheme_id = standing.scheme_id
         LEFT JOIN customer_tier locked ON locked.id = standing.lock_tier_id
         LEFT JOIN customer_tier held ON held.id = standing.tier_id
         LEFT JOIN customer_tier earned ON earned.id = standing.earned_tier_id
        CROSS JOIN LATERAL (
                SELECT CASE WHEN scheme.method = 'rfm'
                            THEN scheme.weight_r * standing.r_score
                               + scheme.weight_f * standing.f_score
                               + scheme.weight_m * standing.m_score
                            WHEN scheme.measure = 'margin' THEN standing.margin
                            WHEN scheme.measure = 'quantity' THEN standing.quantity::numeric
                            ELSE standing.amount END AS value
              ) figure
         LEFT JOIN LATERAL (
                SELECT next.line_value
                  FROM customer_tier next
                 WHERE next.scheme_id = standing.scheme_id AND next.active
                   AND (held.id IS NULL
                        OR (next.sequence, next.id) < (held.sequence, held.id))
              ORDER BY next.sequence DESC, next.id DESC
                 LIMIT 1
              ) better ON TRUE
            """,
            near=Decimal(str(NEAR)),
            today=SQL(", ").join(today or [SQL("(0, NULL::date)")]),
        )

    # ------------------------------------------------------------
    # The same in words
    # ------------------------------------------------------------

    @api.depends_context("lang")
    @api.depends(
        "change_ahead", "change_date", "needed_by_date", "protection", "lock_until", "floor_until"
    )
    def _compute_change_hint(self):
        for standing in self:
            standing.change_hint = " ".join(standing._get_change_sentences())

    def _get_change_sentences(self):
        """Say what would change this level, when, and what protects it."""
        self.ensure_one()
        if self._is_locked():
            return [self._get_lock_sentence()]
        ahead, protection = self.change_ahead, self.protection
        sentences = []
        if ahead == "rise":
            sentences.append(self._get_rise_sentence())
        elif ahead == "fall" and not protection:
            sentences.append(self._get_fall_sentence())
        elif ahead == "near" and self.amount_to_next:
            sentences.append(
                self.env._(
                    "Only %(amount)s more would make %(level)s.",
                    amount=self._format_value(self.amount_to_next),
                    level=self._get_next_tier().name,
                )
            )
        if protection:
            sentences.append(protection)
        elif self._has_floor():
            # a customer above his floor falls down to it at most
            sentences.append(self._get_floor_sentence())
        return sentences

    def _get_rise_sentence(self):
        return self.env._(
            "Rises to %(level)s on %(day)s.",
            level=self.earned_tier_id.name,
            day=self._format_date(self.change_date),
        )

    def _get_fall_sentence(self):
        values = {
            "level": self.tier_id.name,
            "day": self._format_date(self.change_date),
        }
        needed = self.needed_by_date
        if not needed:
            return self.env._("Loses %(level)s on %(day)s if the figures stay so.", **values)
        values["amount"] = self._format_value(needed)
        if float_compare(needed, self.tier_id.keep_value, precision_digits=2) < 0:
            return self.env._("Keeps %(level)s if %(amount)s more by %(day)s.", **values)
        return self.env._("Keeps %(level)s if %(amount)s are bought by %(day)s.", **values)

    def _get_difference_sentences(self):
        """Say in one sentence why the level held is not the one the figures call for."""
        self.ensure_one()
        if not self.differs or self.method == "manual" or self.partner_id.tier_exempt:
            return []
        if self._is_locked():
            return [self._get_lock_sentence()]
        if self.change_ahead == "rise":
            return [self._get_rise_sentence()]
        if self.change_ahead != "fall":
            return [
                self.env._(
                    "%(held)s is kept: the line for staying is reached.", held=self.tier_id.name
                )
            ]
        return [
            self.protection
            or self.env._(
                "%(held)s is kept for now: a level falls on decision days only, after grace and "
                "minimum stay.",
                held=self.tier_id.name,
            )
        ]

    def _get_lock_sentence(self):
        return self.env._(
            "Locked at %(level)s until %(day)s: %(reason)s",
            level=self.lock_tier_id.name,
            day=self._format_date(self.lock_until),
            reason=self.lock_reason or "—",
        )

    def _get_floor_sentence(self):
        return self.env._(
            "Does not fall below %(level)s until %(day)s: %(reason)s",
            level=self.floor_tier_id.name,
            day=self._format_date(self.floor_until),
            reason=self.floor_reason or "—",
        )

    # ------------------------------------------------------------
    # Locking and holding by hand
    # ------------------------------------------------------------

    def lock_level(self, tier, until, reason):
        """Give these customers exactly one level until a day, whatever the figures.

        :param tier: level of the customers' scheme, or its id
        :param until: date, the last day of the lock
        :param reason: words for the history and for the customer on the phone
        :raise AccessError: for who is not Customer Care manager
        :raise UserError: when the day is over or the scheme grades by hand
        """
        self._check_group("manager", self.env._("Only Customer Care managers can lock a level."))
        until = self._check_hold(until, reason)
        tier = self.env["customer.tier"].browse(int(tier) or []).exists()
        if not tier.active:
            raise UserError(self.env._("Choose the level to be held."))
        if foreign := self.scheme_id - tier.scheme_id:
            raise UserError(
                self.env._(
                    "The level to be held must belong to the scheme “%(scheme)s”.",
                    scheme=foreign[:1].name,
                )
            )
        self._keep_level("lock", tier, until, reason)

    def hold_level(self, until, reason):
        """Keep these customers from falling below the level they hold until a day.

        :param until: date, the last day of the hold
        :param reason: words for the history
        :raise AccessError: for who is not team leader or above
        :raise UserError: when the day is over, or a customer holds no level
        """
        self._check_group("team", self.env._("Only team leaders and above can hold a level."))
        until = self._check_hold(until, reason)
        if without := self.filtered(lambda standing: not standing.tier_id)[:1]:
            raise UserError(
                self.env._("%s holds no level that could be kept.", without.partner_id.display_name)
            )
        for tier, standings in self.grouped("tier_id").items():
            standings._keep_level("floor", tier, until, reason)

    def action_release_level(self):
        """End locks and holds; the level then follows the rules again."""
        locked = self.filtered("lock_tier_id")
        if locked:
            self._check_group("manager", self.env._("Only Customer Care managers can end a lock."))
        held = self.filtered("floor_tier_id")
        if not locked | held:
            raise UserError(self.env._("No lock and no hold is set here."))
        self._check_group("team", self.env._("Only team leaders and above can end a hold."))
        self._check_companies()
        nothing = {"tier_id": False, "until": False, "reason": False}
        for name, standings in (("lock", locked), ("floor", held)):
            standings._note_hold(f"{name}_released", "unlock", {"user": self.env.user.name})
            # sudo: the right to end it was checked; the columns are the engine's
            standings.sudo().write({f"{name}_{key}": value for key, value in nothing.items()})
        self.env["customer.tier.decision"]._note_release(locked | held)
        (locked | held)._regrade_released()

    def _regrade_released(self):
        """A rise that a lock held back takes effect at once where the scheme says so."""
        partners = self.partner_id
        # sudo: what follows from the release is decided by the rules, not by the user
        for scheme in self.scheme_id.sudo():
            if scheme.last_evaluated:
                scheme._evaluate_all(partner_ids=partners.ids)

    def _check_group(self, name, message):
        if not self.env.su and not self.env.user.has_group(
            f"customer_tiering.customer_tiering_group_{name}"
        ):
            raise AccessError(message)

    def _check_companies(self):
        """Who works in a branch sees the levels of the company above, but does not set them."""
        self.check_access("read")
        for company in self.company_id.sudo() - self.env.companies.sudo():
            raise AccessError(self.env._("The scheme of %s is not open to you.", company.name))

    def _check_hold(self, until, reason):
        """Refuse what cannot be held; return the last day as a date."""
        self._check_companies()
        until = fields.Date.to_date(until)
        if not (reason or "").strip():
            raise UserError(self.env._("Say why, so that it can be explained later."))
        for scheme in self.scheme_id:
            if scheme.method == "manual":
                raise UserError(
                    self.env._(
                        "“%s” grades by hand: its levels stay until somebody changes them.",
                        scheme.name,
                    )
                )
            if not until or until < scheme._get_today():
                raise UserError(self.env._("The last day must not lie in the past."))
        if exempt := self.filtered("partner_id.tier_exempt")[:1]:
            raise UserError(
                self.env._("%s is exempt from grading.", exempt.partner_id.display_name)
            )
        return until

    def _keep_level(self, name, tier, until, reason):
        """Write a lock or a floor with its history."""
        values = {"user": self.env.user.name, "until": str(until), "note": reason}
        history = self._note_hold("hold" if name == "floor" else "lock", "lock", values, tier)
        for scheme, standings in self.grouped("scheme_id").items():
            # a night that measured before must not write the old level back
            scheme.sudo().run_number += 1
            changed = standings.filtered(lambda standing: standing.tier_id != tier)
            # sudo: the right to hold was checked; the columns are the engine's
            changed.sudo().write({"tier_id": tier.id, "tier_since": scheme._get_today()})
            standings.sudo().write(
                {
                    f"{name}_tier_id": tier.id,
                    f"{name}_until": until,
                    f"{name}_reason": reason,
                    "grace_count": 0,
                }
            )
        state = "locked" if name == "lock" else "held"
        self.env["customer.tier.decision"]._note_hold(self, state, until)
        self.env["res.partner"].invalidate_model(["tier_id"], flush=False)
        self.env["customer.tier.scheme"]._after_tier_changes(history)

    def _note_hold(self, code, trigger, values, tier=None):
        """Write a history row each: what was done to the level, by whom and until when."""
        # sudo: history is written by the business method only
        return (
            self.env["customer.tier.history"]
            .sudo()
            .create(
                [
                    {
                        "partner_id": standing.partner_id.id,
                        "scheme_id": standing.scheme_id.id,
                        "company_id": standing.company_id.id,
                        "revision_id": standing.scheme_id._get_revision().id,
                        "from_tier_id": standing.tier_id.id,
                        "to_tier_id": (tier or standing.tier_id).id,
                        "date": standing.scheme_id._get_today(),
                        "trigger": trigger,
                        "reason_code": code,
                        "reason_values": values,
                    }
                    for standing in self
                ]
            )
        )

    def action_lock(self):
        """Open the dialog that locks a level."""
        return self._action_hold("lock")

    def action_hold(self):
        """Open the dialog that keeps a level from falling."""
        return self._action_hold("hold")

    def _action_hold(self, kind):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lock the Level")
            if kind == "lock"
            else self.env._("Hold the Level"),
            "res_model": "customer.standing.hold",
            "view_mode": "form",
            "target": "new",
            "context": {"default_kind": kind, "default_standing_ids": self.ids},
        }

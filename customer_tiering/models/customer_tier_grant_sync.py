"""Giving and taking back what levels give: one comparison in SQL, for nobody or for all.

Wanted is what the level a customer holds in the operative scheme of a company gives there.
It is compared with the current grant and with what the customer has now; the differences
go through the temporary table ``care_grant``, by company and property.

SQL instead of the ORM: ``res.partner.write`` costs milliseconds a customer, and a first
grading gives to thousands at once (``docs/benchmarks.md``). The properties are ``jsonb``
columns keyed by the id of the company; written here is exactly what the ORM would write:
no key where the value equals the company's default, ``null`` for "deliberately nothing",
the same value on the contacts that follow their company, and the date of the change.
"""

import logging
from collections import Counter
from datetime import timedelta

from odoo import api, fields, models
from odoo.tools import SQL, split_every
from psycopg2 import OperationalError

from .customer_tier_grant import BENEFITS

_logger = logging.getLogger(__name__)

#: Customers whose properties are written in one go; in the background, in one transaction.
BATCH_CUSTOMERS = 1_000
#: Customers a user's call or a batch of the evaluation serves itself; more go to the scheduler.
AT_ONCE_CUSTOMERS = 5_000
#: When a user held some of the rows, they are tried again after this time.
RETRY_MINUTES = 2


class CustomerTierGrant(models.Model):
    _inherit = "customer.tier.grant"

    # ------------------------------------------------------------
    # Synchronisation
    # ------------------------------------------------------------

    @api.model
    def _sync(self, companies, partner_ids=None, wait=False):
        """Give, replace and take back until customers have what their levels give (sudo).

        Running it again changes nothing.

        :param companies: in each of them for itself; branches are companies of their own
        :param partner_ids: ids of the commercial partners to look at, None = all
        :param wait: wait for rows that others hold, instead of leaving them for later
        :return: Counter of rows with keys ``given``, ``had``, ``replaced``, ``taken_back``,
            ``overruled``, and ``left``, the number of customers somebody else holds
        """
        counts = Counter()
        for company in companies:
            scheme = self.env["customer.tier.scheme"]._get_operative(company)
            ids = partner_ids
            if ids is None:
                ids = self._find_differences(company)
            for batch in split_every(BATCH_CUSTOMERS, sorted(ids)):
                counts += self._sync_batch(company, scheme, batch, wait=wait)
        if counts["left"]:
            self._request_sync(minutes=RETRY_MINUTES)
        return counts

    @api.model
    def _find_differences(self, companies, partner_ids=None):
        """Return the ids of the customers who do not have what their level gives."""
        found = set()
        for company in companies:
            scheme = self.env["customer.tier.scheme"]._get_operative(company)
            for field_name in BENEFITS:
                benefits = self._get_benefits(scheme, company, field_name)
                if not benefits and not self._has_current(company, field_name):
                    continue
                self._flush_facts()
                plan = self._plan_sql(company, scheme, field_name, benefits, partner_ids)
                rows = self.env.execute_query(SQL("SELECT partner_id FROM (%s) plan", plan))
                found.update(partner_id for (partner_id,) in rows)
        return found

    @api.model
    def _take_back(self, companies, partner_ids=None, keep_vetoes=False):
        """Give customers back what they had, as if they held no level any more (sudo).

        :param keep_vetoes: leave the rows that keep a value set by hand
        """
        nobody = self.env["customer.tier.scheme"].browse()
        for company in companies:
            ids = partner_ids
            if ids is None:
                ids = {
                    partner.id
                    for (partner,) in self._read_group(
                        [("company_id", "=", company.id), ("is_current", "=", True)],
                        ["partner_id"],
                    )
                }
            for batch in split_every(BATCH_CUSTOMERS, sorted(ids)):
                self._sync_batch(company, nobody, batch, wait=True, keep_vetoes=keep_vetoes)

    @api.model
    def _sync_batch(self, company, scheme, partner_ids, wait=False, keep_vetoes=False):
        """Synchronise some customers in one company; return what was done, counted."""
        plans = []
        for field_name in BENEFITS:
            benefits = self._get_benefits(scheme, company, field_name)
            if benefits or self._has_current(company, field_name):
                plans.append(self._plan_sql(company, scheme, field_name, benefits, partner_ids))
        if not plans:
            return Counter()
        self._flush_facts()
        cr = self.env.cr
        cr.execute(SQL("DROP TABLE IF EXISTS care_grant"))
        cr.execute(
            SQL(
                "CREATE TEMPORARY TABLE care_grant AS SELECT * FROM (%s) plan WHERE %s",
                SQL(" UNION ALL ").join(SQL("(%s)", plan) for plan in plans),
                SQL("state = 'given'") if keep_vetoes else SQL("TRUE"),
            )
        )
        counts = Counter()
        if cr.rowcount:
            cr.execute(SQL("ANALYZE care_grant"))
            counts["left"] += self._lock_customers(wait)
            self._write_customers(company)
            counts += self._write_grants(company)
        cr.execute(SQL("DROP TABLE care_grant"))
        return counts

    @api.model
    def _get_companies(self):
        """Return the companies where levels give something, or gave what is still there."""
        schemes = self.env["customer.tier.scheme"].search([("operative", "=", True)])
        companies = schemes._get_benefit_companies()
        for (company,) in self._read_group([("is_current", "=", True)], ["company_id"]):
            companies |= company
        return companies

    @api.model
    def _flush_facts(self):
        """Send to the database what the comparison reads there."""
        self.env["res.partner"].flush_model(["commercial_partner_id", *BENEFITS])
        self.env["customer.standing"].flush_model(["scheme_id", "partner_id", "tier_id"])
        self.flush_model()

    # ------------------------------------------------------------
    # What levels give
    # ------------------------------------------------------------

    @api.model
    def _get_benefits(self, scheme, company, field_name):
        """Return ``{id of the level: id of what it gives in a company}``.

        An archived level, price list or payment term gives nothing. A price list of the
        company itself cannot be given in its branches: their orders would refuse it.
        """
        result = {}
        for tier in scheme.sudo().tier_ids.filtered("active"):
            benefit = tier[BENEFITS[field_name]].filtered("active")
            if benefit.filtered_domain(benefit._check_company_domain(company)):
                result[tier.id] = benefit.id
        return result

    @api.model
    def _has_current(self, companies, field_name=None):
        """Whether anybody has something from a level there, or must not get it."""
        domain = [("company_id", "in", companies.ids), ("is_current", "=", True)]
        if field_name:
            domain.append(("field_name", "=", field_name))
        return bool(self.search_count(domain, limit=1))

    # ------------------------------------------------------------
    # Comparison
    # ------------------------------------------------------------

    @api.model
    def _plan_sql(self, company, scheme, field_name, benefits, partner_ids):
        """Return SQL for what has to be done, one row per customer who differs.

        Columns: ``field_name`` and ``comodel`` (what its values are records of), ``outcome``
        says what becomes of the current grant (NULL without one;
        ``ended`` = it speaks of a former level), ``new_state`` of the row to add (NULL =
        none), ``writes`` whether the customer's property changes, from ``own`` to
        ``new_own`` (jsonb; NULL = no value of his own).
        """
        partners = self.env["res.partner"].with_company(company)
        field = partners._fields[field_name]
        fallback = field.get_company_dependent_fallback(partners).id or None
        # materialised: flattened, every CASE would look things up again for itself
        return SQL(
            """
            WITH base AS MATERIALIZED (%(facts)s),
            fact AS MATERIALIZED (
                SELECT base.*,
                       COALESCE(base.grant_tier_id = base.tier_id, FALSE) AS same_tier,
                       base.is_customer
                           AND base.present IS NOT DISTINCT FROM base.given AS intact,
                       CASE WHEN base.had_own THEN base.before
                            ELSE %(fallback)s::int END AS restored
                  FROM base
            ),
            judged AS MATERIALIZED (
                SELECT fact.*,
                       CASE
                           WHEN fact.state = 'given' AND NOT fact.intact THEN 'overruled'
                           WHEN fact.state = 'given' AND fact.same_tier
                            AND fact.wanted = fact.given THEN 'keep'
                           WHEN fact.state = 'given' AND (
                                fact.wanted IS NULL OR fact.wanted = fact.restored)
                               THEN 'taken_back'
                           WHEN fact.state = 'given' THEN 'replaced'
                           WHEN fact.state = 'had' AND fact.same_tier
                            AND fact.wanted = fact.given
                               THEN CASE WHEN fact.intact THEN 'keep' ELSE 'overruled' END
                           WHEN fact.state = 'overruled' AND fact.same_tier THEN 'keep'
                           WHEN fact.grant_id IS NOT NULL THEN 'ended'
                       END AS outcome
                  FROM fact
            ),
            decided AS MATERIALIZED (
                SELECT judged.*,
                       COALESCE(judged.outcome = 'overruled' AND judged.same_tier, FALSE)
                           AS blocks,
                       CASE WHEN judged.wanted IS NULL THEN NULL
                            WHEN judged.outcome = 'overruled' AND judged.same_tier THEN NULL
                            WHEN judged.outcome = 'taken_back' THEN 'had'
                            WHEN judged.outcome = 'replaced' THEN 'given'
                            WHEN judged.wanted = judged.present THEN 'had'
                            ELSE 'given'
                       END AS new_state
                  FROM judged
                 WHERE judged.outcome IS DISTINCT FROM 'keep'
            )
            SELECT decided.*,
                   %(field_name)s AS field_name,
                   %(comodel)s AS comodel,
                   COALESCE(decided.outcome = 'taken_back'
                            OR (decided.new_state = 'given'
                                AND decided.wanted IS DISTINCT FROM decided.present), FALSE)
                       AS writes,
                   CASE WHEN decided.outcome = 'taken_back'
                        THEN CASE WHEN decided.had_own
                                   AND decided.before IS DISTINCT FROM %(fallback)s::int
                                  THEN COALESCE(to_jsonb(decided.before), 'null'::jsonb) END
                        WHEN decided.wanted IS DISTINCT FROM %(fallback)s::int
                        THEN to_jsonb(decided.wanted)
                    END AS new_own
              FROM decided
             WHERE decided.outcome IS NOT NULL OR decided.new_state IS NOT NULL
            """,
            field_name=field_name,
            comodel=field.comodel_name,
            fallback=fallback,
            facts=self._facts_sql(company, scheme, field_name, benefits, partner_ids),
        )

    @api.model
    def _facts_sql(self, company, scheme, field_name, benefits, partner_ids):
        """Return SQL for what is: level, wanted and present value, and the current grant."""
        partners = self.env["res.partner"].with_company(company)
        current = SQL("is_current AND company_id = %s AND field_name = %s", company.id, field_name)
        if partner_ids is None:
            candidates = SQL(
                "SELECT partner_id FROM customer_standing"
                " WHERE scheme_id = %s AND tier_id = ANY(%s)"
                " UNION SELECT partner_id FROM customer_tier_grant WHERE %s",
                scheme.id or 0,
                list(benefits),
                current,
            )
        else:
            # a batch drives the query, or the tables would be read as a whole for each
            candidates = SQL("SELECT UNNEST(%s) AS partner_id", list(partner_ids))
        # a row that no level has, because VALUES must not be empty
        values = SQL(", ").join(
            SQL("(%s::int, %s::int)", *pair) for pair in ((None, None), *benefits.items())
        )
        return SQL(
            """
            SELECT partner.id AS partner_id,
                   partner.commercial_partner_id = partner.id AS is_customer,
                   partner.%(column)s -> %(key)s AS own,
                   %(present)s AS present,
                   standing.tier_id,
                   CASE WHEN partner.commercial_partner_id = partner.id
                        THEN benefit.value END AS wanted,
                   granted.id AS grant_id, granted.state,
                   granted.tier_id AS grant_tier_id, granted.had_own,
                   granted.value_before, %(given)s AS given, %(before)s AS before
              FROM (%(candidates)s) candidate
              JOIN res_partner partner ON partner.id = candidate.partner_id
         LEFT JOIN customer_standing standing
                ON standing.scheme_id = %(scheme)s AND standing.partner_id = partner.id
         LEFT JOIN (VALUES %(values)s) benefit (tier_id, value)
                ON benefit.tier_id = standing.tier_id
         LEFT JOIN (SELECT * FROM customer_tier_grant WHERE %(current)s) granted
                ON granted.partner_id = partner.id
            """,
            column=SQL.identifier(field_name),
            key=str(company.id),
            # as the ORM reads it: with the default of the company, without what was deleted
            present=partners._field_to_sql("partner", field_name),
            given=self._existing_sql(field_name, "value_given"),
            before=self._existing_sql(field_name, "value_before"),
            scheme=scheme.id or 0,
            candidates=candidates,
            current=current,
            values=values,
        )

    @api.model
    def _existing_sql(self, field_name, column):
        """Return SQL for the id a reference of a grant points to, NULL if it was deleted."""
        return SQL(
            "(SELECT id FROM %s WHERE id = NULLIF(split_part(%s, ',', 2), '')::int)",
            SQL.identifier(self._get_comodel(field_name)._table),
            SQL.identifier("granted", column),
        )

    @api.model
    def _get_comodel(self, field_name):
        return self.env[self.env["res.partner"]._fields[field_name].comodel_name]

    # ------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------

    @api.model
    def _lock_customers(self, wait):
        """Lock the customers to write and their contacts, in the order of their ids.

        Who is being edited by somebody is left for later: waiting would only end in a
        conflict with what he saves.

        :return: number of customers left out
        """
        rows = self.env.execute_query(
            SQL(
                """
                WITH family AS (
                    SELECT id, commercial_partner_id FROM res_partner
                     WHERE commercial_partner_id IN (
                               SELECT partner_id FROM care_grant WHERE writes)
                ), locked AS (
                    SELECT id FROM res_partner WHERE id IN (SELECT id FROM family)
                  ORDER BY id FOR NO KEY UPDATE %s
                )
                DELETE FROM care_grant
                      WHERE partner_id IN (SELECT family.commercial_partner_id
                                             FROM family
                                        LEFT JOIN locked ON locked.id = family.id
                                            WHERE locked.id IS NULL)
                  RETURNING partner_id
                """,
                SQL() if wait else SQL("SKIP LOCKED"),
            )
        )
        return len(set(rows))

    @api.model
    def _write_customers(self, company):
        """Write the properties of customers and of the contacts that follow them.

        A contact follows with the customer's own value or none; one that somebody gave
        a value of its own keeps it. All properties in one statement: each new version of a
        row costs an entry in every index of the table.
        """
        assignments, follows, joins = [], [], []
        for field_name in BENEFITS:
            column, change = SQL.identifier(field_name), SQL.identifier(f"change_{field_name}")
            key = str(company.id)
            own = SQL("member.%s -> %s", column, key)
            follows.append(
                SQL(
                    "(%(change)s.partner_id IS NOT NULL AND (member.id = %(change)s.partner_id"
                    " OR %(own)s IS NULL OR %(own)s IS NOT DISTINCT FROM %(change)s.own))",
                    change=change,
                    own=own,
                )
            )
            assignments.append(
                SQL(
                    """
                    %(column)s = CASE WHEN %(follows)s THEN NULLIF(
                        COALESCE(member.%(column)s, '{}'::jsonb) - %(key)s
                            || CASE WHEN %(change)s.new_own IS NULL THEN '{}'::jsonb
                                    ELSE jsonb_build_object(%(key)s, %(change)s.new_own) END,
                        '{}'::jsonb)
                    ELSE member.%(column)s END
                    """,
                    column=column,
                    follows=follows[-1],
                    change=change,
                    key=key,
                )
            )
            joins.append(
                SQL(
                    "LEFT JOIN care_grant %(change)s"
                    " ON %(change)s.partner_id = customer.commercial_partner_id"
                    " AND %(change)s.field_name = %(field_name)s AND %(change)s.writes",
                    change=change,
                    field_name=field_name,
                )
            )
        # the row once more as customer, because UPDATE cannot outer join its own table
        rows = self.env.execute_query(
            SQL(
                """
                UPDATE res_partner member
                   SET %(assignments)s,
                       write_uid = %(uid)s,
                       write_date = NOW() AT TIME ZONE 'UTC'
                  FROM res_partner customer
                       %(joins)s
                 WHERE customer.id = member.id
                   AND customer.commercial_partner_id IN (
                           SELECT partner_id FROM care_grant WHERE writes)
                   AND (%(follows)s)
             RETURNING member.id
                """,
                assignments=SQL(", ").join(assignments),
                joins=SQL(" ").join(joins),
                follows=SQL(" OR ").join(follows),
                uid=self.env.uid,
            )
        )
        # SQL wrote past the ORM: what it cached is old, and others may depend on it
        members = self.env["res.partner"].browse(row_id for (row_id,) in rows)
        members.invalidate_recordset([*BENEFITS, "write_uid", "write_date"], flush=False)
        members.with_company(company).modified(list(BENEFITS))

    @api.model
    def _write_grants(self, company):
        """Close what ended and note what was given; return the rows counted by what they say."""
        today = fields.Date.context_today(self.with_context(tz=self._get_tz(company)))
        closed = self.env.execute_query(
            SQL(
                """
                UPDATE customer_tier_grant granted
                   SET state = CASE WHEN change.outcome = 'ended' THEN granted.state
                                    ELSE change.outcome END,
                       is_current = change.blocks,
                       date_to = COALESCE(granted.date_to, %(today)s),
                       write_uid = %(uid)s,
                       write_date = NOW() AT TIME ZONE 'UTC'
                  FROM care_grant change
                 WHERE granted.id = change.grant_id
                   AND granted.id = ANY(ARRAY(SELECT grant_id FROM care_grant))
             RETURNING change.outcome
                """,
                today=today,
                uid=self.env.uid,
            )
        )
        opened = self.env.execute_query(
            SQL(
                """
                INSERT INTO customer_tier_grant (
                    partner_id, company_id, tier_id, field_name, state, is_current, date_from,
                    had_own, value_before, value_given,
                    create_uid, write_uid, create_date, write_date)
                SELECT change.partner_id, %(company)s, change.tier_id, change.field_name,
                       change.new_state, TRUE, %(today)s,
                       CASE WHEN change.outcome = 'replaced' THEN change.had_own
                            ELSE change.own IS NOT NULL END,
                       CASE WHEN change.new_state = 'had' THEN NULL
                            WHEN change.outcome = 'replaced' THEN change.value_before
                            ELSE change.comodel || ',' || (change.own #>> '{}') END,
                       change.comodel || ',' || change.wanted,
                       %(uid)s, %(uid)s, NOW() AT TIME ZONE 'UTC', NOW() AT TIME ZONE 'UTC'
                  FROM care_grant change
                 WHERE change.new_state IS NOT NULL
              ORDER BY change.partner_id, change.field_name
           ON CONFLICT DO NOTHING
             RETURNING state
                """,
                company=company.id,
                today=today,
                uid=self.env.uid,
            )
        )
        self.invalidate_model(flush=False)
        self.env["res.partner"].invalidate_model(["tier_grant_ids"], flush=False)
        return Counter(outcome for (outcome,) in [*closed, *opened])

    @api.model
    def _get_tz(self, company):
        scheme = self.env["customer.tier.scheme"]._get_operative(company)
        return scheme.tz or company.resource_calendar_id.tz or "UTC"

    # ------------------------------------------------------------
    # In the background
    # ------------------------------------------------------------

    @api.model
    def _request_sync(self, minutes=0):
        """Have the scheduler put right what differs, as soon as it can or later."""
        # sudo: whoever caused the difference; the job is ours
        cron = self.env.ref("customer_tiering.ir_cron_sync_grants").sudo()
        cron._trigger(at=fields.Datetime.now() + timedelta(minutes=minutes))

    @api.model
    def _cron_sync(self):
        """Put right what differs in any company: every night, and where many were concerned.

        Committed batch by batch. What a killed run left is found again by the next.
        """
        cron = self.env["ir.cron"]
        work = [
            (company, batch)
            for company in self._get_companies()
            for batch in split_every(BATCH_CUSTOMERS, sorted(self._find_differences(company)))
        ]
        cron._commit_progress(remaining=len(work))
        for company, batch in work:
            try:
                self._sync(company, batch)
            except OperationalError:
                # a user's transaction was in the way: again when it is done
                _logger.info("Privileges in company %s are put off", company.id, exc_info=True)
                self.env.cr.rollback()
                self._request_sync(minutes=RETRY_MINUTES)
            except Exception:  # one company must not stop the others
                _logger.warning("Privileges in company %s failed", company.id, exc_info=True)
                self.env.cr.rollback()
            if not cron._commit_progress(1):
                break

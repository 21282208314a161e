"""Benchmark of privileges: giving and taking back, against core's write of the same values.

Makes its own customers in SQL (every tenth with a contact), all of one level, and lets that
level give a price list and payment terms, batch by batch as the job in the background does.
A slice of the customers then gets the same by ``res.partner.write``. The bar is a ratio,
because seconds belong to a machine. The database must be one of the benchmark's own.
"""

import argparse
import os
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# the script's own folder must not be searched for modules, the repository must
sys.path[:1] = [str(ROOT)]

from tools.cdnow import database  # noqa: E402

CUSTOMERS = 20_000
#: how many times faster than core's write, customer by customer as levels change
BAR = 5


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--config", default=os.environ.get("CARE_CONFIG"))
    parser.add_argument("--database", default=os.environ.get("CARE_DATABASE"))
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--slice", type=int, default=500, help="customers written by core")
    # run beside the others, which know more options
    options, _others = parser.parse_known_args(arguments)
    database.leave_addons_folder()
    database.load_config(str(Path(options.config).absolute()), options.database, log_level="error")
    registry = database.open_registry(options.database, ["customer_tiering"])
    with database.superuser_environment(registry) as env:
        return Bench(env, options).run()


class Bench:
    def __init__(self, env, options):
        from tests.benchmarks import _data

        self.env, self.options = env, options
        if _data.loaded_sizes(env) is None:
            _data.load(env, options.customers, 0)
        env.ref("customer_tiering.ir_cron_sync_grants").active = False
        self.scheme = env["customer.tier.scheme"].search(
            [("company_id", "=", env.company.id), ("operative", "=", True)], limit=1
        )
        self.tier = self.scheme.tier_ids[0]
        self.partners = env["res.partner"].search([("name", "=like", "Customer %")])

    def run(self):
        env = self.env
        self.hold(self.tier)
        self.env.cr.execute("ANALYZE res_partner, customer_standing")
        # no holders in the way of saving: they are what is measured
        self.tier.with_context(tier_rules_pending=self.pending()).write(
            {
                "pricelist_id": env["product.pricelist"]
                .create({"name": "Benchmark", "company_id": False})
                .id,
                "payment_term_id": env["account.payment.term"].create({"name": "Benchmark"}).id,
            }
        )
        env.cr.commit()
        count = len(self.partners)
        core = [self.timed(f"core's write, {self.options.slice:,} customers", self.write)]
        give = self.timed(f"given to {count:,} customers", self.sync)
        self.timed("again, nothing differs", self.sync)
        self.hold(env["customer.tier"])
        back = self.timed(f"taken back from {count:,} customers", self.sync)
        core.append(self.timed("core's write once more", self.write))
        ratio = sum(core) / self.options.slice / ((give + back) / count)
        verdict = "reached" if ratio >= BAR else "MISSED"
        print(f"core's write takes {ratio:.1f} × as long a customer (bar ≥ {BAR}): {verdict}")
        return 0

    @staticmethod
    def pending():
        from odoo.addons.customer_tiering.models.customer_tier_scheme import PENDING

        return PENDING

    def hold(self, tier):
        """Let all customers hold a level, as an evaluation would have written it."""
        self.env.cr.execute(
            "INSERT INTO customer_standing (scheme_id, company_id, partner_id, tier_id)"
            " SELECT %s, %s, id, %s FROM UNNEST(%s) id"
            " ON CONFLICT (scheme_id, partner_id) DO UPDATE SET tier_id = EXCLUDED.tier_id",
            (self.scheme.id, self.scheme.company_id.id, tier.id or None, self.partners.ids),
        )
        self.env.invalidate_all()
        self.env.cr.commit()

    def sync(self):
        self.env["customer.tier.grant"]._cron_sync()

    def write(self):
        """Give the same customer by customer, without tracking, and undo it."""
        values = {
            "specific_property_product_pricelist": self.tier.pricelist_id.id,
            "property_payment_term_id": self.tier.payment_term_id.id,
        }
        partners = self.partners[: self.options.slice].with_context(tracking_disable=True)
        for partner in partners:
            partner.write(values)
            self.env.flush_all()
        self.env.cr.rollback()

    def timed(self, name, work):
        self.env.invalidate_all()
        started = time.monotonic()
        work()
        seconds = time.monotonic() - started
        print(f"{name:44}{seconds:>9.2f} s", flush=True)
        return seconds


if __name__ == "__main__":
    sys.exit(main())

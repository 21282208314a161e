"""A scheme in words: for revisions, the printed policy and who explains it on the phone."""

from odoo import api, models
from odoo.tools import formatLang

from . import scoring


class CustomerTierScheme(models.Model):
    _inherit = "customer.tier.scheme"

    @api.model
    def _describe_rules(self, rules):
        """Write a set of rules in words, one line each.

        :param rules: dict as made by :meth:`_get_rules`
        :return: text in the reader's language
        """
        if not rules:
            return ""
        labels = {
            name: dict(self._fields[name]._description_selection(self.env))
            for name in ("source", "measure", "method", "window_type")
        }
        head = " · ".join(labels[name].get(rules[name], "") for name in labels)
        if rules["window_type"] == "rolling":
            head = self.env._(
                "%(head)s, %(months)s months", head=head, months=rules["window_months"]
            )
        lines = [head]
        # names in the reader's language where the level still exists
        tiers = self.env["customer.tier"].sudo().with_context(active_test=False)
        names = {
            tier.id: tier.name
            for tier in tiers.search([("id", "in", [level["id"] for level in rules["levels"]])])
        }
        lines += [
            self._describe_level(rules, {**level, "name": names.get(level["id"], level["name"])})
            for level in rules["levels"]
        ]
        return "\n".join(lines + self._describe_stability(rules))

    @api.model
    def _describe_level(self, rules, level):
        return self.env._(
            "%(level)s: %(line)s", level=level["name"], line=self._describe_line(rules, level)
        )

    @api.model
    def _describe_line(self, rules, level, tolerance=0):
        """Say where the line of a level lies.

        :param tolerance: percent by which the line for staying is easier
        """
        method, easier = rules["method"], 1 - scoring.exact(tolerance) / 100
        if method == "amount" and level["catch_all"]:
            return self.env._("takes the rest")
        if method == "amount":
            amount = float(scoring.exact(level["min_amount"]) * easier)
            return self.env._("from %s", formatLang(self.env, amount, digits=2))
        if method in ("pyramid", "abc"):
            share = scoring.exact(level["share"]) * (2 - easier)
            return f"{share.normalize():f} %"
        if method == "rfm":
            return self.env._("from %s points", f"{level['min_score'] * easier:g}")
        return self.env._("set by hand")

    @api.model
    def _describe_stability(self, rules):
        """Say in sentences when a level changes and what protects it."""
        if rules["method"] == "manual" or "decision" not in rules:
            return []
        days = {
            "daily": self.env._("Falls are decided at the end of each day."),
            "monthly": self.env._("Falls are decided on the last day of each month."),
            "quarterly": self.env._("Falls are decided on the last day of each quarter."),
        }
        rises = {
            "at_once": self.env._("A rise takes effect at once."),
            "decision": self.env._("A rise takes effect on the decision day."),
        }
        sentences = [rises[rules["rise"]], days[rules["decision"]]]
        if rules["grace_decisions"] > 1:
            sentences.append(
                self.env._(
                    "A level is lost only after %(count)s decisions in a row below the line.",
                    count=rules["grace_decisions"],
                )
            )
        if rules["min_stay_days"]:
            sentences.append(
                self.env._(
                    "A level is kept for %(days)s days at least.", days=rules["min_stay_days"]
                )
            )
        if rules["max_steps_down"]:
            sentences.append(
                self.env._(
                    "At most %(steps)s level is lost at one decision.",
                    steps=rules["max_steps_down"],
                )
                if rules["max_steps_down"] == 1
                else self.env._(
                    "At most %(steps)s levels are lost at one decision.",
                    steps=rules["max_steps_down"],
                )
            )
        tolerance = scoring.exact(rules["hysteresis"])
        if tolerance and rules["method"] != "matrix":
            sentences.append(
                self.env._(
                    "Keeping a level is easier than reaching it, by %(percent)s %%.",
                    percent=f"{tolerance.normalize():f}",
                )
            )
        return sentences

    # ------------------------------------------------------------
    # Printed policy
    # ------------------------------------------------------------

    def _get_measure_sentences(self):
        """Say what is measured, of which documents, over which time."""
        self.ensure_one()
        if self.method == "matrix":
            return [self.env._("The letters of the approved scorecard make the level.")]
        measure = self._get_measure_label(self.measure)
        if self.window_type == "calendar":
            period = self.env._("%s since 1 January of the year.", measure)
        else:
            period = self.env._(
                "%(measure)s of the last %(months)s months.",
                measure=measure,
                months=self.window_months,
            )
        documents = {
            "sale": self.env._("Confirmed sales orders count, without taxes, on the day ordered."),
            "invoice": self.env._(
                "Posted invoices count, without taxes, on their date; credit notes are subtracted."
            ),
        }
        return [period, documents.get(self.source, "")]

    def _get_policy_lines(self):
        """Return one dict per level: ``tier``, and in words how it is reached and kept."""
        self.ensure_one()
        rules = self._get_rules()
        return [
            {
                "tier": tier,
                "reached": self._describe_line(rules, level),
                "kept": self._describe_line(rules, level, self.hysteresis),
            }
            for tier, level in zip(self.tier_ids, rules["levels"], strict=True)
        ]

    def _get_stability_sentences(self):
        return self._describe_stability(self._get_rules())

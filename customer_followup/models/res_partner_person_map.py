"""Who is who at a customer, and which roles nobody fills; and who must not be contacted."""

from odoo import api, fields, models

from .followup_profile import CLOSENESSES, INFLUENCES, ROLES
from .res_partner import GROUP_OWN


class ResPartner(models.Model):
    _inherit = "res.partner"

    care_person_map = fields.Json(
        string="Key Persons",
        compute="_compute_care_person_map",
        groups=GROUP_OWN,
        help="Per role the persons of the company; an empty role is somebody to get to know.",
    )
    care_contact_warning = fields.Text(
        string="Contact Warning", compute="_compute_care_contact_warning", groups=GROUP_OWN
    )
    promise_ids = fields.One2many(
        "followup.promise", "partner_id", string="Promises", groups=GROUP_OWN
    )
    promise_open_count = fields.Integer(
        string="Open Promises", compute="_compute_promise_open_count", groups=GROUP_OWN
    )

    # ------------------------------------------------------------
    # Key persons
    # ------------------------------------------------------------

    @api.depends(
        "is_company",
        "child_ids.name",
        "child_ids.function",
        "child_ids.care_role",
        "child_ids.care_influence",
        "child_ids.care_closeness",
        "child_ids.personality_id",
    )
    @api.depends_context("uid", "lang")
    def _compute_care_person_map(self):
        known = self._filter_care_known()
        for partner in self:
            if partner.is_company and partner in known:
                partner.care_person_map = partner._get_person_map()
            else:
                partner.care_person_map = False

    def _get_person_map(self):
        """Return ``[{role, label, hint, persons}]``: every role, then who has none yet."""
        self.ensure_one()
        labels = dict(self._fields["care_role"]._description_selection(self.env))
        persons = self.child_ids.filtered(
            lambda child: child.type == "contact" and not child.is_company
        )
        by_role = persons.grouped(lambda person: person.care_role or "")
        columns = [
            {"role": role, "label": labels[role], "persons": by_role.get(role, persons.browse())}
            for role, _label in ROLES
        ]
        if nobody := by_role.get(""):
            columns.append({"role": "", "label": self.env._("No role yet"), "persons": nobody})
        for column in columns:
            column["persons"] = [person._get_map_card() for person in column["persons"]]
        return columns

    def _get_map_card(self):
        """Return what the map shows of one person."""
        self.ensure_one()
        influence, closeness = (
            dict(self._fields[name]._description_selection(self.env))
            for name in ("care_influence", "care_closeness")
        )
        ranks = {name: rank for rank, (name, _label) in enumerate(INFLUENCES, 1)}
        nearness = {name: rank for rank, (name, _label) in enumerate(CLOSENESSES, 1)}
        return {
            "id": self._origin.id,
            "name": self.name or "",
            "position": self.function or "",
            "influence": influence.get(self.care_influence, ""),
            "influence_rank": ranks.get(self.care_influence, 0),
            "closeness": closeness.get(self.care_closeness, ""),
            "closeness_rank": nearness.get(self.care_closeness, 0),
            "personality": self.personality_id.name or "",
            "hint": self.personality_id.hint or "",
        }

    # ------------------------------------------------------------
    # Who must not be contacted
    # ------------------------------------------------------------

    @api.depends(
        "care_do_not_contact", "commercial_partner_id.care_do_not_contact", "email", "phone"
    )
    @api.depends_context("lang")
    def _compute_care_contact_warning(self):
        for partner in self:
            partner.care_contact_warning = "\n".join(partner._get_contact_warnings()) or False

    def _get_contact_warnings(self):
        """Return the sentences that say how this partner must not be contacted."""
        self.ensure_one()
        warnings = []
        if self.care_do_not_contact or self.commercial_partner_id.care_do_not_contact:
            warnings.append(
                self.env._("Do not contact: this customer wants no calls, visits or messages.")
            )
        if self.is_blacklisted:
            warnings.append(
                self.env._("No mailings: the address %s is on the blacklist.", self.email)
            )
        # the list of phone numbers comes with another addon
        if "phone_sanitized_blacklisted" in self._fields and self.phone_sanitized_blacklisted:
            warnings.append(
                self.env._("No text messages: the number %s is on the blacklist.", self.phone)
            )
        return warnings

    # ------------------------------------------------------------
    # Promises
    # ------------------------------------------------------------

    @api.depends("promise_ids.state")
    @api.depends_context("uid")
    def _compute_promise_open_count(self):
        customers = self._origin.commercial_partner_id
        counts = dict(
            self.env["followup.promise"]._read_group(
                [("partner_id", "child_of", customers.ids), ("state", "=", "open")],
                ["partner_id"],
                ["__count"],
            )
        )
        totals = {}
        for partner, count in counts.items():
            customer = partner.commercial_partner_id
            totals[customer] = totals.get(customer, 0) + count
        for partner in self:
            partner.promise_open_count = totals.get(partner._origin.commercial_partner_id, 0)

    def action_view_promises(self):
        """Open the promises given to or by this customer."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "customer_followup.followup_promise_action"
        )
        customer = self.commercial_partner_id
        action["domain"] = [("partner_id", "child_of", customer.id)]
        action["context"] = {"default_partner_id": customer.id, "search_default_open": 1}
        return action

    def action_view_overrides(self):
        """Open the rhythm of this customer's own."""
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "customer_followup.followup_cadence_override_action"
        )
        customer = self.commercial_partner_id
        action["domain"] = [("partner_id", "=", customer.id)]
        action["context"] = {"default_partner_id": customer.id, "search_default_current": 1}
        return action

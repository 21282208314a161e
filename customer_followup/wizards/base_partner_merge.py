from odoo import api, models

from ..models.res_partner_knowledge import PROFILE_FIELDS


class BasePartnerMergeAutomaticWizard(models.TransientModel):
    """Merging customers loses no follow-up, no rhythm of their own, and nothing known of them."""

    _inherit = "base.partner.merge.automatic.wizard"

    def _merge(self, partner_ids, dst_partner=None, extra_checks=True):
        partners = self.env["res.partner"].browse(partner_ids).exists()
        # merging contacts moves what is known to the company of the remaining one, too
        partners |= partners.commercial_partner_id
        result = super()._merge(partner_ids, dst_partner, extra_checks)
        kept = partners.exists()
        kept._refresh_knowledge()
        # sudo: which companies plan for them is no matter of the caller's rights
        touches = self.env["followup.touch"].sudo()
        planned = touches.search([("partner_id", "in", kept.ids), ("state", "=", "planned")])
        touches._plan_partners(planned.partner_id, planned.company_id)
        return result

    @api.model
    def _update_foreign_keys(self, src_partners, dst_partner):
        # core's update would run into our unique indexes: make room before
        self._merge_cadence_overrides(src_partners, dst_partner)
        self._merge_profiles(src_partners, dst_partner)
        self._merge_followup_touches(src_partners, dst_partner)
        return super()._update_foreign_keys(src_partners, dst_partner)

    @api.model
    def _merge_followup_touches(self, src_partners, dst_partner):
        """Leave one open follow-up per rhythm line: an appointment, else the earliest.

        Of the others, appointments stay planned without a rhythm, and the rest is cancelled
        with the one that remains as its cover.
        """
        # sudo: a merge concerns the follow-ups of all companies
        touches = self.env["followup.touch"].sudo().with_context(followup_machine=True)
        found = touches.search(
            [
                ("partner_id", "in", (src_partners | dst_partner).ids),
                ("state", "=", "planned"),
                ("cadence_line_id", "!=", False),
            ]
        )
        for rows in found.grouped(lambda row: (row.company_id, row.cadence_line_id)).values():
            kept = rows.sorted(
                lambda row: (
                    not row.is_appointment,
                    row.date_planned,
                    row.partner_id != dst_partner,
                    row.id,
                )
            )[0]
            agreed = (rows - kept).filtered("is_appointment")
            agreed.write({"cadence_line_id": False})
            (rows - kept - agreed).write(
                {"state": "cancelled", "cancel_reason": "satisfied", "satisfied_by_id": kept.id}
            )
        self.env.flush_all()

    @api.model
    def _merge_cadence_overrides(self, src_partners, dst_partner):
        """Leave one rhythm of its own per company and kind: the remaining customer's own.

        What the others said stays readable as a note on it.
        """
        # sudo: a merge concerns the rhythms of all companies
        overrides = self.env["followup.cadence.override"].sudo()
        found = overrides.search([("partner_id", "in", (src_partners | dst_partner).ids)])
        for rows in found.grouped(lambda row: (row.company_id, row.kind)).values():
            kept = rows.sorted(lambda row: (row.partner_id != dst_partner, -row.id))[0]
            for other in rows - kept:
                kept._message_log(
                    body=self.env._(
                        "The merged customer %(customer)s had a rhythm of his own: %(reason)s",
                        customer=other.partner_id.display_name,
                        reason=other.reason,
                    )
                )
            (rows - kept).unlink()
        self.env.flush_all()

    @api.model
    def _merge_profiles(self, src_partners, dst_partner):
        """Leave one profile, completed from the others; what differs is added to its notes."""
        # sudo: a merge loses nothing, whoever may read it
        profiles = self.env["followup.profile"].sudo()
        found = profiles.search([("partner_id", "in", (src_partners | dst_partner).ids)])
        if len(found) < 2:
            return
        ranked = found.sorted(lambda row: (row.partner_id == dst_partner, row.write_date, row.id))
        kept, others = ranked[-1], ranked[:-1][::-1]
        vals = {}
        for name in PROFILE_FIELDS:
            filled = others.filtered(name)[:1]
            if filled and not kept[name]:
                vals[name] = kept._fields[name].convert_to_write(filled[name], filled)
        labels = profiles.fields_get(PROFILE_FIELDS, ["string"])
        notes = [kept.care_notes] + [
            f"{labels[name]['string']}: {other._fields[name].convert_to_export(other[name], other)}"
            for other in others
            for name in PROFILE_FIELDS
            if other[name] and name not in vals and other[name] != kept[name]
        ]
        others.unlink()
        kept.write({**vals, "care_notes": "\n".join(note for note in notes if note)})
        self.env.flush_all()

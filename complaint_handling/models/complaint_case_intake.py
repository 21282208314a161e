import re

from odoo import api, models
from odoo.fields import Domain

from .kinds import AGENT
from .res_partner_phone import PHONE_DIGITS

#: So many results of each kind: more is no help to who has somebody on the phone.
LIMIT = 8
#: Documents a caller may name, with the field of a case for them.
DOCUMENTS = (
    ("order", "sale.order", "sale_order_id"),
    ("invoice", "account.move", "invoice_id"),
)
#: Digits as people write them down when they note a phone number.
PHONE = re.compile(r"[\d\s+()./-]+")


class ComplaintCase(models.Model):
    """How an agent on the phone finds who is calling, and about what."""

    _inherit = "complaint.case"

    @api.model
    def search_intake(self, term):
        """Find customers, cases and documents by whatever the caller says.

        :param term: part of a name or mail address, a phone number, the number of a case or of
            a document
        :return: list of dicts: ``kind`` (``case``, ``customer``, …), ``label``, ``detail`` and
            ``values``, ids to set on ``complaint.intake`` by field
        """
        term = (term or "").strip()
        if len(term) < 2:
            return []
        return [
            *self._search_intake_cases(term),
            *self._search_intake_documents(term),
            *self._search_intake_customers(term),
        ]

    @api.model
    def _search_intake_cases(self, term):
        cases = self.search_fetch(
            Domain("number", "ilike", term) | Domain("name", "ilike", term),
            ["number", "name", "partner_id", "contact_id", "stage_kind"],
            limit=LIMIT,
        )
        states = dict(self._fields["stage_kind"]._description_selection(self.env))
        return [
            {
                "kind": "case",
                "label": case.display_name,
                "detail": " · ".join(
                    filter(None, [case.partner_id.display_name, states[case.stage_kind]])
                ),
                "values": {
                    "case_id": case.id,
                    "partner_id": case.partner_id.id,
                    "contact_id": case.contact_id.id,
                },
            }
            for case in cases
        ]

    @api.model
    def _search_intake_documents(self, term):
        """Return orders and invoices by their number, also for who may not read them.

        An agent gets to know whose document it is and nothing else, and only if he may read
        that customer.
        """
        if not self.env.user.has_group(AGENT) or not re.search(r"\d", term):
            return []
        found = []
        for kind, model, name in DOCUMENTS:
            domain = self._get_document_domain(model, self.env["res.partner"], term)
            # sudo: the number is what the caller reads out; see the docstring
            documents = self.env[model].sudo().search(domain, limit=LIMIT)
            customers = documents.partner_id.with_env(self.env)._filtered_access("read")
            found += [
                {
                    "kind": kind,
                    "label": document.name,
                    "detail": document.partner_id.complete_name,
                    "values": {
                        **self._prepare_caller(document.partner_id),
                        name: document.id,
                    },
                }
                for document in documents
                if document.partner_id.id in customers.ids
            ]
        return found

    @api.model
    def _search_intake_customers(self, term):
        partners = self.env["res.partner"].search_fetch(
            self._get_caller_domain(term),
            ["complete_name", "phone", "email", "commercial_partner_id"],
            limit=LIMIT,
        )
        return [
            {
                "kind": "customer",
                "label": partner.complete_name or partner.email or "",
                "detail": " · ".join(filter(None, [partner.phone, partner.email])),
                "values": self._prepare_caller(partner),
            }
            for partner in partners
        ]

    @api.model
    def _get_caller_domain(self, term):
        """Return the domain of partners a caller may be."""
        digits = re.sub(r"\D", "", term)
        if PHONE.fullmatch(term) and len(digits) >= PHONE_DIGITS:
            return self.env["res.partner"]._get_phone_domain(digits)
        return Domain.OR(
            Domain(name, "ilike", term) for name in ("complete_name", "email", "ref", "vat")
        )

    @api.model
    def _prepare_caller(self, partner):
        """Return a partner as customer and contact of a case."""
        customer = partner.commercial_partner_id
        return {
            "partner_id": customer.id,
            "contact_id": partner.id if partner != customer else False,
        }

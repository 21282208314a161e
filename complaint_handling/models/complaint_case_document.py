"""Orders and invoices of a case: chosen by agents who may not read sales or accounting."""

from odoo import api, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain

from .kinds import AGENT

#: So many documents are offered.
OFFERED = 20


class ComplaintCase(models.Model):
    _inherit = "complaint.case"

    @api.constrains("sale_order_id", "invoice_id", "partner_id", "company_id")
    def _check_documents(self):
        """A case is about a purchase of its own customer."""
        # sudo: whose document it is, for who may not read it
        for case in self.sudo():
            documents = [document for document in (case.sale_order_id, case.invoice_id) if document]
            for document in documents:
                if document.partner_id.commercial_partner_id != case.partner_id:
                    raise ValidationError(
                        self.env._(
                            "%(document)s does not belong to %(customer)s: choose one of his own "
                            "orders and invoices.",
                            document=document.name,
                            customer=case.partner_id.name or self.env._("this case"),
                        )
                    )

    @api.model
    def search_documents(self, partner_id, term=""):
        """Return orders and invoices of a customer, newest first.

        For agents without rights to sales or accounting: no more than what names a document.

        :param partner_id: id of the customer or of one of his contacts
        :param term: part of a number or of the customer's reference
        :return: list of ``{"model", "id", "name", "date", "amount", "currency_id"}``
        :raise AccessError: if the user is no agent, or may not read the customer
        """
        self._check_agent()
        partner = self.env["res.partner"].browse(partner_id)
        partner.check_access("read")
        found = []
        for model, date in (("sale.order", "date_order"), ("account.move", "invoice_date")):
            domain = self._get_document_domain(model, partner.sudo().commercial_partner_id, term)
            # sudo: the checked way for who may not read documents; see the docstring
            documents = self.env[model].sudo().search(domain, limit=OFFERED, order=f"{date} desc")
            found += [
                {
                    "model": model,
                    "id": document.id,
                    "name": document.name,
                    "date": document[date] and str(document[date])[:10],
                    "amount": document.amount_total,
                    "currency_id": document.currency_id.id,
                }
                for document in documents
            ]
        return sorted(found, key=lambda row: row["date"] or "", reverse=True)[:OFFERED]

    @api.model
    def _check_agent(self):
        if not (self.env.su or self.env.user.has_group(AGENT)):
            raise AccessError(self.env._("Only agents of complaints may look up documents."))

    @api.model
    def _get_document_domain(self, model, customer, term):
        """Return the domain of purchases; without a customer those of all."""
        domain = Domain("company_id", "in", self.env.companies.ids)
        if customer:
            domain &= Domain("partner_id", "child_of", customer.ids)
        if model == "account.move":
            domain &= Domain("move_type", "in", ("out_invoice", "out_receipt"))
            domain &= Domain("state", "=", "posted")
            reference = "ref"
        else:
            domain &= Domain("state", "=", "sale")
            reference = "client_order_ref"
        if term:
            domain &= Domain("name", "ilike", term) | Domain(reference, "ilike", term)
        return domain

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Command

#: How a document is made, and who may post it.
MAKERS = {
    "credit_note": ("_make_credit_note", "account.group_account_invoice"),
    "discount": ("_make_credit_note", "account.group_account_invoice"),
    "goodwill": (None, "account.group_account_invoice"),
    "replacement": ("_make_order", "sales_team.group_sale_salesman"),
    "voucher": ("_make_voucher", "sales_team.group_sale_salesman"),
}


class ComplaintCompensation(models.Model):
    """The draft of what the customer gets, and the activity for who may post it.

    Nothing is posted, confirmed or handed out here: that is done by who has the right to.
    """

    _inherit = "complaint.compensation"

    def _get_document(self):
        """Return the document (sudo), empty where there is none any more."""
        self.ensure_one()
        if not self.document_model or self.document_model not in self.env:
            return None
        # sudo: that it exists and its name, for who may not open it
        documents = self.env[self.document_model].sudo().with_context(active_test=False)
        document = documents.browse(self.document_id).exists()
        is_cancelled = "state" in document and document.state == "cancel"
        return None if is_cancelled else document

    def _make_document(self):
        """Make the drafts; called as superuser when somebody with the authority approved."""
        for compensation in self:
            maker, group = MAKERS.get(compensation.type, (None, None))
            if not group:
                continue
            # sudo: agents have no rights to invoices and orders; only these drafts are made
            record = compensation.sudo().with_company(compensation.company_id)
            document = getattr(record, maker)() if maker else None
            if document:
                record.write({"document_model": document._name, "document_id": document.id})
            record._ask_poster(document or compensation.partner_id.sudo(), group)

    # ------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------

    def _get_words(self):
        """Return what stands on the document."""
        return self.name or self.env._(
            "Compensation for complaint %(number)s", number=self.case_id.number
        )

    def _make_credit_note(self):
        """Make a draft credit note: of the whole invoice, else one line of the amount."""
        moves = self.env["account.move"]
        journals = self.env["account.journal"].search_count(
            [
                *self.env["account.journal"]._check_company_domain(self.company_id),
                ("type", "=", "sale"),
            ],
            limit=1,
        )
        if not journals:
            return None  # no books in this company: who keeps them elsewhere is asked
        invoice = self.case_id.invoice_id.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        values = {
            "invoice_date": False,
            "ref": self._get_words(),
            "invoice_origin": self.case_id.number,
        }
        if invoice and self._is_whole(invoice):
            return invoice._reverse_moves([{**values, "date": fields.Date.context_today(self)}])
        return moves.create(
            {
                **values,
                "move_type": "out_refund",
                "company_id": self.company_id.id,
                "partner_id": (invoice.partner_id or self.partner_id).id,
                "currency_id": self.currency_id.id,
                "reversed_entry_id": invoice.id,
                "invoice_line_ids": [Command.create(self._prepare_credit_line(invoice))],
            }
        )

    def _is_whole(self, invoice):
        return invoice.currency_id == self.currency_id and not self.currency_id.compare_amounts(
            invoice.amount_total, self.amount
        )

    def _prepare_credit_line(self, invoice):
        """Return one line worth the amount, taxed as the invoice where that is one way only."""
        lines = invoice.invoice_line_ids.filtered(lambda line: line.display_type == "product")
        taxes = lines[:1].tax_ids
        share = 1
        if any(line.tax_ids != taxes for line in lines) or not invoice.amount_total:
            taxes = taxes.browse()
        elif not any(taxes.mapped("price_include")):
            share = invoice.amount_untaxed / invoice.amount_total
        return {
            "name": self._get_words(),
            "quantity": 1,
            "price_unit": self.currency_id.round(self.amount * share),
            "tax_ids": [Command.set(taxes.ids)],
        }

    def _make_order(self):
        """Make a quotation that costs the customer nothing."""
        order = self.case_id.sale_order_id
        return self.env["sale.order"].create(
            {
                "partner_id": self.partner_id.id,
                **({"partner_shipping_id": order.partner_shipping_id.id} if order else {}),
                "company_id": self.company_id.id,
                "user_id": (order.user_id or self.partner_id.user_id).id,
                "origin": self.case_id.number,
                "client_order_ref": self._get_words(),
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.product_id.id,
                            "product_uom_qty": self.quantity,
                            "discount": 100,
                        }
                    )
                ],
            }
        )

    def _make_voucher(self):
        """Make a gift card that is archived: it is worth nothing until somebody hands it out."""
        program = self.env["loyalty.program"].search(
            [
                ("program_type", "=", "gift_card"),
                ("company_id", "in", (False, self.company_id.id)),
                ("currency_id", "=", self.currency_id.id),
            ],
            limit=1,
        )
        return program and self.env["loyalty.card"].create(
            {
                "program_id": program.id,
                "partner_id": self.partner_id.id,
                "points": self.amount,
                "active": False,
            }
        )

    # ------------------------------------------------------------
    # Who may post it
    # ------------------------------------------------------------

    def _ask_poster(self, record, group):
        """Ask somebody who may post the document to do it; without a document, to make it."""
        user = self._pick_poster(group)
        if not user:
            self.case_id._message_log(
                body=self.env._(
                    "Nobody in %(company)s may post the document of the compensation.",
                    company=self.company_id.name,
                )
            )
            return
        types = dict(self._fields["type"]._description_selection(self.env))
        if "activity_ids" not in record:
            record = self.partner_id
        self.posting_activity_id = record.with_context(
            lang=user.lang, tz=user.tz
        ).activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=user.id,
            summary=self.env._(
                "%(type)s of %(amount)s for complaint %(number)s",
                type=types[self.type],
                amount=self.currency_id.format(self.amount),
                number=self.case_id.number,
            ),
            note=self.reason,
        )

    def _pick_poster(self, group):
        """Return who gets the activity: who sold it where he may, else the first who may."""
        users = self.env.ref(group).all_user_ids.filtered(
            lambda user: user.active and not user.share and self.company_id in user.company_ids
        )
        order = self.case_id.sale_order_id
        seller = order.user_id or self.partner_id.user_id
        return seller & users or users.sorted("id")[:1]

    # ------------------------------------------------------------
    # Its fate
    # ------------------------------------------------------------

    def _withdraw_document(self):
        """Take drafts back.

        :raise UserError: where the document is no draft any more
        """
        for compensation in self:
            document = compensation._get_document()
            # sudo: it asks for something that is over
            compensation.sudo().posting_activity_id.filtered("active").unlink()
            if not document:
                continue
            if compensation._is_posted(document):
                raise UserError(
                    self.env._(
                        "%(document)s is no draft any more: whoever posted it has to take it back "
                        "first.",
                        document=document.display_name,
                    )
                )
            if document._name == "account.move":
                document.button_cancel()
            elif document._name == "sale.order":
                document._action_cancel()
            else:
                document.unlink()
            # sudo: what belongs to it is written by the methods only
            compensation.sudo().write({"document_model": False, "document_id": False})

    def _is_posted(self, document):
        if document._name == "account.move":
            return document.state == "posted"
        if document._name == "sale.order":
            return document.state == "sale"
        return document.active

    def _note_posted(self, documents):
        """Their documents were posted: the customers got what was granted."""
        # sudo: who posts a document need not have the right to compensations
        found = self.sudo().search(
            [
                ("document_model", "=", documents._name),
                ("document_id", "in", documents.ids),
                ("state", "=", "approved"),
            ]
        )
        found._set_done()

    def action_open_document(self):
        """Open the document."""
        self.ensure_one()
        document = self._get_document()
        if not document:
            raise UserError(self.env._("There is no document any more."))
        return {
            "type": "ir.actions.act_window",
            "res_model": document._name,
            "res_id": document.id,
            "view_mode": "form",
        }

    def action_make_document(self):
        """Make the draft again where somebody deleted it."""
        self.check_access("write")
        for compensation in self.filtered(lambda each: each.state == "approved"):
            if not compensation._get_document():
                compensation.sudo()._make_document()
        return True

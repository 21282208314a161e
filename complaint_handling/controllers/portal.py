from odoo import http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request
from odoo.tools import plaintext2html

from odoo.addons.portal.controllers.portal import CustomerPortal, pager

from ..models.kinds import KINDS, REMEDIES
from .customer_page import read_rating, render_missing, speak_to
from .uploads import MAX_REQUEST, read_uploads

#: So many orders and invoices are offered to choose from, the latest first.
MAX_DOCUMENTS = 50
#: What the list shows, read with one query.
LISTED = ("number", "name", "date_received", "stage_kind", "held_by")


class ComplaintPortal(CustomerPortal):
    """What a customer does with his complaints.

    Nobody outside has rights on cases: each page asks :meth:`_find_case` whose it is.
    """

    # ------------------------------------------------------------
    # Home and list
    # ------------------------------------------------------------

    def _prepare_home_portal_values(self, counters):
        values = super()._prepare_home_portal_values(counters)
        if "complaint_count" in counters:
            values["complaint_count"] = self._get_cases().search_count(self._get_case_domain())
        if "complaint_waiting_count" in counters:
            values["complaint_waiting_count"] = self._get_cases().search_count(
                self._get_case_domain() & self._get_filters()["waiting"]["domain"]
            )
        return values

    def _get_cases(self):
        # sudo: customers have no rights on cases; all searches take _get_case_domain
        return request.env["complaint.case"].sudo()

    def _get_case_domain(self):
        return request.env["complaint.case"]._get_customer_domain(request.env.user)

    def _find_case(self, case_id, access_token=None):
        """Return the case (sudo) of an address, which the visitor may see, else none."""
        return request.env["complaint.case"]._find_for_customer(
            case_id, request.env.user, access_token
        )

    def _get_sortings(self):
        return {
            "date": {"label": self.env._("Newest"), "order": "date_received desc, id desc"},
            "number": {"label": self.env._("Number"), "order": "number desc, id desc"},
            "name": {"label": self.env._("Subject"), "order": "name, id"},
        }

    def _get_filters(self):
        return {
            "all": {"label": self.env._("All"), "domain": Domain.TRUE},
            "open": {"label": self.env._("Open"), "domain": Domain("is_open", "=", True)},
            "waiting": {
                "label": self.env._("Waiting for your answer"),
                "domain": Domain("is_open", "=", True) & Domain("held_by", "=", "customer"),
            },
            "closed": {"label": self.env._("Closed"), "domain": Domain("is_open", "=", False)},
        }

    def _get_groupings(self):
        return {"none": {"label": self.env._("None")}, "state": {"label": self.env._("State")}}

    def _get_inputs(self):
        return {
            "all": {"input": "all", "label": self.env._("Search in number and subject")},
            "number": {"input": "number", "label": self.env._("Search in number")},
            "name": {"input": "name", "label": self.env._("Search in subject")},
        }

    def _get_search_domain(self, search, search_in):
        names = ("number", "name") if search_in == "all" else (search_in,)
        return Domain.OR(Domain(name, "ilike", search) for name in names)

    @http.route(
        ["/my/complaints", "/my/complaints/page/<int:page>"],
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def portal_my_complaints(
        self,
        page=1,
        sortby="date",
        filterby="all",
        groupby="none",
        search="",
        search_in="all",
        **_kwargs,
    ):
        """List the cases of the customer."""
        sortings, filters = self._get_sortings(), self._get_filters()
        groupings, inputs = self._get_groupings(), self._get_inputs()
        sortby = sortby if sortby in sortings else "date"
        filterby = filterby if filterby in filters else "all"
        groupby = groupby if groupby in groupings else "none"
        search_in = search_in if search_in in inputs else "all"
        domain = self._get_case_domain() & filters[filterby]["domain"]
        if search:
            domain &= self._get_search_domain(search, search_in)
        pages = pager(
            url="/my/complaints",
            total=self._get_cases().search_count(domain),
            page=page,
            step=self._items_per_page,
            url_args={
                "sortby": sortby,
                "filterby": filterby,
                "groupby": groupby,
                "search": search,
                "search_in": search_in,
            },
        )
        cases = self._get_cases().search_fetch(
            domain,
            LISTED,
            order=sortings[sortby]["order"],
            limit=self._items_per_page,
            offset=max(pages["offset"], 0),
        )
        return request.render(
            "complaint_handling.portal_my_complaints",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "complaint",
                "default_url": "/my/complaints",
                "pager": pages,
                "groups": self._group_cases(cases, groupby),
                "states": cases._get_customer_states(),
                "searchbar_sortings": sortings,
                "searchbar_filters": filters,
                "searchbar_groupby": groupings,
                "searchbar_inputs": inputs,
                "sortby": sortby,
                "filterby": filterby,
                "groupby": groupby,
                "search": search,
                "search_in": search_in,
            },
        )

    def _group_cases(self, cases, grouping):
        """Return ``[(state or "", cases)]``, in the order in which a case goes through them."""
        if grouping != "state":
            return [("", cases)] if cases else []
        groups = cases.grouped(lambda case: case._get_customer_state())
        return [(state, groups[state]) for state in cases._get_customer_states() if state in groups]

    # ------------------------------------------------------------
    # One case
    # ------------------------------------------------------------

    @http.route(
        "/my/complaints/<int:case_id>",
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
    )
    def portal_complaint(self, case_id, access_token=None, done=None, **_kwargs):
        """Show a case with its conversation, to its customer or by the link of a mail."""
        case = self._find_case(case_id, access_token)
        if not case:
            return self._refuse_visitor()
        if case.id != case_id:  # merged into another one, whose address is to be remembered
            return self._go_to(case, access_token and case._portal_ensure_token())
        return self._render_case(case, access_token, done=done)

    def _refuse_visitor(self):
        """Send a visitor without login to the login; all others learn nothing."""
        if request.env.user._is_public():
            return request.redirect_query("/web/login", {"redirect": request.httprequest.full_path})
        return render_missing()

    def _render_case(self, case, access_token, **values):
        case = speak_to(case)
        by_link = not case.filtered_domain(self._get_case_domain())
        return request.render(
            "complaint_handling.portal_complaint",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "complaint",
                "case": case,
                "access_token": access_token if by_link else None,
                "state": case._get_customer_states()[case._get_customer_state()],
                "timeline": case._get_customer_timeline(),
                "promises": case._get_customer_promises(),
                "messages": case._get_customer_messages(),
                "may_refuse": case._may_refuse(),
                # the link is known to others than the customer, so it does not speak for him
                "may_rate": case._may_rate() and not by_link,
                "text": "",
                "reason": "",
                "error": "",
                "done": None,
                **values,
            },
        )

    def _go_to(self, case, access_token=None, done=None):
        query = {"access_token": access_token, "done": done}
        return request.redirect_query(
            case.access_url, {key: value for key, value in query.items() if value}
        )

    def _get_author(self, case):
        """Return the partner who acts: the user, or whom the link was sent to."""
        user = request.env.user
        # sudo: the name of who writes
        return case._get_contact() if user._is_public() else user.partner_id.sudo()

    @http.route(
        "/my/complaints/<int:case_id>/answer",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        max_content_length=MAX_REQUEST,
    )
    def portal_complaint_answer(self, case_id, access_token=None, text="", **_kwargs):
        """Take an answer of the customer with its files."""
        case = self._find_case(case_id, access_token)
        if not case:
            return render_missing()
        try:
            attachments = read_uploads()
        except UserError as error:
            return self._render_case(case, access_token, text=text, error=error.args[0])
        if not text.strip() and not attachments:
            return self._render_case(
                case, access_token, error=request.env._("Write something, or attach a file.")
            )
        message = case._post_for_customer(
            plaintext2html(text.strip()), attachments, self._get_author(case)
        )
        follow_up = case._find_follow_up(message) if not case.is_open else None
        if follow_up:
            token = access_token and follow_up._portal_ensure_token()
            return self._go_to(follow_up, token, "new")
        return self._go_to(case, access_token, "answer")

    @http.route(
        "/my/complaints/<int:case_id>/not-solved",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
    )
    def portal_complaint_not_solved(self, case_id, access_token=None, reason="", **_kwargs):
        """Take up again a case whose solution the customer does not accept."""
        case = self._find_case(case_id, access_token)
        if not case:
            return render_missing()
        if not reason.strip():
            return self._render_case(
                case,
                access_token,
                error=request.env._("Tell us what is still wrong, so that we can solve it."),
            )
        if case._may_refuse():
            case._customer_verdict(False, note=reason.strip(), author=self._get_author(case))
        return self._go_to(case, access_token, "not-solved")

    @http.route(
        "/my/complaints/<int:case_id>/rate",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def portal_complaint_rate(self, case_id, note="", **ratings):
        """Take the customer's ratings of outcome and handling."""
        case = self._find_case(case_id)
        if not case:
            return render_missing()
        outcome, handling = read_rating(ratings, "outcome"), read_rating(ratings, "handling")
        if not outcome or not handling:
            return self._render_case(
                case, None, error=request.env._("Choose a number from 1 to 5 for both questions.")
            )
        if case._may_rate():
            case._customer_verdict(
                True, outcome, handling, note.strip(), author=self._get_author(case)
            )
        return self._go_to(case, done="rate")

    # ------------------------------------------------------------
    # A new one
    # ------------------------------------------------------------

    @http.route("/my/complaints/new", type="http", auth="user", methods=["GET"], website=True)
    def portal_complaint_new(self, **values):
        """Show the form for a new case; the address may choose order or invoice beforehand."""
        return self._render_new(values)

    def _render_new(self, values, error=""):
        kind = request.env["complaint.case"]._fields["kind"]
        return request.render(
            "complaint_handling.portal_complaint_new",
            {
                **self._prepare_portal_layout_values(),
                "page_name": "complaint_new",
                "kinds": kind._description_selection(request.env),
                "orders": self._get_orders(),
                "invoices": self._get_invoices(),
                "values": values,
                "error": error,
            },
        )

    def _get_orders(self, order_id=None):
        """Return confirmed orders of the customer, as far as he himself may see them."""
        domain = Domain("state", "=", "sale")
        return self._get_documents("sale.order", "partner_id", domain, order_id)

    def _get_invoices(self, invoice_id=None):
        domain = Domain("state", "=", "posted") & Domain(
            "move_type", "in", ("out_invoice", "out_receipt")
        )
        return self._get_documents("account.move", "commercial_partner_id", domain, invoice_id)

    def _get_documents(self, model, partner_field, domain, res_id=None):
        documents = request.env[model]
        if not documents.has_access("read"):
            return documents
        customer = request.env.user.partner_id.commercial_partner_id
        domain &= Domain(partner_field, "child_of", customer.id)
        domain &= Domain("company_id", "=", request.env.company.id)
        if res_id is not None:
            domain &= Domain("id", "=", res_id)
        return documents.search_fetch(domain, ["name"], order="id desc", limit=MAX_DOCUMENTS)

    @http.route(
        "/my/complaints/new/submit",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=MAX_REQUEST,
    )
    def portal_complaint_submit(self, **values):
        """Open a case for the customer."""
        try:
            attachments = read_uploads()
            vals = self._prepare_case(values)
        except UserError as error:
            return self._render_new(values, error.args[0])
        partner = request.env.user.partner_id.sudo()
        case = request.env["complaint.case"]._file_for_customer(
            vals, values["text"].strip(), attachments, partner
        )
        return self._go_to(case, done="new")

    def _prepare_case(self, values):
        """Return the values of a new case, of which nothing is taken that is not offered.

        :raise UserError: if something is missing
        """
        subject, text = values.get("subject", "").strip(), values.get("text", "").strip()
        if not subject or not text:
            raise UserError(
                request.env._("Please tell us briefly what it is about, and what happened.")
            )
        order_id, invoice_id = values.get("order_id", ""), values.get("invoice_id", "")
        kind, remedy = values.get("kind"), values.get("remedy_sought")
        partner = request.env.user.partner_id
        return {
            "name": subject[:200],
            "kind": kind if kind in dict(KINDS) else "complaint",
            "company_id": request.env.company.id,
            "channel": "portal",
            "partner_id": partner.commercial_partner_id.id,
            "contact_id": partner.id,
            "email_from": partner.email,
            "phone": partner.phone,
            "remedy_sought": remedy if remedy in dict(REMEDIES) else False,
            "remedy_wish": values.get("remedy_wish", "").strip()[:200],
            "sale_order_id": self._get_orders(int(order_id)).id if order_id.isdigit() else False,
            "invoice_id": (
                self._get_invoices(int(invoice_id)).id if invoice_id.isdigit() else False
            ),
        }

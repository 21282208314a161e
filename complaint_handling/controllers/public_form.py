from odoo import fields, http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.tools import email_normalize

from ..models.kinds import KINDS
from .customer_page import render_missing
from .uploads import MAX_REQUEST, read_uploads

#: A field that people do not see; programs that fill in every form fill it in.
HONEYPOT = "homepage"


class PublicForm(http.Controller):
    """The form for customers without login, where a company has switched it on.

    Its answer is the same whether we know the mail address or not.
    """

    def _get_company(self, company_id=None):
        """Return the company (sudo) whose form is open: the chosen one, else the website's."""
        # sudo: visitors cannot read companies
        companies = request.env["res.company"].sudo()
        company = companies.browse(company_id or request.env.company.id).exists()
        is_live = company.go_live_date and company.go_live_date <= fields.Date.context_today(
            company
        )
        return company if company.complaint_public_form and is_live else companies

    @http.route(
        ["/complaint", "/complaint/<int:company_id>"],
        type="http",
        auth="public",
        methods=["GET"],
        website=True,
        sitemap=False,
    )
    def form(self, company_id=None, **_kwargs):
        """Show the form."""
        company = self._get_company(company_id)
        return self._render(company) if company else render_missing()

    def _render(self, company, values=None, error="", status=200):
        words = dict(
            request.env["complaint.case"]._fields["kind"]._description_selection(request.env)
        )
        return request.render(
            "complaint_handling.public_form",
            {
                "company": company,
                "kinds": [(code, words[code]) for code, _label in KINDS],
                "values": values or {},
                "error": error,
                "honeypot": HONEYPOT,
            },
            status=status,
        )

    @http.route(
        ["/complaint/submit", "/complaint/<int:company_id>/submit"],
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
        captcha="complaint_form",
        max_content_length=MAX_REQUEST,
    )
    def submit(self, company_id=None, **values):
        """Open a case that counts from now, and ask the sender to confirm his address."""
        company = self._get_company(company_id)
        if not company:
            return render_missing()
        if values.get(HONEYPOT):  # a program: it shall believe that it worked
            return self._render_thanks(company, values)
        try:
            vals = self._prepare_case(values)
            attachments = read_uploads()
        except UserError as error:
            return self._render(company, values, error.args[0])
        ip = request.httprequest.remote_addr
        if not request.env["complaint.form.attempt"]._admit(ip, email_normalize(values["email"])):
            error = request.env._(
                "We have received several messages from you within the hour. Please try again "
                "later, or call us."
            )
            return self._render(company, values, error, status=429)
        request.env["complaint.case"]._file_from_form(
            company, vals, values["text"].strip(), attachments
        )
        return self._render_thanks(company, values)

    def _render_thanks(self, company, values):
        return request.render(
            "complaint_handling.public_form_thanks",
            {"company": company, "email": values.get("email", "")},
        )

    def _prepare_case(self, values):
        """Return the values of a new case.

        :raise UserError: if something is missing
        """
        name, email, subject, text = (
            values.get(key, "").strip() for key in ("name", "email", "subject", "text")
        )
        if not all((name, email, subject, text)):
            raise UserError(
                request.env._(
                    "Fill in your name, your mail address, the subject, and what happened."
                )
            )
        if not email_normalize(email):
            raise UserError(
                request.env._(
                    "%(email)s does not look like a mail address: please correct it.", email=email
                )
            )
        kind = values.get("kind")
        return {
            "name": subject[:200],
            "kind": kind if kind in dict(KINDS) else "complaint",
            "contact_name": name[:200],
            "email_from": email_normalize(email),
            "phone": values.get("phone", "").strip()[:50],
            "remedy_wish": values.get("remedy_wish", "").strip()[:200],
        }

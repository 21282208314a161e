from odoo import http
from odoo.http import request


class OptOut(http.Controller):
    @http.route(
        "/customer-care/opt-out/<int:partner_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def opt_out(self, partner_id, token, **post):
        """Let a customer stop messages that leave by themselves.

        Opening the link changes nothing, since mail programs follow links; the button on the
        page does, by POST.
        """
        partner_sudo = request.env["res.partner"]._find_by_opt_out_token(partner_id, token)
        if not partner_sudo:
            return request.render("customer_followup.opt_out_invalid", status=404)
        request.update_context(lang=partner_sudo.lang or request.env.lang)
        is_done = request.httprequest.method == "POST"
        if is_done:
            partner_sudo._opt_out()
        return request.render(
            "customer_followup.opt_out_page",
            {"email": partner_sudo.email_normalized, "is_done": is_done},
        )

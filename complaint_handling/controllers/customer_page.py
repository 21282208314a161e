"""Pages behind the links in letters: confirm the address, say whether it is solved, rate.

Mail programs follow links, so opening one changes nothing: the button on the page does.
"""

from odoo import http
from odoo.http import request


def speak_to(case):
    """Return a case in the language and time zone of its customer, and let the page speak it."""
    lang, tz = request.env.lang, request.env.user.tz
    if request.env.user._is_public():
        lang, tz = case._get_customer_lang(), case._get_customer_tz()
    tz = tz or case._get_customer_tz()
    request.update_context(lang=lang, tz=tz)
    return case.with_context(lang=lang, tz=tz)


def render_missing():
    """Say that there is nothing, in the same words whatever the reason."""
    return request.render("complaint_handling.customer_page_missing", status=404)


def read_rating(values, name):
    """Return a rating from 1 to 5 out of form values, 0 where there is none."""
    value = str(values.get(name) or "")
    return int(value) if value in ("1", "2", "3", "4", "5") else 0


class CustomerPage(http.Controller):
    def _find_case(self, page, case_id, token):
        return request.env["complaint.case"]._find_by_page_token(case_id, page, token)

    def _is_post(self):
        return request.httprequest.method == "POST"

    # ------------------------------------------------------------
    # Public form: is it your address?
    # ------------------------------------------------------------

    @http.route(
        "/complaint/confirm/<int:case_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def confirm(self, case_id, token, **_kwargs):
        """Confirm the mail address given in the public form."""
        case = self._find_case("confirm", case_id, token)
        if not case:
            return render_missing()
        case = speak_to(case)
        if self._is_post():
            case._confirm_sender()
        return request.render("complaint_handling.customer_page_confirm", {"case": case})

    # ------------------------------------------------------------
    # Is it solved?
    # ------------------------------------------------------------

    @http.route(
        "/complaint/solved/<int:case_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def solved(self, case_id, token, answer="", note="", **ratings):
        """Take the customer's word whether his matter is solved, with his ratings if he likes."""
        case = self._find_case("verdict", case_id, token)
        if not case:
            return render_missing()
        case = speak_to(case)
        outcome, handling = read_rating(ratings, "outcome"), read_rating(ratings, "handling")
        state, error = case._get_verdict_state(), ""
        if self._is_post() and state == "open":
            error = self._get_verdict_error(answer, note)
            if not error:
                is_solved = answer == "yes"
                case._customer_verdict(is_solved, outcome, handling, note.strip())
                # a bad rating takes the matter up again, too
                state = "thanks" if case.stage_kind == "closed" else "again"
        return request.render(
            "complaint_handling.customer_page_solved",
            {
                "case": case,
                "state": state,
                "answer": answer,
                "note": note,
                "outcome": outcome,
                "handling": handling,
                "error": error,
            },
        )

    def _get_verdict_error(self, answer, note):
        if answer not in ("yes", "no"):
            return request.env._("Choose whether the matter is solved.")
        if answer == "no" and not note.strip():
            return request.env._("Tell us what is still wrong, so that we can solve it.")
        return ""

    # ------------------------------------------------------------
    # How was it?
    # ------------------------------------------------------------

    @http.route(
        "/complaint/rating/<int:case_id>/<string:token>",
        type="http",
        auth="public",
        methods=["GET", "POST"],
        website=True,
        multilang=False,
        sitemap=False,
    )
    def rating(self, case_id, token, note="", **ratings):
        """Take the customer's ratings of outcome and handling."""
        case = self._find_case("rating", case_id, token)
        if not case:
            return render_missing()
        case = speak_to(case)
        outcome, handling = read_rating(ratings, "outcome"), read_rating(ratings, "handling")
        state, error = ("open" if case._may_rate() else "given"), ""
        if self._is_post() and state == "open":
            if outcome and handling:
                case._customer_verdict(True, outcome, handling, note.strip())
                state = "thanks" if case.stage_kind == "closed" else "again"
            else:
                error = request.env._("Choose a number from 1 to 5 for both questions.")
        return request.render(
            "complaint_handling.customer_page_rating",
            {
                "case": case,
                "state": state,
                "note": note,
                "outcome": outcome,
                "handling": handling,
                "error": error,
            },
        )

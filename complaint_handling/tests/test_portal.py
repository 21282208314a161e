"""The customer's portal: whose cases he sees, what of them, and what he can do."""

from odoo.tests import JsonRpcException, tagged
from odoo.tools import mute_logger

from odoo.addons.complaint_handling.controllers.portal import LISTED
from odoo.addons.portal.controllers.portal import CustomerPortal

from .portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPortalAccess(PortalCase):
    def seen_by(self, user):
        domain = self.Case._get_customer_domain(user)
        return self.Case.search(domain)

    def test_contact_sees_his_own_cases(self):
        self.assertEqual(self.seen_by(self.ada), self.case)
        self.assertFalse(self.seen_by(self.cyd))

    def test_colleagues_see_them_only_where_the_company_shares(self):
        self.assertFalse(self.seen_by(self.bea))
        self.company.complaint_portal_colleagues = True
        self.assertEqual(self.seen_by(self.bea), self.case)
        self.assertFalse(self.seen_by(self.cyd))

    def test_sharing_of_another_company_does_not_count(self):
        other = self.make_company("Other", complaint_portal_colleagues=True)
        self.assertFalse(self.seen_by(self.bea))
        self.bea.company_ids += other
        self.assertFalse(self.seen_by(self.bea))

    def test_case_of_another_company_is_not_shown(self):
        other = self.make_company("Other")
        case = self.make_case(company_id=other.id)
        self.assertNotIn(case, self.seen_by(self.ada))
        self.ada.company_ids += other
        self.assertIn(case, self.seen_by(self.ada))

    def test_who_changed_to_another_customer_leaves_cases_behind(self):
        self.person.parent_id = self.stranger.parent_id
        self.assertFalse(self.seen_by(self.ada))

    def test_own_case_from_before_the_contact_joined_a_company_stays_his(self):
        single = self.env["res.partner"].create({"name": "Dot", "email": "dot@dot.example"})
        user = self.make_login(single)
        case = self.make_case(partner_id=single.id, contact_id=False)
        self.assertEqual(self.seen_by(user), case)
        single.parent_id = self.customer
        self.assertEqual(self.seen_by(user), case)

    def test_case_without_contact_is_of_the_customer_himself_only(self):
        case = self.make_case(contact_id=False)
        self.assertNotIn(case, self.seen_by(self.ada))
        self.assertEqual(self.seen_by(self.make_login(self.customer)), case)

    def test_unconfirmed_and_merged_cases_are_not_shown(self):
        self.case.is_unconfirmed = True
        self.assertFalse(self.seen_by(self.ada))
        token = self.case._portal_ensure_token()
        public = self.env.ref("base.public_user")
        self.assertFalse(self.Case._find_for_customer(self.case.id, public, token))
        self.case.is_unconfirmed = False
        other = self.make_case()
        self.case.merged_into_id = other
        self.assertEqual(self.seen_by(self.ada), other)
        # an old link leads to where the conversation goes on
        self.assertEqual(self.Case._find_for_customer(self.case.id, public, token), other)

    def test_link_of_a_mail_opens_its_case_only(self):
        token = self.case._portal_ensure_token()
        other = self.make_case()
        other._portal_ensure_token()
        public = self.env.ref("base.public_user")
        find = self.Case._find_for_customer
        self.assertEqual(find(self.case.id, public, token), self.case)
        for wrong in (None, "", "x", "ü", token[:-1]):
            self.assertFalse(find(self.case.id, public, wrong), wrong)
        self.assertFalse(find(other.id, public, token))
        # a case that has no link yet is not opened by an empty one
        self.case.access_token = False
        for nothing in (None, False, ""):
            self.assertFalse(find(self.case.id, public, nothing))

    def test_portal_users_have_no_rights_on_cases(self):
        for model in ("complaint.case", "complaint.sla.clock", "complaint.notice"):
            self.assertFalse(self.env[model].with_user(self.ada).has_access("read"), model)


@tagged("post_install", "-at_install")
class TestPortalPages(PortalCase):
    def test_home_counts_and_list_shows(self):
        self.make_case(name="Wick too short")
        self.go_as(self.ada)
        home = self.get("/my/home").text
        self.assertIn("/my/complaints", home)
        self.assertIn("complaint_waiting_count", home)
        counted = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["complaint_count", "complaint_waiting_count"]}
        )
        self.assertEqual(counted, {"complaint_count": 2, "complaint_waiting_count": 0})
        page = self.get("/my/complaints").text
        self.assertIn("Lantern sparks", page)
        self.assertIn("Wick too short", page)
        self.assertIn(self.case.number, page)

    def test_list_filters_searches_and_groups(self):
        closed = self.make_case(name="Long over")
        closed.date_communicated = closed.date_received
        closed._close()
        self.go_as(self.ada)
        page = self.get("/my/complaints?filterby=open").text
        self.assertIn("Lantern sparks", page)
        self.assertNotIn("Long over", page)
        page = self.get("/my/complaints?filterby=closed&groupby=state&sortby=name").text
        self.assertIn("Long over", page)
        self.assertNotIn("Lantern sparks", page)
        page = self.get(f"/my/complaints?search={self.case.number}&search_in=number").text
        self.assertIn("Lantern sparks", page)
        self.assertNotIn("Long over", page)
        # nobody's spelling mistake or attempt is an error
        page = self.get("/my/complaints?sortby=user_id&filterby=x&groupby=x&search_in=severity")
        self.assertEqual(page.status_code, 200)

    def test_list_has_pages(self):
        self.patch(CustomerPortal, "_items_per_page", 1)
        self.make_case(name="Newer", received=None)
        self.go_as(self.ada)
        first, second = self.get("/my/complaints").text, self.get("/my/complaints/page/2").text
        self.assertIn("Newer", first)
        self.assertNotIn("Lantern sparks", first)
        self.assertIn("Lantern sparks", second)

    def count_queries(self, act):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.cr.sql_log_count
        act()
        return self.cr.sql_log_count - before

    def test_list_takes_three_queries_whatever_the_count(self):
        """W2: no more for 60 cases than for one; our part are the count and the page."""
        Case = self.env["complaint.case"]

        def read_list():
            domain = Case._get_customer_domain(self.ada)
            total = Case.sudo().search_count(domain)
            cases = Case.sudo().search_fetch(domain, list(LISTED), limit=80)
            for case in cases:
                self.assertTrue(case.number and case.name and case.date_received)
                self.assertTrue(case._get_customer_state())
            self.assertEqual(len(cases), total)

        def open_list():
            self.assertEqual(self.get("/my/complaints").status_code, 200)

        self.go_as(self.ada)
        for act in (read_list, open_list):
            act()
        one = [self.count_queries(act) for act in (read_list, open_list)]
        self.Case.create(
            [
                {"name": "Many", "contact_id": self.person.id, "company_id": self.company.id}
                for _number in range(59)
            ]
        )
        many = [self.count_queries(act) for act in (read_list, open_list)]
        self.assertEqual(many, one)
        # the user, his contact and its customer are known to any page of the portal
        domain = Case._get_customer_domain(self.ada)
        Case.sudo().search_count(domain)
        with self.assertQueryCount(2):
            Case.sudo().search_count(domain)
            Case.sudo().search_fetch(domain, list(LISTED), limit=80)

    def test_detail_shows_what_is_meant_for_the_customer_only(self):
        self.answer(self.case)
        self.write_internally(self.case, "Secret: as always", subtype_xmlid="mail.mt_note")
        self.write_internally(
            self.case, "Secret: for us", subtype_xmlid="mail.mt_comment", is_internal=True
        )
        self.case.write({"description": "Secret: written by the agent", "severity": "high"})
        self.go_as(self.ada)
        page = self.get(f"/my/complaints/{self.case.id}").text
        self.assertIn("We look into it.", page)
        self.assertIn("First answer to you", page)
        for secret in ("Secret", "High", "severity", "Accepted", self.mia.login):
            self.assertNotIn(secret, page)

    def test_states_are_told_in_the_customers_words(self):
        case = self.case
        self.assertEqual(case._get_customer_state(), "received")
        case.with_user(self.mia).action_take()
        self.assertEqual(case._get_customer_state(), "working")
        reason = self.get_waiting_reason()
        case._pause(reason)
        self.assertEqual(case._get_customer_state(), "waiting")
        self.assertNotIn("resolve", [kind for kind, _due, _late in case._get_customer_promises()])
        case._resume()
        self.assertEqual(case._get_customer_state(), "working")
        self.solve(case)
        self.assertEqual(case._get_customer_state(), "solved")
        self.assertFalse(case._get_customer_promises())
        case._close()
        words = [words for _moment, words in case._get_customer_timeline()]
        self.assertEqual(words[0], "Your message reached us")
        self.assertEqual(set(words[-2:]), {"Solved", "Closed"})

    def test_dates_are_in_the_time_zone_of_the_customer(self):
        self.person.tz = "Asia/Shanghai"
        self.case.date_received = "2024-07-03 20:15:00"
        self.go_as(self.ada)
        page = self.get(f"/my/complaints/{self.case.id}").text
        self.assertIn("07/04/2024 04:15", page)
        token = self.case._portal_ensure_token()
        self.go_as(None)
        page = self.get(f"/my/complaints/{self.case.id}?access_token={token}").text
        self.assertIn("07/04/2024 04:15", page)

    def test_what_waits_for_the_customer_is_counted_and_filtered(self):
        waiting = self.make_case(name="Which batch?", received=None)
        waiting.action_start()
        waiting._pause(self.get_waiting_reason())
        self.go_as(self.ada)
        counted = self.make_jsonrpc_request(
            "/my/counters", {"counters": ["complaint_waiting_count"]}
        )
        self.assertEqual(counted, {"complaint_waiting_count": 1})
        page = self.get("/my/complaints?filterby=waiting").text
        self.assertIn("Which batch?", page)
        self.assertNotIn("Lantern sparks", page)

    def test_button_of_a_notification_leads_to_the_case(self):
        token = self.case._portal_ensure_token()
        self.go_as(None)
        link = f"/mail/view?model=complaint.case&res_id={self.case.id}&access_token="
        self.assertIn("Lantern sparks", self.get(link + token).text)
        self.assertNotIn("Lantern sparks", self.get(link + "wrong").text)

    def test_chatter_of_odoo_shows_no_more_with_the_link(self):
        self.write_internally(self.case, "Shown", subtype_xmlid="mail.mt_comment")
        self.write_internally(self.case, "Kept", subtype_xmlid="mail.mt_note")
        token = self.case._portal_ensure_token()
        self.go_as(None)
        params = {"thread_model": "complaint.case", "thread_id": self.case.id}
        found = self.make_jsonrpc_request("/mail/chatter_fetch", {**params, "token": token})
        bodies = str(found["data"]["mail.message"])
        self.assertIn("Shown", bodies)
        self.assertNotIn("Kept", bodies)
        with self.assertRaises(JsonRpcException), mute_logger("odoo.http"):
            self.make_jsonrpc_request("/mail/chatter_fetch", {**params, "token": "wrong"})
        self.go_as(self.cyd)
        found = self.make_jsonrpc_request("/mail/chatter_fetch", params)
        self.assertFalse(found["messages"])

    def test_attachment_of_a_note_is_not_given_out(self):
        shown, kept = (
            self.write_internally(
                self.case,
                "A file",
                attachments=[(f"{subtype}.txt", b"content")],
                subtype_xmlid=subtype,
            ).attachment_ids
            for subtype in ("mail.mt_comment", "mail.mt_note")
        )
        self.go_as(self.ada)
        page = self.get(f"/my/complaints/{self.case.id}").text
        self.assertIn(f"/web/content/{shown.id}?", page)
        self.assertNotIn(f"/web/content/{kept.id}", page)
        token = shown._get_raw_access_token()
        self.go_as(None)
        self.assertEqual(self.get(f"/web/content/{shown.id}?access_token={token}").text, "content")
        for url in (f"/web/content/{shown.id}", f"/web/content/{kept.id}?access_token={token}"):
            self.assertEqual(self.get(url).status_code, 404, url)


@tagged("post_install", "-at_install")
class TestPortalActs(PortalCase):
    def setUp(self):
        super().setUp()
        self.go_as(self.ada)

    def file(self, **values):
        files = values.pop("files", None)
        return self.post(
            "/my/complaints/new/submit",
            files=files,
            **{"subject": "Too dark", "text": "I see nothing.\nNothing.", **values},
        )

    def newest(self):
        return self.Case.search([("name", "=", "Too dark")], order="id desc", limit=1)

    def test_customer_files_a_complaint(self):
        order = self.make_order(self.customer, 100)
        response = self.file(
            kind="request",
            remedy_sought="relief",
            remedy_wish="More light",
            order_id=str(order.id),
            files=[
                ("attachment", ("dark.txt", b"dark", "text/plain")),
                ("attachment", ("page.html", b"<script>alert(1)</script>", "text/html")),
            ],
        )
        case = self.newest()
        self.assertIn(f"/my/complaints/{case.id}", response.url)
        self.assertIn(case.number, response.text)
        self.assertRecordValues(
            case,
            [
                {
                    "kind": "request",
                    "channel": "portal",
                    "company_id": self.company.id,
                    "partner_id": self.customer.id,
                    "contact_id": self.person.id,
                    "sale_order_id": order.id,
                    "remedy_sought": "relief",
                    "remedy_wish": "More light",
                    "customer_lang": "en_US",
                }
            ],
        )
        self.assertTrue(case.clock_ids)
        message = case._get_customer_messages()
        self.assertEqual(message.author_id, self.person)
        self.assertIn("I see nothing.<br>Nothing.", message.body)
        self.assertEqual(
            set(message.attachment_ids.mapped("mimetype")), {"text/plain"}, "nothing that runs"
        )

    def test_only_offered_values_are_taken(self):
        foreign = self.make_order(self.stranger.parent_id, 100)
        self.file(order_id=str(foreign.id), kind="x", remedy_sought="x", severity="critical")
        case = self.newest()
        self.assertFalse(case.sale_order_id)
        self.assertEqual((case.kind, case.severity), ("complaint", "medium"))

    def test_foreign_orders_are_not_offered(self):
        mine = self.make_order(self.customer, 100)
        foreign = self.make_order(self.stranger.parent_id, 100)
        page = self.get("/my/complaints/new").text
        self.assertIn(mine.name, page)
        self.assertNotIn(foreign.name, page)

    def test_missing_words_and_too_many_files_are_said(self):
        self.assertIn("what happened", self.file(text=" ").text)
        files = [("attachment", (f"{number}.txt", b"x", "text/plain")) for number in range(6)]
        page = self.file(files=files).text
        self.assertIn("At most 5 files", page)
        self.assertIn("I see nothing.", page, "what was written is not lost")
        self.assertFalse(self.newest())

    def test_customer_answers(self):
        files = [("attachment", ("spark.txt", b"spark", "text/plain"))]
        self.post(f"/my/complaints/{self.case.id}/answer", files=files, text="It still sparks")
        self.assertEqual(self.words_of(self.case), ["It still sparks"])
        message = self.case._get_customer_messages()
        self.assertEqual(message.attachment_ids.name, "spark.txt")
        self.assertTrue(self.case.date_last_customer)
        self.assertFalse(self.case.date_first_response, "his own words are no answer of ours")

    def test_empty_answer_is_refused(self):
        page = self.post(f"/my/complaints/{self.case.id}/answer", text="  ").text
        self.assertIn("Write something", page)
        self.assertFalse(self.words_of(self.case))

    def test_answer_resumes_what_waited_for_him(self):
        reason = self.get_waiting_reason()
        self.case.action_start()
        self.case._pause(reason)
        self.post(f"/my/complaints/{self.case.id}/answer", text="Here you are")
        self.assertFalse(self.case.pause_reason_id)

    def test_answer_long_after_closing_opens_a_new_case(self):
        self.solve(self.case)
        self.case._close()
        self.case.date_closed = "2024-01-01 00:00:00"
        response = self.post(f"/my/complaints/{self.case.id}/answer", text="Again!")
        follow_up = self.Case.search([("previous_case_id", "=", self.case.id)])
        self.assertTrue(follow_up)
        self.assertIn(f"/my/complaints/{follow_up.id}", response.url)
        self.assertEqual(self.words_of(follow_up), ["Again!"])
        response = self.post(f"/my/complaints/{self.case.id}/answer", text="And again!")
        self.assertIn(f"/my/complaints/{follow_up.id}", response.url)
        self.assertEqual(self.words_of(follow_up), ["Again!", "And again!"])
        self.assertEqual(self.case.stage_kind, "closed")

    def test_not_solved_takes_the_case_up_again(self):
        self.solve(self.case)
        self.post(f"/my/complaints/{self.case.id}/not-solved", reason="Sparks again")
        self.assertEqual((self.case.stage_kind, self.case.run), ("progress", 2))
        self.assertIn("Sparks again", self.words_of(self.case))
        self.assertEqual(self.case.reopen_count, 1, "his reason does not reopen it twice")

    def test_not_solved_needs_a_reason_and_a_solution(self):
        self.post(f"/my/complaints/{self.case.id}/not-solved", reason="Too early")
        self.assertEqual((self.case.stage_kind, self.case.run), ("new", 1))
        self.solve(self.case)
        page = self.post(f"/my/complaints/{self.case.id}/not-solved", reason="").text
        self.assertIn("what is still wrong", page)
        self.assertEqual(self.case.stage_kind, "resolved")

    def test_rating_is_given_once_for_each_solution(self):
        path = f"/my/complaints/{self.case.id}/rate"
        self.post(path, outcome="5", handling="5")
        self.assertFalse(self.case.rating_outcome, "nothing is solved yet")
        self.solve(self.case)
        self.assertIn("How did we do?", self.get(f"/my/complaints/{self.case.id}").text)
        self.post(path, outcome="4", handling="3", note="Well done")
        self.assertEqual((self.case.rating_outcome, self.case.rating_handling), (4, 3))
        self.assertEqual(self.case.rating_last_value, 4)
        self.assertEqual(self.case.rating_ids.feedback, "Well done")
        self.assertEqual(self.case.rating_ids.partner_id, self.person)
        self.assertEqual(self.case.stage_kind, "closed", "he is content")
        self.post(path, outcome="1", handling="1")
        self.assertEqual((self.case.rating_outcome, self.case.rating_handling), (4, 3))
        self.assertEqual(self.case.stage_kind, "closed")

    def test_rating_by_the_link_is_not_offered(self):
        """The link is known to agents, too: it does not speak for the customer."""
        self.solve(self.case)
        token = self.case._portal_ensure_token()
        self.go_as(None)
        page = self.get(f"/my/complaints/{self.case.id}?access_token={token}").text
        self.assertNotIn("How did we do?", page)
        self.assertIn("The matter is not solved", page)

    def test_answer_by_the_link_is_the_contacts(self):
        token = self.case._portal_ensure_token()
        self.go_as(None)
        path = f"/my/complaints/{self.case.id}/answer"
        self.post(path, text="From my phone", access_token=token)
        self.assertEqual(self.words_of(self.case), ["From my phone"])

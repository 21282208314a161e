import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// An account manager works through who is leaving: records a reason, puts one on hold
registry.category("web_tour.tours").add("customer_tiering_losing", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
        {
            content: "Open the menu of customers",
            trigger: ".o_menu_sections button:contains(Customers)",
            run: "click",
        },
        {
            content: "Open the losing customers",
            trigger: ".o-dropdown--menu a:contains(Losing Customers)",
            run: "click",
        },
        {
            content: "The costliest comes first, with status and sentence",
            trigger:
                ".o_data_row:eq(0):contains(Customer 10) td[name=status_reason]:contains(more than twice the usual)",
        },
        {
            content: "A colleague's customers are not listed",
            trigger: ".o_list_view:not(:contains(Customer 9))",
        },
        {
            content: "Select the first",
            trigger: ".o_data_row:eq(0) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Record why he leaves",
            trigger: ".o_control_panel button[name=action_record_leaving]",
            run: "click",
        },
        {
            content: "Choose a reason",
            trigger: ".modal div[name=reason_id] input",
            run: "edit Price",
        },
        {
            content: "Take it",
            trigger: ".o-autocomplete--dropdown-item:contains(Price)",
            run: "click",
        },
        {
            content: "What to choose it for is said below",
            trigger: ".modal div[name=description]:contains(terms of payment)",
        },
        {
            content: "Record",
            trigger: ".modal footer button[name=action_record]",
            run: "click",
        },
        {
            content: "The list shows the reason",
            trigger: ".o_data_row:contains(Customer 10) td[name=leaving_reason_id]:contains(Price)",
        },
        {
            content: "Select the other one",
            trigger: ".o_data_row:contains(Customer 5) .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Put him on hold",
            trigger: ".o_control_panel button[name=action_put_on_hold]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal div[name=reason] input",
            run: "edit closed for the season",
        },
        {
            content: "Put on hold",
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "He has left the list",
            trigger: ".o_list_view:not(:contains(Customer 5)) .o_data_row:contains(Customer 10)",
        },
        {
            content: "Open the menu of customers again",
            trigger: ".o_menu_sections button:contains(Customers)",
            run: "click",
        },
        {
            content: "Open who is on hold",
            trigger: ".o-dropdown--menu a:contains(Customers on Hold)",
            run: "click",
        },
        {
            content: "There he is; open the hold",
            trigger: ".o_data_row:contains(Customer 5) td[name=reason]:contains(season)",
            run: "click",
        },
        {
            content: "End it",
            trigger: ".o_form_view button[name=action_end]",
            run: "click",
        },
        {
            content: "Ended by hand",
            trigger: ".o_form_view div[name=end_reason]:contains(By hand)",
        },
    ],
});

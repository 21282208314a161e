import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const openMenu = (section, entry) => [
    { content: `Open ${section}`, trigger: `.o_menu_sections button:contains(${section})`, run: "click" },
    { content: `Open ${entry}`, trigger: `.o-dropdown--menu a:contains(${entry})`, run: "click" },
];

// Guided start: from the checklist through the data check to graded customers
registry.category("web_tour.tours").add("customer_tiering_guided_start", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
        {
            content: "A manager lands on the checklist while it is not done",
            trigger: ".o_last_breadcrumb_item:contains(Setup Checklist)",
        },
        {
            content: "Open the guided start from its line",
            trigger: ".o_data_row:contains(grade your customers) button[name=action_open]",
            run: "click",
        },
        {
            content: "The data check names the customer without phone",
            trigger: ".modal .o_data_row:contains(Without phone number):contains(1)",
        },
        {
            content: "Go on to the levels",
            trigger: ".modal footer button[name=action_choose]",
            run: "click",
        },
        {
            content: "The lines are proposed from the company's figures and already counted",
            trigger: ".modal .o_data_row:contains(Diamond) td[name=customer_count]:contains(1)",
        },
        {
            content: "Edit the line of the best level",
            trigger: ".modal .o_data_row:contains(Diamond) td[name=min_amount]",
            run: "click",
        },
        {
            content: "Put it below the second customer",
            trigger: ".modal .o_selected_row td[name=min_amount] input",
            run: "edit 850 && press Tab",
        },
        {
            content: "The count follows at once",
            trigger: ".modal .o_data_row:eq(0) td[name=customer_count]:contains(2)",
        },
        {
            content: "Choose the pyramid instead",
            trigger: ".modal .o_radio_item:contains(1, 4, 15) input",
            run: "click",
        },
        {
            content: "Its levels and their counts are shown",
            trigger: ".modal .o_data_row:contains(VIP) td[name=customer_count]:contains(1)",
        },
        {
            content: "Save and grade",
            trigger: ".modal footer button[name=action_grade]",
            run: "click",
        },
        {
            content: "The message says how many were graded",
            trigger: ".o_notification:contains(10 graded)",
        },
        {
            content: "The customers stand in columns by level",
            trigger: ".o_kanban_group:contains(VIP) .o_kanban_record:contains(Customer 10)",
        },
    ],
});

// An account manager looks at his customers and asks why
registry.category("web_tour.tours").add("customer_tiering_why", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
        {
            content: "He lands on the customers by level and sees his own only",
            trigger: ".o_kanban_renderer:not(:contains(Customer 9)) .o_kanban_record:contains(Customer 10)",
            run: "click",
        },
        {
            content: "The explanation names the line and what is missing",
            trigger: "div[name=explanation]:contains(Gold):contains(more in the period would make Platinum)",
        },
        {
            content: "Open the documents behind the figures",
            trigger: "button[name=action_view_documents]",
            run: "click",
        },
        {
            content: "The colleague's order is there too",
            trigger: ".o_list_view .o_data_row:eq(1)",
        },
        {
            content: "Back to the result",
            trigger: ".breadcrumb-item a:contains(Customer 10)",
            run: "click",
        },
        {
            content: "Open the customer",
            trigger: "button[name=action_open_customer]",
            run: "click",
        },
        {
            content: "The ribbon shows the level",
            trigger: ".o_tier_ribbon:contains(Gold)",
        },
        {
            content: "Ask from here as well",
            trigger: "button[name=action_view_standing]",
            run: "click",
        },
        {
            content: "The history tells the baseline",
            trigger: "div[name=history_ids] .o_data_row:contains(Baseline)",
        },
        ...openMenu("Customers", "My Customers"),
        {
            content: "His customers are listed with their level",
            trigger: ".o_list_view .o_data_row:contains(Customer 10) td[name=tier_id]:contains(Gold)",
        },
    ],
});

// A manager edits a scheme, is refused, mends it, and evaluates
registry.category("web_tour.tours").add("customer_tiering_scheme", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
        {
            content: "With everything set up, a manager lands on the customers",
            trigger: ".o_kanban_renderer .o_kanban_record",
        },
        ...openMenu("Configuration", "Grading Schemes"),
        {
            content: "Open the operative scheme",
            trigger: ".o_data_row:contains(Value Levels) td[name=name]",
            run: "click",
        },
        {
            content: "Edit the line of Gold",
            trigger: "div[name=tier_ids] .o_data_row:contains(Gold) td[name=min_amount]",
            run: "click",
        },
        {
            content: "Above Platinum, which cannot work",
            trigger: "div[name=tier_ids] .o_selected_row td[name=min_amount] input",
            run: "edit 500000 && press Tab",
        },
        {
            content: "Save",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "The reason is a sentence",
            trigger: ".modal:contains(amounts must fall from the best level to the last)",
        },
        {
            content: "Close the message",
            trigger: ".modal footer button",
            run: "click",
        },
        {
            content: "Down to where two customers reach it",
            trigger: "div[name=tier_ids] .o_selected_row td[name=min_amount] input",
            run: "edit 900 && press Tab",
        },
        ...stepUtils.saveForm(),
        {
            content: "The save made a revision",
            trigger: "button[name=action_view_revisions]:contains(3)",
        },
        {
            content: "Evaluate",
            trigger: "button[name=action_evaluate]",
            run: "click",
        },
        {
            content: "The message says what happened",
            trigger: ".o_notification:contains(10 graded):contains(1 up)",
        },
        {
            content: "Gold has two customers now",
            trigger: "div[name=tier_ids] .o_data_row:contains(Gold) td[name=customer_count]:contains(2)",
        },
    ],
});

const cell = (customer, name) => `.o_data_row:contains(${customer}) td[name=${name}]`;

// A quarter begins: rows are prepared, letters clicked, changes sent to the leader
registry.category("web_tour.tours").add("customer_tiering_scorecard", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
        ...openMenu("Customers", "Scorecard"),
        {
            content: "Nothing yet: the empty grid says how to begin",
            trigger: ".o_view_nocontent:contains(Prepare this Quarter)",
        },
        {
            content: "Prepare the quarter",
            trigger: ".o_control_panel button:contains(Prepare this Quarter)",
            run: "click",
        },
        {
            content: "Two customers were judged before",
            trigger: ".modal div[name=new_count]:contains(2)",
        },
        {
            content: "Add them",
            trigger: ".modal footer button[name=action_prepare]",
            run: "click",
        },
        {
            content: "The letters of the last quarter are copied and shown beside",
            trigger: `${cell("Customer 10", "potential")} .o_letter_before:contains(C)`,
        },
        {
            content: "The potential rises: one click",
            trigger: `${cell("Customer 10", "potential")} button:contains(B)`,
            run: "click",
        },
        {
            content: "The category follows, the rise is starred",
            trigger: ".o_data_row:contains(Customer 10):has(.fa-star) td[name=tier_id]:contains(Goldmine)",
        },
        {
            content: "Confirm both",
            trigger: "thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "From the header",
            trigger: ".o_control_panel button[name=action_confirm]",
            run: "click",
        },
        {
            content: "One is approved at once, the other sent on",
            trigger: ".o_notification:contains(1 unchanged):contains(1 sent for approval)",
        },
        {
            content: "The changed row waits",
            trigger: `${cell("Customer 10", "state")}:contains(To Approve)`,
        },
        {
            content: "A waiting row shows its letter only, nothing to click",
            trigger: `${cell("Customer 10", "potential")} button:only-of-type:disabled:contains(B)`,
        },
    ],
});

// The leader approves what changed, all at once
registry.category("web_tour.tours").add("customer_tiering_scorecard_approve", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
        ...openMenu("Customers", "Scorecards to Approve"),
        {
            content: "What rises comes first, in words",
            trigger: ".o_data_row:eq(0):contains(Customer 10) td[name=change_summary]:contains(Potential C → B)",
        },
        {
            content: "The other one is returned with a reason",
            trigger: ".o_data_row:contains(Customer 5) button[name=action_return]",
            run: "click",
        },
        {
            content: "Why",
            trigger: ".modal div[name=reason] input",
            run: "edit Look again",
        },
        {
            content: "Return it",
            trigger: ".modal footer button[name=action_return]",
            run: "click",
        },
        {
            content: "It has left the list",
            trigger: ".o_list_view:not(:has(.o_data_row:contains(Customer 5)))",
        },
        {
            content: "Select the rest",
            trigger: "thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Approve",
            trigger: ".o_control_panel button[name=action_approve]",
            run: "click",
        },
        {
            content: "Done",
            trigger: ".o_notification:contains(1 approved)",
        },
        {
            content: "Nothing waits",
            trigger: ".o_view_nocontent:contains(Nothing waits for you)",
        },
    ],
});

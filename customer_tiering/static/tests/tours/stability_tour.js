import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const openMenu = (section, entry) => [
    ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
    { content: `Open ${section}`, trigger: `.o_menu_sections button:contains(${section})`, run: "click" },
    { content: `Open ${entry}`, trigger: `.o-dropdown--menu a:contains(${entry})`, run: "click" },
];

// A manager tries another line on everybody, looks at the result and publishes it
registry.category("web_tour.tours").add("customer_tiering_what_if", {
    url: "/odoo",
    steps: () => [
        ...openMenu("Configuration", "What-if"),
        {
            content: "A new one",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "It starts from the operative scheme",
            trigger: "div[name=scheme_id] input:value(Value Levels)",
        },
        {
            content: "Name it",
            trigger: "div[name=name] input",
            run: "edit Gold from 900",
        },
        ...stepUtils.saveForm(),
        {
            content: "The levels were copied; edit the line of Gold",
            trigger: "div[name=tier_ids] .o_data_row:contains(Gold) td[name=min_amount]",
            run: "click",
        },
        {
            content: "Down to where one more customer reaches it",
            trigger: "div[name=tier_ids] .o_selected_row td[name=min_amount] input",
            run: "edit 900 && press Tab",
        },
        {
            content: "Run",
            trigger: "button[name=action_run]",
            run: "click",
        },
        {
            content: "The conclusion is a sentence",
            trigger: "div[name=conclusion]:contains(1 rise)",
        },
        {
            content: "Look at who moves from where to where",
            trigger: ".nav-link[name=matrix]",
            run: "click",
        },
        {
            content: "Of five Silver customers one would be Gold",
            trigger: ".o_tier_matrix tbody tr:has(th:contains(Silver)) td:contains(900)",
        },
        {
            content: "Publish",
            trigger: "button[name=action_publish]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal div[name=reason] input",
            run: "edit Too few Gold customers",
        },
        {
            content: "Publish it",
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "The message says what happened",
            trigger: ".o_notification:contains(is in force):contains(1 up)",
        },
        {
            content: "The what-if names the revision it made",
            trigger: ".o_form_view:not(:has(button[name=action_run])) div[name=revision_id]:contains(3)",
        },
    ],
});

const row = (customer) => `.o_data_row:contains(${customer})`;

// Before a decision day one fall is accepted, another held
registry.category("web_tour.tours").add("customer_tiering_coming_decisions", {
    url: "/odoo",
    steps: () => [
        ...openMenu("Customers", "Coming Decisions"),
        {
            content: "Each line says why",
            trigger: `${row("Customer 10")} td[name=reason]:contains(Gold needs)`,
        },
        {
            content: "Accept one",
            trigger: `${row("Customer 10")} button[name=action_accept]`,
            run: "click",
        },
        {
            content: "It is accepted",
            trigger: `${row("Customer 10")} td[name=state]:contains(Accepted)`,
        },
        {
            content: "Hold another",
            trigger: `${row("Customer 5")} button[name=action_hold]`,
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal div[name=reason] input",
            run: "edit Order on its way",
        },
        {
            content: "Hold",
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "It is held",
            trigger: `body:not(:has(.modal)) ${row("Customer 5")} td[name=state]:contains(Held)`,
        },
    ],
});

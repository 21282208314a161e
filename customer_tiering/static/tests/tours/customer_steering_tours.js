import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const openApp = () => [
    ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
    {
        content: "Land on the customers: a page that still loads would close the menu",
        trigger: ".o_kanban_renderer .o_kanban_record",
    },
];
const openMenu = (section, entry) => [
    { content: `Open ${section}`, trigger: `.o_menu_sections button:contains(${section})`, run: "click" },
    { content: `Open ${entry}`, trigger: `.o-dropdown--menu a:contains(${entry})`, run: "click" },
];

// A manager tries a lower line for Gold, sees what it would change, and publishes it
registry.category("web_tour.tours").add("customer_tiering_what_if", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("Configuration", "Grading Schemes"),
        {
            content: "Open the operative scheme",
            trigger: ".o_data_row:contains(Value Levels) td[name=name]",
            run: "click",
        },
        {
            content: "Ask what if",
            trigger: "button[name=action_simulate]",
            run: "click",
        },
        {
            content: "A what-if is made, its levels are those of the scheme",
            trigger: ".o_form_view:has(button[name=action_run]) div[name=tier_ids] .o_data_row:contains(Gold) td[name=min_amount]:contains(1,000)",
        },
        {
            content: "Edit the line of Gold",
            trigger: "div[name=tier_ids] .o_data_row:contains(Gold) td[name=min_amount]",
            run: "click",
        },
        {
            content: "Above Platinum, which cannot work",
            trigger: "div[name=tier_ids] .o_selected_row td[name=min_amount] input",
            run: "edit 5000 && press Tab",
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
            content: "Down to where three customers reach it",
            trigger: "div[name=tier_ids] .o_selected_row td[name=min_amount] input",
            run: "edit 800 && press Tab",
        },
        ...stepUtils.saveForm(),
        {
            content: "Nothing to publish before it was run",
            trigger: ".o_form_statusbar:not(:has(button[name=action_publish]))",
        },
        {
            content: "Run it",
            trigger: "button[name=action_run]",
            run: "click",
        },
        {
            content: "One sentence says what would change",
            trigger: ".alert-info:contains(2 rise)",
        },
        {
            content: "The matrix",
            trigger: ".nav-link:contains(From → to)",
            run: "click",
        },
        {
            content: "Two customers from Member to Gold, one stays",
            trigger: ".o_tier_matrix tbody tr:contains(Member):contains(1,700)",
        },
        {
            content: "Who they are",
            trigger: "button[name=action_view_winners]",
            run: "click",
        },
        {
            content: "By name",
            trigger: ".o_list_view .o_data_row:contains(Customer 9) td[name=to_tier_id]:contains(Gold)",
        },
        {
            content: "Back to the what-if",
            trigger: ".breadcrumb-item a:contains(What if)",
            run: "click",
        },
        {
            content: "Publish",
            trigger: "button[name=action_publish]",
            run: "click",
        },
        {
            content: "The dialog shows the rules to come",
            trigger: ".modal div[name=rules]:contains(Gold: from 800)",
        },
        {
            content: "At once",
            trigger: ".modal .o_radio_item:contains(At once) input",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal div[name=reason] input",
            run: "edit Too few Gold customers",
        },
        {
            content: "Do it",
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "The message says what happened",
            trigger: ".o_notification:contains(is in force: 2 up, 0 down)",
        },
        {
            content: "The what-if is published and knows its revision",
            trigger: ".o_form_view div[name=revision_id]:contains(revision 3)",
        },
    ],
});

// A what-if begun from the menu takes the rules of its scheme
registry.category("web_tour.tours").add("customer_tiering_what_if_menu", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("Configuration", "What-if"),
        {
            content: "New",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "The scheme in force is proposed",
            trigger: ".o_form_view div[name=scheme_id] input:value(Value Levels)",
        },
        {
            content: "Name it",
            trigger: ".o_form_view div[name=name] input",
            run: "edit Nothing else",
        },
        ...stepUtils.saveForm(),
        {
            content: "Its levels are there",
            trigger: "div[name=tier_ids] .o_data_row:contains(Diamond) td[name=min_amount]:contains(5,000)",
        },
        {
            content: "Run it",
            trigger: "button[name=action_run]",
            run: "click",
        },
        {
            content: "The same rules change nothing, which is said",
            trigger: ".alert-info:contains(These rules change no customer's level)",
        },
    ],
});

// A team leader reviews the coming decisions: accepts one, holds one
registry.category("web_tour.tours").add("customer_tiering_decisions", {
    url: "/odoo",
    steps: () => [
        ...openApp(),
        ...openMenu("Customers", "Coming Decisions"),
        {
            content: "Two customers would fall, with the reason",
            trigger: ".o_data_row:contains(Customer 5):contains(Member):contains(Ordinary) td[name=reason]:contains(needs)",
        },
        {
            content: "Nobody else's customers",
            trigger: ".o_list_view:not(:contains(Customer 9))",
        },
        {
            content: "Agree to one",
            trigger: ".o_data_row:contains(Customer 5) button[name=action_accept]",
            run: "click",
        },
        {
            content: "He is accepted",
            trigger: ".o_data_row:contains(Customer 5) td[name=state]:contains(Accepted)",
        },
        {
            content: "Hold the other",
            trigger: ".o_data_row:contains(Customer 10) button[name=action_hold]",
            run: "click",
        },
        {
            content: "Say why",
            trigger: ".modal div[name=reason] input",
            run: "edit Visit planned",
        },
        {
            content: "Locking is the manager's",
            trigger: ".modal footer:not(:contains(Lock)) button[name=action_apply]",
            run: "click",
        },
        {
            content: "He is held",
            trigger: ".o_data_row:contains(Customer 10) td[name=state]:contains(Held)",
        },
        {
            content: "Why is his level what it is?",
            trigger: ".o_data_row:contains(Customer 10) button[name=action_open_standing]",
            run: "click",
        },
        {
            content: "The hold is told with its reason",
            trigger: ".alert-info:contains(Does not fall below Gold):contains(Visit planned)",
        },
        {
            content: "And stands in the history",
            trigger: "div[name=history_ids] .o_data_row:contains(Visit planned)",
        },
        ...openMenu("Customers", "About to Change"),
        {
            content: "The other one is listed with the day and what would keep him",
            trigger: ".o_data_row:contains(Customer 5) td[name=change_hint]:contains(Keeps)",
        },
    ],
});

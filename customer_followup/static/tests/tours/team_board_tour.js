import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// A leader in the morning: what is overdue, given to a colleague; who looks after nobody's customer
registry.category("web_tour.tours").add("customer_followup_team_board", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
        {
            content: "Open the menu",
            trigger: ".o_menu_sections button:contains(Calls & Visits)",
            run: "click",
        },
        {
            content: "Open the board",
            trigger: ".o-dropdown--menu a:contains(Team Board)",
            run: "click",
        },
        {
            content: "Anna is away, and somebody stands in",
            trigger:
                ".o_care_board tr:contains(Anna Board) .o_care_board_absence:contains(Tom Board stands in)",
        },
        {
            content: "A customer waits for an account manager",
            trigger: ".o_care_decision[data-key=uncovered]:contains(1)",
        },
        {
            content: "Open what Anna has left over",
            trigger: ".o_care_board tr:contains(Anna Board) td[data-figure=overdue] button:contains(2)",
            run: "click",
        },
        {
            content: "Select both",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Give them to somebody",
            trigger: ".o_control_panel button:contains(Reassign)",
            run: "click",
        },
        {
            content: "The dialog says how many",
            trigger: ".modal div[name=touch_count]:contains(2)",
        },
        {
            content: "Choose a colleague",
            trigger: ".modal div[name=user_id] input",
            run: "edit Tom Board",
        },
        {
            content: "Take him",
            trigger: ".o-autocomplete--dropdown-item:contains(Tom Board)",
            run: "click",
        },
        {
            content: "Reassign",
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "It is said",
            trigger: ".o_notification:contains(2 follow-ups now belong to Tom Board)",
        },
        {
            content: "Back to the board",
            trigger: ".o_breadcrumb a:contains(Team Board), .breadcrumb-item a:contains(Team Board)",
            run: "click",
        },
        {
            content: "They are Tom's now",
            trigger: ".o_care_board tr:contains(Tom Board) td[data-figure=overdue] button:contains(2)",
        },
        {
            content: "Open the customers nobody looks after",
            trigger: ".o_care_decision[data-key=uncovered]",
            run: "click",
        },
        {
            content: "Select them",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Assign",
            trigger: ".o_control_panel button[name=action_assign_manager]",
            run: "click",
        },
        {
            content: "Choose the account manager",
            trigger: ".modal div[name=user_id] input",
            run: "edit Tom Board",
        },
        {
            content: "Take him",
            trigger: ".o-autocomplete--dropdown-item:contains(Tom Board)",
            run: "click",
        },
        {
            content: "Assign",
            trigger: ".modal footer button[name=action_apply]",
            run: "click",
        },
        {
            content: "Somebody looks after every customer",
            trigger: ".o_view_nocontent_smiling_face:contains(Somebody looks after every customer)",
        },
    ],
});

import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

// A manager says how often his key customers are called, and sees what it costs before he saves
registry.category("web_tour.tours").add("customer_followup_cadence", {
    steps: () => [
        {
            content: "A new rhythm",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Name it",
            trigger: ".o_field_widget[name=name] input",
            run: "edit Every two months",
        },
        {
            content: "Whom it is for",
            trigger: ".o_field_widget[name=service_class] input",
            run: "click",
        },
        {
            content: "Key customers",
            trigger: ".o_select_menu_item:contains(Key)",
            run: "click",
        },
        {
            content: "A contact",
            trigger: ".o_field_widget[name=line_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Every two months",
            trigger: ".o_selected_row .o_field_widget[name=interval] input",
            run: "edit 2",
        },
        {
            content: "Leave the line",
            trigger: ".o_field_widget[name=name] input",
            run: "click",
        },
        {
            content: "Its customers are counted while it is edited",
            trigger: ".o_field_widget[name=customer_count]:contains(4)",
        },
        {
            content: "Four customers, a call every two months",
            trigger: ".o_field_widget[name=contacts_per_month]:contains(2.0)",
        },
        ...stepUtils.saveForm(),
    ],
});

import { registry } from "@web/core/registry";

/** An account manager sees that nobody is known who implements, and notes who does. */
registry.category("web_tour.tours").add("customer_followup_person_map", {
    steps: () => [
        {
            content: "Open the key persons",
            trigger: "a[name=customer_persons]",
            run: "click",
        },
        {
            content: "Who decides is known",
            trigger: ".o_care_person_role:contains(Decides) button:contains(Ida Boss)",
        },
        {
            content: "Nobody implements: add somebody",
            trigger:
                ".o_care_person_role:contains(Implements):has(.o_care_person_blank) button.btn-link",
            run: "click",
        },
        {
            content: "Name the person",
            trigger: ".modal .o_field_widget[name=name] :is(input, textarea)",
            run: "edit Otto Foreman",
        },
        {
            content: "Open what is known",
            trigger: ".modal a[name=customer_knowledge]",
            run: "click",
        },
        {
            content: "The role is filled in already",
            trigger: ".modal .o_field_widget[name=care_role]",
        },
        {
            content: "Save",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "He stands in the map",
            trigger:
                "body:not(:has(.modal)) .o_care_person_role:contains(Implements) button:contains(Otto Foreman)",
        },
    ],
});

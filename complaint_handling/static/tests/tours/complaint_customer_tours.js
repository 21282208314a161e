import { registry } from "@web/core/registry";

// A customer files a complaint in the portal, answers, and says that it is not solved
registry.category("web_tour.tours").add("complaint_portal_file", {
    steps: () => [
        {
            content: "Complaints stand on the home page, also for who has none",
            trigger: ".o_portal_my_home a[href='/my/complaints']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "A new one",
            trigger: ".o_complaint_new",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "In a few words",
            trigger: ".o_complaint_form input[name=subject]",
            run: "edit Lantern sparks",
        },
        {
            content: "What happened",
            trigger: ".o_complaint_form textarea[name=text]",
            run: "edit It sparks when I touch it.",
        },
        {
            content: "About the order",
            trigger: ".o_complaint_form select[name=order_id]",
            run: "selectByIndex 1",
        },
        {
            content: "What matters",
            trigger: ".o_complaint_form select[name=remedy_sought]",
            run: "select relief",
        },
        {
            content: "Send",
            trigger: ".o_complaint_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It has a number and a state",
            trigger: ".alert-success strong",
        },
        {
            trigger: ".o_complaint_state:contains(Received)",
        },
        {
            content: "What he wrote stands there",
            trigger: ".o_complaint_message:contains(It sparks when I touch it.)",
        },
        {
            content: "Add something",
            trigger: ".o_complaint_answer textarea[name=text]",
            run: "edit It also smells.",
        },
        {
            trigger: ".o_complaint_answer button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_complaint_message:contains(It also smells.)",
        },
    ],
});

registry.category("web_tour.tours").add("complaint_portal_not_solved", {
    steps: () => [
        {
            trigger: ".o_complaint_state:contains(Solved)",
        },
        {
            trigger: ".o_complaint_not_solved",
            run: "click",
        },
        {
            trigger: "textarea[name=reason]",
            run: "edit It sparks again.",
        },
        {
            trigger: "form[action$='/not-solved'] button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_complaint_state:contains(We are working on it)",
        },
        {
            trigger: ".o_complaint_message:contains(It sparks again.)",
        },
    ],
});

registry.category("web_tour.tours").add("complaint_portal_rate", {
    steps: () => [
        {
            trigger: ".o_complaint_rating label[for=outcome_5]",
            run: "click",
        },
        {
            trigger: ".o_complaint_rating label[for=handling_4]",
            run: "click",
        },
        {
            trigger: ".o_complaint_rating textarea[name=note]",
            run: "edit Quick and friendly",
        },
        {
            trigger: ".o_complaint_rating button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: ".o_complaint_state:contains(Closed)",
        },
    ],
});

// Somebody without login writes by the public form
registry.category("web_tour.tours").add("complaint_public_form", {
    steps: () => [
        {
            trigger: ".o_complaint_public_form input[name=name]",
            run: "edit Eve",
        },
        {
            trigger: ".o_complaint_public_form input[name=email]",
            run: "edit eve@new.example",
        },
        {
            trigger: ".o_complaint_public_form input[name=subject]",
            run: "edit Fell off the wall",
        },
        {
            trigger: ".o_complaint_public_form textarea[name=text]",
            run: "edit In the night.",
        },
        {
            trigger: ".o_complaint_public_form button[type=submit]",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "h2:contains(One more step)",
        },
        {
            trigger: "strong:contains(eve@new.example)",
        },
    ],
});

registry.category("web_tour.tours").add("complaint_public_confirm", {
    steps: () => [
        {
            trigger: "button:contains(Yes, it is from me)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            trigger: "h2:contains(Thank you)",
        },
    ],
});

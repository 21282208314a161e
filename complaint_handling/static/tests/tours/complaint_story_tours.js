import {
    button,
    firstReply,
    openCase,
    row,
    solve,
    take,
} from "@complaint_handling/../tests/tours/complaint_case_tours";
import { registry } from "@web/core/registry";

// One case from beginning to end: what its customer does is in complaint_customer_tours.js
const tours = registry.category("web_tour.tours");
const SUBJECT = "Lantern sparks";
const myCases = { content: "My Cases", trigger: ".o_last_breadcrumb_item:contains(My Cases)" };
const field = (name) => `.o_field_widget[name=${name}]`;

/** The agent takes what came in and asks the warehouse. */
tours.add("complaint_story_ask", {
    steps: () => [
        myCases,
        ...take(SUBJECT),
        ...openCase(SUBJECT),
        { content: "Ask", trigger: button("Ask Somebody"), run: "click" },
        { content: "Whom", trigger: `.modal ${field("user_id")} input`, run: "edit Wanda" },
        {
            content: "Wanda of the warehouse",
            trigger: ".o-autocomplete--dropdown-item:contains(Wanda)",
            run: "click",
        },
        {
            content: "What",
            trigger: `.modal ${field("name")} input`,
            run: "edit Which lot was it?",
        },
        { content: "Send", trigger: ".modal footer button:contains(Ask)", run: "click" },
        {
            content: "The case waits for the warehouse",
            trigger: `body:not(:has(.modal)) ${field("held_by")}:contains(Other department)`,
        },
    ],
});

/** Who is asked has no right to complaints and answers all the same. */
tours.add("complaint_story_warehouse", {
    steps: () => [
        {
            content: "My Requests",
            trigger: ".o_last_breadcrumb_item:contains(My Requests)",
        },
        { content: "The question", trigger: `${row("Which lot was it?")} td[name=name]`, run: "click" },
        { content: "About what", trigger: `${field("case_name")}:contains(${SUBJECT})` },
        {
            content: "The answer",
            trigger: `${field("answer")} .odoo-editor-editable`,
            run: "editor Lot 7 had bad wires.",
        },
        { content: "Send", trigger: button("Send the Answer"), run: "click" },
        {
            content: "Answered",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Answered)",
        },
    ],
});

/** The agent reads what the warehouse says and answers the customer. */
tours.add("complaint_story_reply", {
    steps: () => [
        myCases,
        ...openCase(SUBJECT),
        {
            content: "What the warehouse says",
            trigger: ".o-mail-Message:contains(Lot 7 had bad wires.)",
        },
        ...firstReply(),
    ],
});

/** The leader was told that it is late: he takes it on and solves it. */
tours.add("complaint_story_escalated", {
    steps: () => [
        {
            content: "Escalated to me",
            trigger: ".o_last_breadcrumb_item:contains(Escalated to me)",
        },
        { content: "The case", trigger: `${row(SUBJECT)} td[name=clock_kind]`, run: "click" },
        { content: "I take it", trigger: button("Seen, I take it"), run: "click" },
        {
            content: "Seen",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Seen)",
        },
        { content: "To the case", trigger: `${field("case_id")} a.o_form_uri`, run: "click" },
        { content: "It is open", trigger: `.o_last_breadcrumb_item:contains(${SUBJECT})` },
        ...solve(),
    ],
});

/** The customer refused: it is with the next one up, who reads why and solves it again. */
tours.add("complaint_story_solve_again", {
    steps: () => [
        myCases,
        ...openCase(SUBJECT),
        { content: "Why", trigger: ".o-mail-Message:contains(It sparks again.)" },
        ...solve(),
    ],
});

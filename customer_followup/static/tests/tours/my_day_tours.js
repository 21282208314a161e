import { registry } from "@web/core/registry";
import { stepUtils } from "@web_tour/tour_utils";

const tours = registry.category("web_tour.tours");

/**
 * Return the steps of one job after a check that it takes no more clicks than promised.
 * Whoever adds a click to a job has to change the promise, too.
 */
function job(name, budget, steps) {
    const clicks = steps.filter(({ run }) => run === "click").length;
    if (clicks > budget) {
        throw new Error(`${name} takes ${clicks} clicks; ${budget} were promised.`);
    }
    return steps;
}

const stop = (name) => `.o_care_stop:contains(${name})`;
const section = (name) => `section[aria-label='${name}']`;
const chip = (card, outcome) => `${card} .o_care_outcomes button:contains(${outcome})`;
const done = (name) => ({
    content: `${name} is done`,
    trigger: `${section("Done")} ${stop(name)}`,
});

const visitDone = () =>
    job("Visit done with outcome, promise and next date", 6, [
        {
            content: "Start the visit",
            trigger: `${section("Visits")} ${stop("Brass Works")} button[name=start]`,
            run: "click",
        },
        {
            content: "It runs",
            trigger: `${stop("Brass Works")} .o_care_buttons:contains(Running)`,
        },
        { content: "Met", trigger: chip(stop("Brass Works"), "Met"), run: "click" },
        {
            content: "What was said",
            trigger: `${stop("Brass Works")} textarea[name=result]`,
            run: "edit Wants samples of the new series",
        },
        {
            content: "What we promised",
            trigger: `${stop("Brass Works")} input[name=promise]`,
            run: "edit Send samples",
        },
        {
            content: "Next visit in a month",
            trigger: `${stop("Brass Works")} button:contains(1 month)`,
            run: "click",
        },
        { content: "Save", trigger: `${stop("Brass Works")} button[name=save]`, run: "click" },
        done("Brass Works"),
    ]);

const notIn = () =>
    job("Not in", 1, [
        {
            content: "Nobody there",
            trigger: chip(`${section("Visits")} ${stop("Alder Mill")}`, "Not in"),
            run: "click",
        },
        {
            content: "Tried today, again on another day",
            trigger: `${section("Done")} ${stop("Alder Mill")}:contains(again on)`,
        },
    ]);

const noAnswer = () =>
    job("No answer", 1, [
        {
            content: "Nobody answers",
            trigger: chip(`${section("Calls")} ${stop("Cedar Court")}`, "No answer"),
            run: "click",
        },
        done("Cedar Court"),
    ]);

const putOff = () =>
    job("Put off", 3, [
        { content: "Put off", trigger: chip(stop("Dune Hotel"), "Put off"), run: "click" },
        {
            content: "Without a date it cannot be saved",
            trigger: `${stop("Dune Hotel")} button[name=save]:disabled`,
        },
        {
            content: "In a week",
            trigger: `${stop("Dune Hotel")} button:contains(1 week)`,
            run: "click",
        },
        { content: "Save", trigger: `${stop("Dune Hotel")} button[name=save]:enabled`, run: "click" },
        done("Dune Hotel"),
    ]);

const reached = () =>
    job("Reached with next date", 3, [
        { content: "Reached", trigger: chip(stop("Elm Bakery"), "Reached"), run: "click" },
        {
            content: "What was said",
            trigger: `${stop("Elm Bakery")} textarea[name=result]`,
            run: "edit Orders in spring",
        },
        {
            content: "Again in three months",
            trigger: `${stop("Elm Bakery")} button:contains(3 months)`,
            run: "click",
        },
        { content: "Save", trigger: `${stop("Elm Bakery")} button[name=save]`, run: "click" },
        done("Elm Bakery"),
    ]);

const offPlan = () =>
    job("Contact off plan", 2, [
        { content: "A contact nobody planned", trigger: "button[name=new_contact]", run: "click" },
        {
            content: "By a part of the number",
            trigger: ".o_care_customer input",
            run: "edit 555 0166",
        },
        {
            content: "The number finds the customer",
            trigger: ".o-autocomplete--dropdown-item:contains(Fir Carpets)",
        },
        {
            content: "Enter takes him",
            trigger: ".o_care_customer input",
            run: "press Enter",
        },
        {
            content: "What was said",
            trigger: ".o_care_contact_form:contains(Fir Carpets) textarea[name=result]",
            run: "edit Asked for a catalogue",
        },
        { content: "Save", trigger: ".o_care_contact_form button[name=save]", run: "click" },
        {
            content: "It stands among those off plan",
            trigger: `${section("Off plan")} ${stop("Fir Carpets")}:contains(catalogue)`,
        },
    ]);

const quotation = () =>
    job("New quotation", 1, [
        {
            content: "Quote",
            trigger: `${stop("Gold Line")} button[name=quote]`,
            run: "click",
        },
        {
            content: "A new order of this customer",
            trigger: ".o_form_view div[name=partner_id] input:value(Gold Line)",
        },
    ]);

tours.add("customer_followup_my_day", {
    url: "/odoo",
    steps: () => [
        ...stepUtils.goToAppSteps("customer_tiering.customer_tiering_menu_root"),
        { content: "The app begins with his day", trigger: ".o_care_day .progress" },
        {
            content: "A look at the brief",
            trigger: `${stop("Brass Works")} .o_care_name`,
            run: "click",
        },
        {
            content: "It says what to prepare and whom one meets",
            trigger: `${stop("Brass Works")} .o_care_brief:contains(Price list):contains(Zoe Buyer)`,
        },
        ...visitDone(),
        ...notIn(),
        ...noAnswer(),
        ...putOff(),
        ...reached(),
        ...offPlan(),
        ...quotation(),
    ],
});

// The same day, reached by its own address and left for tomorrow and back
tours.add("customer_followup_my_day_phone", {
    url: "/odoo/my-day",
    steps: () => [
        { content: "Tomorrow", trigger: "button[aria-label='Day after']", run: "click" },
        {
            content: "Nothing is planned there",
            trigger: ".o_view_nocontent_smiling_face:contains(Nothing to do)",
        },
        { content: "Back", trigger: ".o_care_head button:contains(Today)", run: "click" },
        ...visitDone(),
        ...notIn(),
        ...noAnswer(),
        ...putOff(),
        ...reached(),
        ...offPlan(),
        ...quotation(),
    ],
});

tours.add("customer_followup_call_list", {
    url: "/odoo/call-list",
    steps: () =>
        job("Call list by keys", 1, [
            { content: "The first", trigger: ".o_care_progress:contains(1 of 3)" },
            { content: "The brief beside it", trigger: "section[aria-label=Brief] .o_care_brief" },
            {
                content: "Note what is said",
                trigger: "textarea[name=result]",
                run: "edit Wants to be called in spring",
            },
            {
                content: "A key inside a text is text",
                trigger: "textarea[name=result]",
                run: "press Escape",
            },
            { content: "Reached", trigger: "body", run: "press 1" },
            { content: "The next one comes up", trigger: ".o_care_progress:contains(2 of 3)" },
            { content: "The notes are gone", trigger: "textarea[name=result]:empty" },
            { content: "Skip", trigger: "body", run: "press s" },
            { content: "The third", trigger: ".o_care_progress:contains(3 of 3)" },
            { content: "Call back needs a date", trigger: "body", run: "press 4" },
            { content: "It says so", trigger: ".o_notification:contains(needs a date)" },
            { content: "No answer", trigger: "body", run: "press 3" },
            { content: "That was it", trigger: ".o_view_nocontent:contains(last one)" },
        ]),
});

const shortForm = () => [
    {
        content: "The short form",
        trigger: ".modal:contains(How did it go) div[name=outcome_id]",
    },
    {
        content: "What was said",
        trigger: ".modal div[name=result] textarea",
        run: "edit All is well",
    },
    { content: "Save", trigger: ".modal button[name=action_save]", run: "click" },
];

// Marking the activity of a follow-up as done asks for the outcome, once
tours.add("customer_followup_mark_done", {
    steps: () => [
        {
            content: "The follow-up's own page",
            trigger: ".o-mail-Activity-markDone",
            run: "click",
        },
        ...shortForm(),
        {
            content: "Done, without activity",
            trigger: ".o_form_view:not(:has(.o-mail-Activity)) .o_arrow_button_current:contains(Done)",
        },
    ],
});

// The same where activities are listed
tours.add("customer_followup_mark_done_listed", {
    steps: () => [
        { content: "By activity", trigger: ".o_switch_view.o_activity", run: "click" },
        {
            content: "The one activity",
            trigger: ".o_activity_summary_cell:contains(Brass Works) .o-mail-ActivityCell-deadline",
            run: "click",
        },
        {
            content: "Mark as done",
            trigger: ".o-mail-ActivityListPopoverItem-markAsDone",
            run: "click",
        },
        ...shortForm(),
        {
            content: "Nothing is left",
            trigger: ".o_activity_view:not(:contains(Brass Works))",
        },
    ],
});

tours.add("customer_followup_alerts", {
    steps: () => [
        {
            content: "The banner stands above the sheet",
            trigger: ".o_form_view .alert-danger:contains(Complaint open) button:contains(Show)",
        },
    ],
});

tours.add("customer_followup_leader", {
    steps: () => [
        {
            content: "One call planned",
            trigger: ".o_data_row td[name=call_count]:contains(1)",
        },
        {
            content: "Look at it",
            trigger: ".o_data_row button[name=action_open_day]",
            run: "click",
        },
        {
            content: "Her day, and nothing to add to it",
            trigger: ".o_care_head:contains(day_seller):not(:has(button[name=new_contact]))",
        },
        { content: "Her call", trigger: `${section("Calls")} ${stop("Brass Works")}` },
    ],
});

import { describeCountdown, formatLength } from "@complaint_handling/countdown/countdown";
import { ServerClock } from "@complaint_handling/countdown/ticker";
import { registry } from "@web/core/registry";

const tours = registry.category("web_tour.tours");

/**
 * Return the steps of one job after a check that it takes no more clicks than promised.
 * Whoever adds a click to a job has to change the promise, too.
 */
export function job(name, budget, steps) {
    const clicks = steps.filter(({ run }) => run === "click").length;
    if (clicks > budget) {
        throw new Error(`${name} takes ${clicks} clicks; ${budget} were promised.`);
    }
    return steps;
}

export const row = (subject) => `.o_data_row:contains(${subject})`;
export const button = (label) => `.o_form_statusbar button:contains(${label})`;
const message = ".modal .o_complaint_message .odoo-editor-editable";

export const take = (subject) =>
    job("Take", 1, [
        {
            content: "Take it out of the list",
            trigger: `${row(subject)} button:contains(Take)`,
            run: "click",
        },
        { content: "It is accepted", trigger: `${row(subject)}:contains(Accepted)` },
    ]);

export const openCase = (subject) => [
    { content: "Open the case", trigger: `${row(subject)} td[name=name]`, run: "click" },
    { content: "It is open", trigger: `.o_last_breadcrumb_item:contains(${subject})` },
];

export const firstReply = () =>
    job("First reply", 2, [
        { content: "Reply", trigger: button("Reply"), run: "click" },
        { content: "It goes to the contact", trigger: ".modal [name=recipient]:contains(Ada)" },
        { content: "Write", trigger: message, run: "editor We look into it." },
        { content: "Send", trigger: ".modal button:contains(Send)", run: "click" },
        {
            content: "It stands in the conversation",
            trigger: "body:not(:has(.modal)) .o-mail-Message:contains(We look into it.)",
        },
    ]);

export const solve = () =>
    job("Solve and tell", 2, [
        { content: "Solve and tell", trigger: button("Solve and tell"), run: "click" },
        {
            content: "What he gets",
            trigger: ".modal [name=remedy_granted] textarea",
            run: "edit A new lantern",
        },
        { content: "Tell him", trigger: message, run: "editor You get a new one." },
        { content: "Send", trigger: ".modal button:contains(Send and solve)", run: "click" },
        {
            content: "It is solved",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Resolved)",
        },
    ]);

/** An agent takes a case, answers and solves it, with the clicks that are promised. */
tours.add("complaint_handling_case", {
    steps: () => [
        { content: "My Cases", trigger: ".o_last_breadcrumb_item:contains(My Cases)" },
        {
            content: "The time left counts down",
            trigger: `${row("Broken lantern")} .o_complaint_countdown:contains(h)`,
        },
        ...take("Broken lantern"),
        ...openCase("Broken lantern"),
        ...firstReply(),
        ...solve(),
    ],
});

/** Somebody calls: found by his number, a complaint, taken by who picked up. */
tours.add("complaint_handling_phone", {
    steps: () => [
        { content: "My Cases", trigger: ".o_last_breadcrumb_item:contains(My Cases)" },
        ...job("New complaint by phone", 5, [
            {
                content: "New by phone",
                trigger: ".o_control_panel button:contains(New by Phone)",
                run: "click",
            },
            {
                content: "Who calls",
                trigger: ".modal .o_complaint_intake_search input:focus",
                run: "edit 555 01 77",
            },
            {
                content: "Ada it is",
                trigger: ".o-autocomplete--dropdown-item a:contains(Ada)",
                run: "click",
            },
            { content: "His open case is shown", trigger: ".modal:contains(Broken lantern)" },
            {
                content: "What about",
                trigger: ".modal [name=category_id] input",
                run: "edit Billing",
            },
            {
                content: "Billing",
                trigger: ".o-autocomplete--dropdown-item a:contains(Billing)",
                run: "click",
            },
            { content: "Tips are shown", trigger: ".modal .o_complaint_tips:contains(line by line)" },
            {
                content: "How bad",
                trigger: ".modal [name=severity] .btn:contains(High)",
                run: "click",
            },
            {
                content: "In a few words",
                trigger: ".modal [name=name] input",
                run: "edit Charged twice",
            },
            { content: "Save", trigger: ".modal footer button:contains(Save)", run: "click" },
        ]),
        {
            content: "The case is there, and taken",
            trigger: ".o_last_breadcrumb_item:contains(Charged twice)",
        },
        {
            content: "Accepted",
            trigger: ".o_statusbar_status .o_arrow_button_current:contains(Accepted)",
        },
    ],
});

function expectEqual(found, expected) {
    if (String(found) !== String(expected)) {
        throw new Error(`${found} instead of ${expected}`);
    }
}

const HOUR = 3600;
let seen = "";

/** The countdown ticks by itself, and says the right thing at each moment. */
tours.add("complaint_handling_countdown", {
    steps: () => [
        {
            content: "Words for lengths of time",
            trigger: ".o_complaint_countdown",
            run: () => {
                expectEqual(formatLength(59), "0 min 59 s");
                expectEqual(formatLength(10 * 60), "10 min");
                expectEqual(formatLength(2 * HOUR), "2 h");
                expectEqual(formatLength(26 * HOUR + 60), "1 d 2 h");
                expectEqual(formatLength(26 * HOUR, { withDays: false }), "26 h");
            },
        },
        {
            content: "Words and colors for promises",
            trigger: ".o_complaint_countdown",
            run: () => {
                const running = { state: "running", since: 0, due: 10 * HOUR, share: 1 };
                const tone = (now, change = {}) =>
                    describeCountdown({ ...running, ...change }, now).tone;
                expectEqual(tone(4 * HOUR), "success");
                expectEqual(tone(6 * HOUR), "warning");
                expectEqual(tone(9 * HOUR), "danger");
                expectEqual(tone(4 * HOUR, { share: 0.2 }), "danger");
                expectEqual(describeCountdown(running, 10 * HOUR).text, "0 min 0 s late");
                expectEqual(describeCountdown(running, 36 * HOUR).text, "1 d 2 h late");
                const paused = { state: "paused", left: 30 * HOUR, working: true };
                expectEqual(describeCountdown(paused, 0).text, "30 h");
                expectEqual(describeCountdown({ ...paused, working: false }, 0).text, "1 d 6 h");
                expectEqual(describeCountdown({ state: "met" }, 0).text, "Kept");
                expectEqual(describeCountdown({ state: "none" }, 0).text, "");
            },
        },
        {
            content: "A wrong clock at the desk does no harm",
            trigger: ".o_complaint_countdown",
            run: () => {
                for (const wrong of [-7200, 0, 7200]) {
                    const clock = new ServerClock();
                    clock.note(1000, 1002 + wrong);
                    clock.note(2000, 2001 + wrong);
                    // an old answer teaches nothing
                    clock.note(1000, 2500 + wrong);
                    expectEqual(clock.now(3001 + wrong), 3000);
                }
            },
        },
        {
            content: "It shows seconds",
            trigger: ".o_data_row:contains(Broken lantern) .o_complaint_countdown.text-danger",
            run: ({ anchor }) => {
                seen = anchor.textContent;
                expectEqual(/^[4-7] min \d+ s$/.test(seen.trim()), true);
                expectEqual(anchor.title.startsWith("First Response: due "), true);
            },
        },
        {
            content: "It ticks without reloading",
            trigger: ".o_data_row:contains(Broken lantern) .o_complaint_countdown",
            run: async ({ anchor }) => {
                for (let wait = 0; anchor.textContent === seen; wait++) {
                    if (wait > 50) {
                        throw new Error(`It stands still at ${seen}`);
                    }
                    await new Promise((resolve) => setTimeout(resolve, 100));
                }
            },
        },
    ],
});

/** On a card stand customer and time left, and it is taken with one click. */
tours.add("complaint_handling_board", {
    steps: () => [
        {
            content: "A card with customer and time left",
            trigger: ".o_kanban_record:contains(Broken lantern) .o_complaint_countdown:contains(h)",
        },
        {
            content: "Take it from its card",
            trigger: ".o_kanban_record:contains(Broken lantern) button:contains(Take)",
            run: "click",
        },
        {
            content: "It stands among the accepted",
            trigger:
                ".o_kanban_group:has(.o_column_title:contains(Accepted)) .o_kanban_record:contains(Broken lantern)",
        },
    ],
});

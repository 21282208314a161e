import { _t } from "@web/core/l10n/translation";

/** Columns of the board: what each number says stands beside it. */
export const FIGURES = [
    {
        key: "visits",
        done: "visits_done",
        label: _t("Visits"),
        help: _t("Visits of the day: done, of those that the plan asks for."),
    },
    {
        key: "calls",
        done: "calls_done",
        label: _t("Calls"),
        help: _t("Calls and messages of the day: done, of those that the plan asks for."),
    },
    {
        key: "off_plan",
        label: _t("Off Plan"),
        help: _t("Contacts of the day that nobody had planned."),
    },
    {
        key: "overdue",
        weight: "overdue_weight",
        isBad: true,
        label: _t("Overdue"),
        help: _t(
            "Still open although planned for an earlier day. In brackets by weight: a key customer counts three times, a standard customer twice."
        ),
    },
    {
        key: "missed",
        isBad: true,
        label: _t("Missed"),
        help: _t("Follow-ups of the last 30 days whose window passed without a contact."),
    },
    {
        key: "promises",
        isBad: true,
        label: _t("Promises"),
        help: _t("Open promises, ours and the customers', whose day has passed."),
    },
    {
        key: "plan",
        load: "today",
        label: _t("Load today"),
        help: _t(
            "Planned hours of the day, by the working time that days off, leaves and meetings leave."
        ),
    },
    {
        key: "ahead",
        load: "ahead",
        label: _t("Load, 14 days"),
        help: _t(
            "Hours planned for today and the next 13 days, by the working time that days off, leaves and meetings leave. Above 100 % not everything can be done."
        ),
    },
];

/** What waits for the leader. */
export const DECISIONS = {
    stand_ins: {
        label: _t("Follow-ups for somebody absent"),
        help: _t("A deputy or leader does them meanwhile; they go back by themselves."),
    },
    archived: {
        label: _t("Follow-ups of archived people"),
        help: _t("They belong to users who are archived: give them to somebody."),
    },
    uncovered: {
        label: _t("Customers nobody looks after"),
        help: _t(
            "Their rhythm asks for calls or visits, but they have no account manager, or he is archived."
        ),
    },
    falls: {
        label: _t("Key customers about to fall"),
        help: _t("Their level falls on the next decision day unless more is bought."),
    },
};

export const ABSENCES = {
    archived: _t("archived"),
    out_of_office: _t("out of office"),
    leave: _t("on leave"),
};

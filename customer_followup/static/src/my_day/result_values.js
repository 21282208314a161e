import { serializeDate, serializeDateTime } from "@web/core/l10n/dates";

const { DateTime } = luxon;

/** Return what the result form holds before anything is filled in. */
export function emptyValues() {
    return {
        result: "",
        nextDate: "",
        nextHour: "",
        nextStep: "",
        promise: "",
        promiseDate: serializeDate(DateTime.now().plus({ weeks: 1 })),
        promisedBy: "us",
    };
}

/** Return the values as `record_outcome` takes them; an hour is the reader's, sent in UTC. */
export function toServerValues(values) {
    const { nextDate, nextHour } = values;
    let next = nextDate;
    if (nextDate && nextHour) {
        next = serializeDateTime(DateTime.fromISO(`${nextDate}T${nextHour}`));
    }
    return {
        result: values.result.trim(),
        next_step: values.nextStep.trim(),
        date_next: next || false,
        promise: values.promise.trim() && {
            name: values.promise.trim(),
            date_due: values.promiseDate,
            promised_by: values.promisedBy,
        },
    };
}

import { _t } from "@web/core/l10n/translation";

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/**
 * Return a length of time in its two largest units: seconds only in the last minutes, days only
 * where a day has 24 hours, which it has not in working time.
 */
export function formatLength(seconds, { withDays = true } = {}) {
    const length = Math.max(Math.floor(seconds), 0);
    const days = Math.floor(length / DAY);
    const hours = Math.floor((withDays ? length % DAY : length) / HOUR);
    const minutes = Math.floor((length % HOUR) / MINUTE);
    if (withDays && days) {
        return hours
            ? _t("%(days)s d %(hours)s h", { days, hours })
            : _t("%(days)s d", { days });
    }
    if (hours) {
        return minutes
            ? _t("%(hours)s h %(minutes)s min", { hours, minutes })
            : _t("%(hours)s h", { hours });
    }
    if (length >= 10 * MINUTE) {
        return _t("%(minutes)s min", { minutes });
    }
    return _t("%(minutes)s min %(seconds)s s", { minutes, seconds: length % MINUTE });
}

/**
 * Say how a promise stands at a moment.
 *
 * @param {Object} countdown as the field `countdown` of a case gives it
 * @param {number} now the server's time in seconds since 1970
 * @returns {{text: string, tone: string, icon: string}} tone: danger, warning, success or muted
 */
export function describeCountdown(countdown, now) {
    if (countdown.due) {
        const left = countdown.due - now;
        if (left <= 0) {
            return {
                text: _t("%(time)s late", { time: formatLength(-left) }),
                tone: "danger",
                icon: "fa-exclamation-triangle",
            };
        }
        const whole = Math.max(countdown.due - countdown.since, 1);
        const share = countdown.share * Math.min(left / whole, 1);
        const tone = share < 0.2 ? "danger" : share < 0.5 ? "warning" : "success";
        return { text: formatLength(left), tone, icon: "fa-clock-o" };
    }
    if (countdown.left !== undefined) {
        const time = formatLength(countdown.left, { withDays: !countdown.working });
        return { text: time, tone: "muted", icon: "fa-pause" };
    }
    if (countdown.state === "met") {
        return { text: _t("Kept"), tone: "muted", icon: "fa-check" };
    }
    if (countdown.state === "breached") {
        return { text: _t("Was late"), tone: "muted", icon: "fa-times" };
    }
    return { text: "", tone: "muted", icon: "" };
}

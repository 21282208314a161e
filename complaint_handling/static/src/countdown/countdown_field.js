import { Component, onWillUpdateProps, useState } from "@odoo/owl";
import { formatDateTime } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { describeCountdown } from "./countdown";
import { serverClock, useTick } from "./ticker";

const { DateTime } = luxon;

/** Time left until a promise is due. Ticks by itself: right without reloading. */
export class CountdownField extends Component {
    static template = "complaint_handling.CountdownField";
    static props = { ...standardFieldProps };

    setup() {
        this.state = useState({ text: "", tone: "muted", icon: "" });
        this.refresh();
        onWillUpdateProps((nextProps) => this.refresh(nextProps));
        useTick(() => this.refresh());
    }

    refresh(props = this.props) {
        const countdown = props.record.data.countdown || {};
        if (countdown.now) {
            serverClock.note(countdown.now);
        }
        // rendered only where a word has changed
        Object.assign(this.state, describeCountdown(countdown, serverClock.now()));
    }

    get title() {
        const { promise, due, left, working } = this.props.record.data.countdown || {};
        if (due) {
            const moment = formatDateTime(DateTime.fromSeconds(due));
            return _t("%(promise)s: due %(moment)s", { promise, moment });
        }
        if (left === undefined) {
            return "";
        }
        return working
            ? _t("%(promise)s: paused, so much working time is left", { promise })
            : _t("%(promise)s: paused, so much time is left", { promise });
    }
}

registry.category("fields").add("complaint_countdown", {
    component: CountdownField,
    displayName: _t("Countdown"),
    supportedTypes: ["datetime"],
    isEmpty: () => false,
    fieldDependencies: [{ name: "countdown", type: "json" }],
});

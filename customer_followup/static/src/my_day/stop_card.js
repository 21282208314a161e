import { Component, useState } from "@odoo/owl";
import { deserializeDateTime, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { CareAlerts } from "../alerts/care_alerts";
import { Brief } from "./brief";
import { OutcomeChips } from "./outcome_chips";
import { ResultFields } from "./result_fields";
import { emptyValues, toServerValues } from "./result_values";
import { useTouchActions } from "./touch_actions";

/** One visit or call of the day: whom, where, why, and how it went. */
export class StopCard extends Component {
    static template = "customer_followup.StopCard";
    static components = { Brief, CareAlerts, OutcomeChips, ResultFields };
    static props = {
        stop: Object,
        outcomes: Array,
        canQuote: Boolean,
        place: { type: Number, optional: true },
        isPast: { type: Boolean, optional: true },
        onChanged: Function,
    };
    static defaultProps = { place: 0, isPast: false };

    setup() {
        this.orm = useService("orm");
        this.actions = useTouchActions();
        this.state = useState({ brief: null, isOpen: false, isBusy: false, outcome: null });
        this.values = useState(emptyValues());
    }

    /** Done for this day: it is finished, or was tried and stands on another day. */
    get isDone() {
        return this.props.isPast || this.props.stop.state !== "planned";
    }

    get sinceText() {
        return _t("since %s", formatDate(deserializeDateTime(this.props.stop.date_planned)));
    }

    get againText() {
        return _t("again on %s", formatDate(deserializeDateTime(this.props.stop.date_planned)));
    }

    async toggleBrief() {
        this.state.isOpen = !this.state.isOpen;
        if (this.state.isOpen && !this.state.brief) {
            const args = [this.props.stop.id];
            this.state.brief = await this.orm.call("followup.day", "get_brief", args);
        }
    }

    /** What needs no more words is saved at once; the rest asks for them. */
    choose(outcome) {
        if (["retry", "repair"].includes(outcome.effect)) {
            return this.save(outcome);
        }
        this.state.outcome = this.state.outcome?.id === outcome.id ? null : outcome;
    }

    get onlyDate() {
        return this.state.outcome.effect === "reschedule";
    }

    get canSave() {
        return !this.state.isBusy && (!this.onlyDate || Boolean(this.values.nextDate));
    }

    onFormKeydown(ev) {
        if (ev.key === "Escape") {
            this.state.outcome = null;
        } else if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey) && this.canSave) {
            this.save(this.state.outcome);
        }
    }

    async save(outcome) {
        await this.perform(() =>
            this.actions.record(this.props.stop, outcome, toServerValues(this.values))
        );
    }

    start() {
        return this.perform(() => this.actions.start(this.props.stop));
    }

    async addPhoto(ev) {
        const [file] = ev.target.files;
        ev.target.value = "";
        if (file) {
            await this.actions.addPhoto(this.props.stop, file);
        }
    }

    async perform(job) {
        if (this.state.isBusy) {
            return;
        }
        this.state.isBusy = true;
        try {
            await job();
            this.state.outcome = null;
        } finally {
            this.state.isBusy = false;
        }
        await this.props.onChanged();
    }
}

import { Component, onWillStart, useExternalListener, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { CareAlerts } from "../alerts/care_alerts";
import { Brief } from "../my_day/brief";
import { OutcomeChips } from "../my_day/outcome_chips";
import { ResultFields } from "../my_day/result_fields";
import { emptyValues, toServerValues } from "../my_day/result_values";
import { useTouchActions } from "../my_day/touch_actions";

const SKIP_KEY = "s";
/** Where a key is text and not an outcome. */
const TEXT_FIELDS = "input:not([type=checkbox]), textarea, select, [contenteditable=true], .modal";

/** One customer after the other: the brief beside it, the outcome by one key. */
export class CallList extends Component {
    static template = "customer_followup.CallList";
    static components = { Brief, CareAlerts, Layout, OutcomeChips, ResultFields };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.actions = useTouchActions();
        this.touchIds = this.props.action.context?.followup_touch_ids || null;
        this.state = useState({
            scope: "own",
            list: null,
            position: 0,
            brief: null,
            values: emptyValues(),
            isBusy: false,
        });
        onWillStart(() => this.load("own"));
        useExternalListener(window, "keydown", this.onKeydown);
    }

    async load(scope) {
        const args = [scope, this.touchIds];
        const list = await this.orm.call("followup.touch", "get_call_list", args);
        Object.assign(this.state, { scope, list });
        await this.show(0);
    }

    get display() {
        return this.env.isSmall ? {} : { controlPanel: {} };
    }

    get stop() {
        return this.state.list.stops[this.state.position];
    }

    get progress() {
        return _t("%(position)s of %(total)s", {
            position: this.state.position + 1,
            total: this.state.list.stops.length,
        });
    }

    async show(position) {
        Object.assign(this.state, { position, brief: null, values: emptyValues() });
        const { stop } = this;
        if (stop) {
            const brief = await this.orm.call("followup.day", "get_brief", [stop.id]);
            if (stop === this.stop) {
                this.state.brief = brief;
            }
        }
    }

    skip() {
        return this.show(this.state.position + 1);
    }

    async choose(outcome) {
        if (this.state.isBusy) {
            return;
        }
        if (outcome.effect === "reschedule" && !this.state.values.nextDate) {
            this.notification.add(_t("“%s” needs a date: choose when to go on.", outcome.name), {
                type: "warning",
            });
            return;
        }
        this.state.isBusy = true;
        try {
            await this.actions.record(this.stop, outcome, toServerValues(this.state.values));
        } finally {
            this.state.isBusy = false;
        }
        // the brief may still load: the keys are those of the next call already
        await this.show(this.state.position + 1);
    }

    onKeydown(ev) {
        if (!this.stop || ev.ctrlKey || ev.altKey || ev.metaKey || ev.repeat) {
            return;
        }
        if (ev.target.closest?.(TEXT_FIELDS)) {
            if (ev.key === "Escape") {
                ev.target.blur();
            }
            return;
        }
        if (ev.key.toLowerCase() === SKIP_KEY) {
            ev.preventDefault();
            this.skip();
            return;
        }
        const outcome = this.state.list.outcomes.find(
            ({ shortcut, kinds }) => shortcut === ev.key && kinds.includes(this.stop.kind)
        );
        if (outcome) {
            ev.preventDefault();
            this.choose(outcome);
        }
    }
}

registry.category("actions").add("customer_followup.call_list", CallList);

import { Component, onWillStart, useExternalListener, useState } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { ContactForm } from "./contact_form";
import { StopCard } from "./stop_card";

/** One person's day, for a telephone as for a desk. */
export class MyDay extends Component {
    static template = "customer_followup.MyDay";
    static components = { ContactForm, Layout, StopCard };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        const { followup_day, followup_user_id } = this.props.action.context || {};
        const { date, userId } = this.props.state || {};
        this.userId = userId || followup_user_id || false;
        this.state = useState({ day: null, hasForm: false });
        useSetupAction({
            getLocalState: () => ({
                date: this.state.day.is_today ? false : this.state.day.date,
                userId: this.userId,
            }),
        });
        onWillStart(() => this.load(date || followup_day || false));
        // a telephone taken out of the pocket the next morning must not show yesterday
        useExternalListener(document, "visibilitychange", () => this.onVisible());
    }

    async load(date) {
        this.state.day = await this.orm.call("followup.day", "get_my_day", [date, this.userId]);
    }

    reload() {
        return this.load(this.state.day.is_today ? false : this.state.day.date);
    }

    onVisible() {
        if (!document.hidden && this.state.day.is_today) {
            return this.load(false);
        }
    }

    get title() {
        const { day } = this.state;
        const weekday = deserializeDate(day.date).toFormat("cccc");
        const title = `${weekday} ${formatDate(deserializeDate(day.date))}`;
        return day.is_mine ? title : `${day.user.name} · ${title}`;
    }

    get load_text() {
        const { available, planned } = this.state.day.capacity;
        return _t("%(planned)s of %(available)s planned", {
            planned: this.formatMinutes(planned),
            available: this.formatMinutes(available),
        });
    }

    formatMinutes(minutes) {
        return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
    }

    formatDay(text) {
        return formatDate(deserializeDate(text));
    }

    get isEmpty() {
        const { day } = this.state;
        return ![day.visits, day.calls, day.done, day.off_plan, day.promises].some(
            ({ length }) => length
        );
    }

    async closeForm(hasChanged) {
        this.state.hasForm = false;
        if (hasChanged) {
            await this.reload();
        }
    }

    async keepPromise(promise) {
        await this.orm.call("followup.promise", "action_keep", [[promise.id]]);
        await this.reload();
    }

    openPromise(promise) {
        return this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "followup.promise",
            res_id: promise.id,
            views: [[false, "form"]],
        });
    }
}

registry.category("actions").add("customer_followup.my_day", MyDay);

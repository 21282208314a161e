import { Component, onWillStart, useExternalListener, useState } from "@odoo/owl";
import { deserializeDate, formatDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { useSetupAction } from "@web/search/action_hook";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

import { ContactForm } from "./contact_form";
import { DaySection } from "./day_section";

/** One person's day, for a telephone as for a desk. */
export class MyDay extends Component {
    static template = "customer_followup.MyDay";
    static components = { ContactForm, DaySection, Layout };
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

    get display() {
        return this.env.isSmall ? {} : { controlPanel: {} };
    }

    get title() {
        const { day } = this.state;
        const length = this.env.isSmall ? "short" : "long";
        const title = deserializeDate(day.date).toLocaleString({
            weekday: length,
            day: "numeric",
            month: length,
        });
        return day.is_mine ? title : `${day.user.name} · ${title}`;
    }

    get loadText() {
        const { available, planned, percent } = this.state.day.capacity;
        if (percent === null) {
            return _t("%s planned · no working time on this day", this.formatMinutes(planned));
        }
        return _t("%(planned)s of %(available)s planned · %(percent)s %%", {
            planned: this.formatMinutes(planned),
            available: this.formatMinutes(available),
            percent,
        });
    }

    get leftOverText() {
        return _t("%s left over from before", this.state.day.carried_over);
    }

    /** Where there is no working time, whatever is planned is too much. */
    get loadWidth() {
        const { is_over, percent } = this.state.day.capacity;
        return is_over ? 100 : percent || 0;
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

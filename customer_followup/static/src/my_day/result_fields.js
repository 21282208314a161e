import { Component, useState } from "@odoo/owl";
import { serializeDate } from "@web/core/l10n/dates";
import { _t } from "@web/core/l10n/translation";
import { useAutofocus } from "@web/core/utils/hooks";

const { DateTime } = luxon;

/**
 * What was said, when to go on, what was promised. Writes into `values`, see `emptyValues`;
 * the fields of the browser are used, since a telephone has the best keyboard for each.
 */
export class ResultFields extends Component {
    static template = "customer_followup.ResultFields";
    static props = {
        values: Object,
        id: String,
        onlyDate: { type: Boolean, optional: true },
        focus: { type: String, optional: true },
    };
    static defaultProps = { onlyDate: false, focus: "" };

    setup() {
        this.values = useState(this.props.values);
        if (this.props.focus) {
            useAutofocus({ refName: this.props.focus, mobile: true });
        }
        this.shortcuts = [
            { label: _t("Tomorrow"), days: { days: 1 } },
            { label: _t("1 week"), days: { weeks: 1 } },
            { label: _t("1 month"), days: { months: 1 } },
            { label: _t("3 months"), days: { months: 3 } },
        ].map(({ label, days }) => ({ label, date: serializeDate(DateTime.now().plus(days)) }));
        this.today = serializeDate(DateTime.now());
    }

    chooseNext(date) {
        this.values.nextDate = this.values.nextDate === date ? "" : date;
    }
}

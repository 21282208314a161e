import { Component } from "@odoo/owl";
import { deserializeDate, deserializeDateTime, formatDate } from "@web/core/l10n/dates";

import { CareAlerts } from "../alerts/care_alerts";

/** The visit brief: what one has to know at the customer's door. */
export class Brief extends Component {
    static template = "customer_followup.Brief";
    static components = { CareAlerts };
    static props = { brief: Object, onOpen: Function, showAlerts: { type: Boolean, optional: true } };
    static defaultProps = { showAlerts: false };

    formatDay(text) {
        return formatDate(text.length > 10 ? deserializeDateTime(text) : deserializeDate(text));
    }

    /** Role, influence and the like of a person in one line. */
    describe(person) {
        return [
            person.role,
            person.influence,
            person.closeness,
            person.hot_button,
            person.interests,
        ]
            .filter(Boolean)
            .join(" · ");
    }

    reach(person) {
        return [person.channel, person.hours, person.wechat].filter(Boolean).join(" · ");
    }
}

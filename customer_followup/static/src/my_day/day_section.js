import { Component } from "@odoo/owl";

import { StopCard } from "./stop_card";

/** Visits, calls or what is done: a heading with the cards below. */
export class DaySection extends Component {
    static template = "customer_followup.DaySection";
    static components = { StopCard };
    static props = {
        title: String,
        stops: Array,
        day: Object,
        isNumbered: { type: Boolean, optional: true },
        isPast: { type: Boolean, optional: true },
        onChanged: Function,
    };
    static defaultProps = { isNumbered: false, isPast: false };
}

import { Component } from "@odoo/owl";

/** The outcomes that fit a way of contact, one button each. */
export class OutcomeChips extends Component {
    static template = "customer_followup.OutcomeChips";
    static props = {
        outcomes: Array,
        kind: String,
        chosenId: { type: [Number, Boolean], optional: true },
        showKeys: { type: Boolean, optional: true },
        disabled: { type: Boolean, optional: true },
        onChoose: Function,
    };
    static defaultProps = { chosenId: false, showKeys: false, disabled: false };

    get outcomes() {
        return this.props.outcomes.filter(({ kinds }) => kinds.includes(this.props.kind));
    }
}

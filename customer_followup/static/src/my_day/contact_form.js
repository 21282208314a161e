import { Component, useState } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { _t } from "@web/core/l10n/translation";
import { useService } from "@web/core/utils/hooks";

import { OutcomeChips } from "./outcome_chips";
import { ResultFields } from "./result_fields";
import { emptyValues, toServerValues } from "./result_values";

/** A contact that nobody planned: whom, how, with what outcome, what was said. */
export class ContactForm extends Component {
    static template = "customer_followup.ContactForm";
    static components = { AutoComplete, OutcomeChips, ResultFields };
    static props = { kinds: Array, outcomes: Array, onClose: Function };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({ kind: "call", outcome: null, partner: null, isBusy: false });
        this.values = useState(emptyValues());
        this.chooseKind("call");
    }

    /** It has happened: what only puts off is no outcome of it. */
    get outcomes() {
        return this.props.outcomes.filter(({ effect }) => effect === "done");
    }

    chooseKind(kind) {
        const fitting = this.outcomes.filter(({ kinds }) => kinds.includes(kind));
        this.state.kind = kind;
        this.state.outcome = fitting.find((one) => one.default_kind === kind) || fitting[0] || null;
    }

    get sources() {
        return [{ options: (text) => this.search(text), placeholder: _t("Searching…") }];
    }

    async search(text) {
        const found = await this.orm.call("followup.day", "search_customers", [text]);
        if (text && !found.length) {
            return [{ label: _t("Nobody has this name or number") }];
        }
        return found.map((partner) => ({
            label: [partner.name, partner.details].filter(Boolean).join(" · "),
            onSelect: () => (this.state.partner = partner),
        }));
    }

    get canSave() {
        return !this.state.isBusy && Boolean(this.state.partner && this.state.outcome);
    }

    onKeydown(ev) {
        if (ev.key === "Enter" && (ev.ctrlKey || ev.metaKey) && this.canSave) {
            this.save();
        }
    }

    async save() {
        const { kind, outcome, partner } = this.state;
        this.state.isBusy = true;
        try {
            await this.orm.call("followup.touch", "log_contact", [
                partner.id,
                kind,
                outcome.id,
                toServerValues(this.values),
            ]);
        } finally {
            this.state.isBusy = false;
        }
        this.notification.add(_t("%(outcome)s. Saved.", { outcome: outcome.name }), {
            title: partner.name,
            type: "success",
        });
        this.props.onClose(true);
    }
}

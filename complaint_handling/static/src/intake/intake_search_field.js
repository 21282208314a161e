import { Component } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

const ICONS = {
    case: "fa-life-ring",
    customer: "fa-user",
    order: "fa-shopping-cart",
    invoice: "fa-file-text-o",
};

/** One search for all a caller may say; what is picked fills in the form around it. */
export class IntakeSearchField extends Component {
    static template = "complaint_handling.IntakeSearchField";
    static components = { AutoComplete };
    static props = { ...standardFieldProps, placeholder: { type: String, optional: true } };

    setup() {
        this.orm = useService("orm");
    }

    get sources() {
        return [{ options: (term) => this.search(term), optionSlot: "option" }];
    }

    async search(term) {
        if (term.trim().length < 2) {
            return [];
        }
        const found = await this.orm.call("complaint.case", "search_intake", [term]);
        if (!found.length) {
            return [{ label: _t("Nobody found: write down who calls below"), data: {} }];
        }
        return found.map((result) => ({
            label: result.label,
            data: { ...result, icon: ICONS[result.kind] || "fa-file-o" },
            onSelect: () => this.props.record.update({ [this.props.name]: result.values }),
        }));
    }
}

registry.category("fields").add("complaint_intake_search", {
    component: IntakeSearchField,
    displayName: _t("Search of Callers"),
    supportedTypes: ["json"],
    extractProps: ({ attrs }) => ({ placeholder: attrs.placeholder }),
});

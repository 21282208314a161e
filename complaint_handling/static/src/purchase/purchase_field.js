import { Component } from "@odoo/owl";
import { AutoComplete } from "@web/core/autocomplete/autocomplete";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

/**
 * An order or invoice of the customer, offered by the server's checked search: agents choose it
 * without any right to sales or accounting.
 */
export class PurchaseField extends Component {
    static template = "complaint_handling.PurchaseField";
    static components = { AutoComplete };
    static props = { ...standardFieldProps };

    setup() {
        this.orm = useService("orm");
    }

    get value() {
        return this.props.record.data[this.props.name];
    }

    get sources() {
        return [{ options: (term) => this.search(term), optionSlot: "option" }];
    }

    async search(term) {
        const { record, name } = this.props;
        const customer = record.data.partner_id;
        if (!customer) {
            return [{ label: _t("Choose the customer first"), data: {} }];
        }
        const wanted = term === this.value?.display_name ? "" : term;
        const found = await this.orm.call("complaint.case", "search_documents", [
            customer.id,
            wanted,
        ]);
        const documents = found.filter(({ model }) => model === record.fields[name].relation);
        if (!documents.length) {
            return [{ label: _t("Nothing found"), data: {} }];
        }
        return documents.map((document) => ({
            label: document.name,
            data: document,
            onSelect: () => this.choose({ id: document.id, display_name: document.name }),
        }));
    }

    choose(value) {
        return this.props.record.update({ [this.props.name]: value });
    }

    onChange({ inputValue }) {
        if (!inputValue && this.value) {
            this.choose(false);
        }
    }
}

registry.category("fields").add("complaint_purchase", {
    component: PurchaseField,
    displayName: _t("Purchase of the Customer"),
    supportedTypes: ["many2one"],
    fieldDependencies: [{ name: "partner_id", type: "many2one" }],
});

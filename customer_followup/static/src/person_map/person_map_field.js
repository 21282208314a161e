import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { FormViewDialog } from "@web/views/view_dialogs/form_view_dialog";

import { Component } from "@odoo/owl";

/**
 * Who is who at a customer: a column for each role, also for those that nobody fills. A card
 * opens the person; a blank asks for somebody new in that role.
 */
export class PersonMapField extends Component {
    static template = "customer_followup.PersonMapField";
    static props = { ...standardFieldProps };

    setup() {
        this.dialog = useService("dialog");
    }

    get columns() {
        return this.props.record.data[this.props.name] || [];
    }

    /** Three dots, as many filled as the value is high. */
    dots(rank) {
        return [1, 2, 3].map((place) => place <= rank);
    }

    open(person) {
        this.edit({ resId: person.id, title: person.name });
    }

    add(column) {
        this.edit({
            title: _t("New person: %s", column.label),
            context: {
                default_parent_id: this.props.record.resId,
                default_type: "contact",
                default_is_company: false,
                default_care_role: column.role,
            },
        });
    }

    async edit(props) {
        // a person needs a company that exists, and what was typed must not be lost
        if (!(await this.props.record.save())) {
            return;
        }
        if (props.context) {
            props.context.default_parent_id = this.props.record.resId;
        }
        this.dialog.add(FormViewDialog, {
            resModel: "res.partner",
            onRecordSaved: () => this.props.record.load(),
            ...props,
        });
    }
}

registry.category("fields").add("care_person_map", {
    component: PersonMapField,
    displayName: _t("Key Persons"),
    supportedTypes: ["json"],
});

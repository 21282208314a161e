import { registry } from "@web/core/registry";
import { _t } from "@web/core/l10n/translation";
import { standardFieldProps } from "@web/views/fields/standard_field_props";

import { Component } from "@odoo/owl";

const LETTERS = ["A", "B", "C"];

/**
 * The letters A, B and C as three buttons: one of them in a selection field, any of them in
 * a text field ("AB"). In a list a click sets and saves the letter without opening the row,
 * so a whole grid is judged by clicking. With the option `previous_field` the letter of the
 * quarter before stands beside and is marked among the three.
 */
export class LettersField extends Component {
    static template = "customer_tiering.LettersField";
    static props = {
        ...standardFieldProps,
        autosave: { type: Boolean, optional: true },
        previousField: { type: String, optional: true },
    };

    get letters() {
        return LETTERS;
    }

    get value() {
        return this.props.record.data[this.props.name] || "";
    }

    get previous() {
        return (this.props.previousField && this.props.record.data[this.props.previousField]) || "";
    }

    get label() {
        return this.props.record.fields[this.props.name].string;
    }

    isMany() {
        return this.props.record.fields[this.props.name].type === "char";
    }

    isChosen(letter) {
        return this.value.includes(letter);
    }

    tooltip(letter) {
        return letter === this.previous
            ? _t("%(field)s %(letter)s, as the last time", { field: this.label, letter })
            : `${this.label} ${letter}`;
    }

    async onClick(letter) {
        if (!this.isMany() && this.isChosen(letter)) {
            return;
        }
        let value = letter;
        if (this.isMany()) {
            const chosen = (other) => this.isChosen(other) !== (other === letter);
            value = LETTERS.filter(chosen).join("");
        }
        const changes = { [this.props.name]: value };
        await this.props.record.update(changes, { save: this.props.autosave });
    }
}

export const lettersField = {
    component: LettersField,
    displayName: _t("Letters A, B, C"),
    supportedTypes: ["selection", "char"],
    supportedOptions: [
        {
            label: _t("Field with the letter before"),
            name: "previous_field",
            type: "field",
            availableTypes: ["selection"],
        },
    ],
    listViewWidth: ({ options }) => (options.previous_field ? 132 : 102),
    extractProps: ({ options, viewType }, { readonly }) => ({
        autosave: viewType === "list",
        previousField: options.previous_field,
        // a row of a list need not be opened first
        ...(viewType === "list" ? { readonly } : {}),
    }),
    fieldDependencies: ({ options }) =>
        options.previous_field ? [{ name: options.previous_field, type: "selection" }] : [],
};

registry.category("fields").add("customer_letters", lettersField);
